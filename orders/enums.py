"""The whole life of orders, supplier orders and rounds at a glance."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OrderStatus(TextChoices):
    """Where a buyer's order stands; what happens to goods is counted on its lines."""

    DRAFT = "DRAFT", _("in preparation")
    PENDING_INTERNAL_APPROVAL = "PENDING_INTERNAL_APPROVAL", _("waiting for your approver")
    SUBMITTED = "SUBMITTED", _("placed")
    IN_PROGRESS = "IN_PROGRESS", _("in progress")
    CLOSED = "CLOSED", _("closed")
    CANCELED = "CANCELED", _("cancelled")


_O = OrderStatus
ORDER_TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    _O.DRAFT: frozenset({_O.SUBMITTED, _O.PENDING_INTERNAL_APPROVAL, _O.CANCELED}),
    _O.PENDING_INTERNAL_APPROVAL: frozenset({_O.SUBMITTED, _O.CANCELED}),
    _O.SUBMITTED: frozenset({_O.IN_PROGRESS, _O.CLOSED, _O.CANCELED}),
    _O.IN_PROGRESS: frozenset({_O.CLOSED, _O.CANCELED}),
    _O.CLOSED: frozenset(),
    _O.CANCELED: frozenset(),
}


class SupplierOrderStatus(TextChoices):
    """Where one supplier's part of an order stands (names follow Mirakl's)."""

    WAITING_ACCEPTANCE = "WAITING_ACCEPTANCE", _("waiting for the supplier's answer")
    SHIPPING = "SHIPPING", _("being prepared")
    SHIPPED = "SHIPPED", _("on its way")
    RECEIVED = "RECEIVED", _("received")
    CLOSED = "CLOSED", _("closed")
    REFUSED = "REFUSED", _("refused by the supplier")
    EXPIRED = "EXPIRED", _("left unanswered")
    CANCELED = "CANCELED", _("cancelled")


_P = SupplierOrderStatus
SUPPLIER_ORDER_TRANSITIONS: dict[SupplierOrderStatus, frozenset[SupplierOrderStatus]] = {
    _P.WAITING_ACCEPTANCE: frozenset({_P.SHIPPING, _P.REFUSED, _P.EXPIRED, _P.CANCELED}),
    _P.SHIPPING: frozenset({_P.SHIPPED, _P.CANCELED}),
    _P.SHIPPED: frozenset({_P.RECEIVED}),
    _P.RECEIVED: frozenset({_P.CLOSED}),
    _P.CLOSED: frozenset(),
    _P.REFUSED: frozenset(),
    _P.EXPIRED: frozenset(),
    _P.CANCELED: frozenset(),
}


class RoundStatus(TextChoices):
    """Where an allocation round stands."""

    DRAFT = "DRAFT", _("opened")
    SOLVING = "SOLVING", _("being computed")
    SIMULATED = "SIMULATED", _("computed and verified")
    COMMITTED = "COMMITTED", _("in force")
    DISCARDED = "DISCARDED", _("discarded")
    FAILED = "FAILED", _("failed")


_R = RoundStatus
ROUND_TRANSITIONS: dict[RoundStatus, frozenset[RoundStatus]] = {
    _R.DRAFT: frozenset({_R.SOLVING, _R.DISCARDED, _R.FAILED}),
    _R.SOLVING: frozenset({_R.SIMULATED, _R.FAILED}),
    _R.SIMULATED: frozenset({_R.COMMITTED, _R.SOLVING, _R.DISCARDED, _R.FAILED}),
    _R.COMMITTED: frozenset(),
    _R.DISCARDED: frozenset(),
    _R.FAILED: frozenset(),
}
LIVE_ROUND = frozenset({RoundStatus.DRAFT, RoundStatus.SOLVING, RoundStatus.SIMULATED})


class GroupStatus(TextChoices):
    """Where one group of a round stands."""

    WAITING = "WAITING", _("being computed")
    SOLVED = "SOLVED", _("computed and verified")


class RoundTrigger(TextChoices):
    """Who opened a round."""

    SCHEDULE = "SCHEDULE", _("the clock")
    MINISTRY = "MINISTRY", _("the ministry")


class Basis(TextChoices):
    """What "fair" is measured against."""

    NEED = "NEED", _("verified need (beds, carers)")
    CLAIM = "CLAIM", _("quantity asked for")


class Limit(TextChoices):
    """What kept a line from getting all it asked for; the engine's names, and three of ours."""

    NONE = "NONE", _("nothing: the line is fully served")
    SUPPLY = "SUPPLY", _("the stock did not cover everyone's need")
    CAP = "CAP", _("the suppliers' maximum per buyer was reached")
    TIER = "TIER", _("the stock went to establishments of higher priority")
    PACK = "PACK", _("only whole packs can be delivered")
    MIN_ORDER = "MIN_ORDER", _("the quantity is below the suppliers' minimum order")
    MIN_USEFUL = "MIN_USEFUL", _("the share would have been below your minimum useful quantity")
    PRICE_CEILING = "PRICE_CEILING", _("every offer is above your highest price")
    REGION = "REGION", _("no offer is delivered to your department")
    LEAD_TIME = "LEAD_TIME", _("no offer arrives by your date")
    CERTIFICATE = "CERTIFICATE", _("no offer has a valid certificate")
    PINNED = "PINNED", _("the offer you chose cannot serve this line")
    NO_OFFER = "NO_OFFER", _("nobody offers this product at present")
    ENTITY_CAP = "ENTITY_CAP", _("the most that your legal entity may receive was reached")
    PAST = "PAST", _("you received more than the others in the last weeks")
    REFUSED = "REFUSED", _("the suppliers that could serve you refused or did not answer")
