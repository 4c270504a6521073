"""Offers: their states, prices to come, and what keeps them off sale."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OfferStatus(TextChoices):
    """What the supplier wants; whether the offer sells depends on much more (see `blockers`)."""

    DRAFT = "DRAFT", _("draft")
    ON_SALE = "ON_SALE", _("on sale")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


OFFER_TRANSITIONS: dict[OfferStatus, frozenset[OfferStatus]] = {
    OfferStatus.DRAFT: frozenset({OfferStatus.ON_SALE, OfferStatus.WITHDRAWN}),
    OfferStatus.ON_SALE: frozenset({OfferStatus.WITHDRAWN}),
    OfferStatus.WITHDRAWN: frozenset({OfferStatus.ON_SALE}),
}


class ScheduleStatus(TextChoices):
    """Where a price to come stands; on its day the law of that day is asked."""

    SCHEDULED = "SCHEDULED", _("to come")
    APPLIED = "APPLIED", _("applied")
    REFUSED = "REFUSED", _("not applied")
    CANCELED = "CANCELED", _("canceled")


SCHEDULE_TRANSITIONS: dict[ScheduleStatus, frozenset[ScheduleStatus]] = {
    ScheduleStatus.SCHEDULED: frozenset(
        {ScheduleStatus.APPLIED, ScheduleStatus.REFUSED, ScheduleStatus.CANCELED}
    ),
}


class Blocker(TextChoices):
    """Why an offer is not on sale; all that apply are named at once (remedies: `remedies.py`)."""

    DRAFT = "DRAFT", _("not published yet")
    WITHDRAWN = "WITHDRAWN", _("withdrawn from sale")
    SUPPLIER_NOT_APPROVED = "SUPPLIER_NOT_APPROVED", _("your company is not approved at present")
    PRODUCT_NOT_ACCEPTED = (
        "PRODUCT_NOT_ACCEPTED",
        _("the ministry has not accepted the product sheet"),
    )
    PRODUCT_RETIRED = "PRODUCT_RETIRED", _("the product sheet was retired")
    NOT_YET_AVAILABLE = "NOT_YET_AVAILABLE", _("its first day of sale is still to come")
    NO_LONGER_AVAILABLE = "NO_LONGER_AVAILABLE", _("its last day of sale is past")
    NO_STOCK = "NO_STOCK", _("no stock left")
    LESS_THAN_PACK = "LESS_THAN_PACK", _("less stock than one pack")
    LESS_THAN_MINIMUM = "LESS_THAN_MINIMUM", _("less stock than the minimum order")
    STOCK_NOT_CONFIRMED = (
        "STOCK_NOT_CONFIRMED",
        _("nobody has confirmed its stock for a long time"),
    )
    CERTIFICATE_MISSING = "CERTIFICATE_MISSING", _("no accepted certificate for the standard")
    CERTIFICATE_IN_REVIEW = "CERTIFICATE_IN_REVIEW", _("the ministry looks at the certificate")
    CERTIFICATE_EXPIRED = "CERTIFICATE_EXPIRED", _("the certificate has expired")
    EQUIVALENCE_ENDED = (
        "EQUIVALENCE_ENDED",
        _("the certificate's foreign standard does not count today"),
    )
    NOT_ON_CERTIFICATE = "NOT_ON_CERTIFICATE", _("the certificate names other products")
    FORMULA_NOT_PERMITTED = (
        "FORMULA_NOT_PERMITTED",
        _("making this gel formula is not permitted today"),
    )
    PRICE_ABOVE_CEILING = "PRICE_ABOVE_CEILING", _("price above today's legal ceiling")


SHORT_OF_STOCK = frozenset({Blocker.NO_STOCK, Blocker.LESS_THAN_PACK, Blocker.LESS_THAN_MINIMUM})
"""Reasons that pass with the next delivery: the offer stays visible, its verdict is not stored."""
