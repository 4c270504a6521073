"""Stock: why it moves, and the state of a lot."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class StockReason(TextChoices):
    """Why a stock counter moved."""

    DECLARED = "DECLARED", _("stock declared")
    RESERVED = "RESERVED", _("reserved for an order")
    RELEASED = "RELEASED", _("reservation given back")
    SHIPPED = "SHIPPED", _("shipped")
    LOT_IN = "LOT_IN", _("lot received")
    LOT_SORTED = "LOT_SORTED", _("counted before, now kept as a lot")
    LOT_HELD = "LOT_HELD", _("lot quarantined")
    LOT_FREED = "LOT_FREED", _("lot released from quarantine")
    LOT_RECALL = "LOT_RECALL", _("lot recalled")
    LOT_EXPIRY = "LOT_EXPIRY", _("lot past its date")
    DAMAGED = "DAMAGED", _("damaged")
    LOST = "LOST", _("lost")
    STOLEN = "STOLEN", _("stolen")
    EXPIRED = "EXPIRED", _("past its date, destroyed")
    SAMPLED = "SAMPLED", _("taken for quality control")
    FOUND = "FOUND", _("found")
    MISCOUNT = "MISCOUNT", _("wrong count before")


_S = StockReason
LOSS_REASONS = (_S.DAMAGED, _S.LOST, _S.STOLEN, _S.EXPIRED, _S.SAMPLED)
"""Why less is there than in the book; a wrong count before explains it either way."""
COUNT_REASONS = (*LOSS_REASONS, _S.FOUND, _S.MISCOUNT)
"""Why a count differs from the book."""


class LotStatus(TextChoices):
    """Whether the units of a lot may be sold; only AVAILABLE ones count as stock on hand."""

    AVAILABLE = "AVAILABLE", _("available")
    QUARANTINED = "QUARANTINED", _("in quarantine")
    RECALLED = "RECALLED", _("recalled")
    EXPIRED = "EXPIRED", _("past its date")
    EMPTY = "EMPTY", _("used up")


_L = LotStatus
LOT_TRANSITIONS: dict[LotStatus, frozenset[LotStatus]] = {
    _L.AVAILABLE: frozenset({_L.QUARANTINED, _L.RECALLED, _L.EXPIRED, _L.EMPTY}),
    _L.QUARANTINED: frozenset({_L.AVAILABLE, _L.RECALLED, _L.EXPIRED, _L.EMPTY}),
    _L.EXPIRED: frozenset({_L.RECALLED}),
    _L.EMPTY: frozenset({_L.RECALLED}),
    _L.RECALLED: frozenset(),
}
