"""What the terms of an offer must obey; each check raises a DomainError that names the field."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import prices
from catalog.availability import FORMULA, certificate_blocker, fits, is_forbidden, names
from catalog.enums import ANY_FORMULA, Blocker, BuyerSide, GelFormulaCode, OfferStatus
from catalog.models import Offer, Product
from catalog.prices import RuleBook
from core.errors import DomainError, Duplicate, NotEligible
from core.money import floor_unit_price
from core.units import MAX_UNITS


UNIT_FIELDS = ("pack_units", "min_order_units", "max_per_buyer_units", "low_stock_units")
MAX_LEAD_TIME_DAYS = 365
MAX_TIERS = 5


class Tier(NamedTuple):
    """From how many units on, and what each costs then (€ excl. tax)."""

    from_units: int
    unit_price_eur: Decimal


def units(count: int, field: str) -> None:
    """A plausible number of units, 0 included."""
    if not 0 <= count <= MAX_UNITS:
        raise DomainError(
            _("Between 0 and a billion units: check the figure."),
            field=field,
        )


def count_possible(on_hand_units: int, reserved_units: int, in_lots_units: int) -> None:
    """What is promised to buyers, and what stands in lots, is in stock."""
    if on_hand_units < reserved_units:
        raise DomainError(
            _("%(units)d units are promised to buyers: the stock cannot be lower than that.")
            % {"units": reserved_units},
            field="on_hand_units",
        )
    if on_hand_units < in_lots_units:
        raise DomainError(
            _("%(units)d units stand in your lots: correct the lots first, then the stock.")
            % {"units": in_lots_units},
            field="on_hand_units",
        )


def terms(offer: Offer, *, rules: RuleBook | None = None) -> None:
    """What figures and certificate must obey. `rules`: today's."""
    figures(offer)
    certificate_fits(offer, rules)


def figures(offer: Offer) -> None:
    """What the figures must obey whatever the sheet; a minimum of 1 stands for one pack."""
    for name in UNIT_FIELDS:
        value = getattr(offer, name)
        if value is not None and not 1 <= value <= MAX_UNITS:
            raise DomainError(_("Between 1 and a billion units: check the figure."), field=name)
    if not 0 <= offer.lead_time_days <= MAX_LEAD_TIME_DAYS:
        raise DomainError(_("Between 0 and 365 days."), field="lead_time_days")
    _check_minimum(offer)
    try:
        offer.clean_fields(exclude=["supplier", "product", "certificate"])
    except ValidationError as error:
        field, (message, *_more) = next(iter(error.message_dict.items()))
        name = "" if field == NON_FIELD_ERRORS else field
        raise DomainError(message, field=name) from error
    _check_days(offer)
    not_negative(offer)


def not_negative(offer: Offer) -> None:
    """A price is at least 0, which is a donation."""
    if offer.unit_price_eur < 0:
        raise DomainError(_("A price is not negative; 0 is a donation."), field="unit_price_eur")


def _check_days(offer: Offer) -> None:
    first, last = offer.available_from, offer.available_until
    if first and last and last < first:
        raise DomainError(
            _("The last day of sale is not before the first: choose a later one, or none."),
            field="available_until",
        )


def not_over(offer: Offer) -> None:
    """The last day of sale, if there is one, is today or later."""
    if offer.available_until and offer.available_until < timezone.localdate():
        raise DomainError(
            _("The last day of sale is past: choose today or later, or none."),
            field="available_until",
        )


def _check_minimum(offer: Offer) -> None:
    pack, least = offer.pack_units, offer.min_order_units
    if least != 1 and least % pack:
        lower = least // pack * pack
        either = [str(units) for units in (lower, lower + pack) if units]
        raise DomainError(
            _("The minimum order is a whole number of packs of %(pack)d: %(choice)s.")
            % {"pack": pack, "choice": _(" or ").join(either)},
            field="min_order_units",
        )
    most = offer.max_per_buyer_units
    if most is not None and most < offer.smallest_order_units:
        raise DomainError(
            _("The most per buyer is not below the smallest order of %(units)d units.")
            % {"units": offer.smallest_order_units},
            field="max_per_buyer_units",
        )


def certificate_fits(offer: Offer, rules: RuleBook | None) -> None:
    """A certificate that is named is the supplier's own and covers the sheet's standard."""
    chosen = offer.certificate
    if chosen is None or not offer.product.standard:
        offer.certificate = None
        return
    if chosen.supplier_id != offer.supplier_id:
        raise NotEligible(_("Choose one of your own certificates."), field="certificate")
    if not fits(offer.product, chosen, rules or RuleBook(timezone.localdate())):
        raise NotEligible(
            _("This product needs a certificate for %(standard)s: choose one that covers it.")
            % {"standard": offer.product.get_standard_display()},
            field="certificate",
        )
    _check_named(offer)


def _check_named(offer: Offer) -> None:
    chosen = offer.certificate
    if chosen and offer.product.standard and not names(chosen, offer.product):
        raise NotEligible(
            _(
                "This certificate names other products: add this one to it under “My company”, or "
                "choose another."
            ),
            field="certificate",
        )


def sheet_sells(product: Product) -> None:
    """Publishing needs a sheet that the ministry has accepted and not retired since."""
    if not product.is_accepted:
        raise NotEligible(
            _("The ministry has not accepted this product sheet: put the offer on sale after."),
            field="product",
        )
    if not product.is_active:
        raise NotEligible(_("This product sheet was retired: choose another."), field="product")


def certificate(offer: Offer, day: date, *, rules: RuleBook | None = None) -> None:
    """Publishing needs an accepted certificate that is valid on `day`, where the sheet asks it."""
    blocker = certificate_blocker(offer.product, offer.certificate, rules or RuleBook(day))
    if blocker is None:
        _check_named(offer)
        return
    standard = {"standard": offer.product.get_standard_display()}
    if blocker == Blocker.CERTIFICATE_EXPIRED:
        message = _(
            "The certificate for %(standard)s has expired: hand in a new one under “My company” "
            "and choose it here."
        )
    elif blocker == Blocker.EQUIVALENCE_ENDED:
        message = _(
            "The standard of this certificate does not count as equivalent today: hand in one for "
            "%(standard)s under “My company” and choose it here."
        )
    elif offer.certificate is not None:
        message = _(
            "The ministry has not accepted the certificate for %(standard)s, or it is not valid "
            "yet: wait for its answer, or choose another."
        )
    else:
        message = _(
            "This product is sold with a certificate for %(standard)s only: hand one in under "
            "“My company” and choose it here."
        )
    raise NotEligible(message % standard, field="certificate")


def formula(offer: Offer, day: date, *, rules: RuleBook | None = None) -> None:
    """Publishing needs a permission for the sheet's gel formula, where it names one."""
    if is_forbidden(offer.product, rules or RuleBook(day)):
        raise NotEligible(
            _(
                "Making %(formula)s is not permitted today: offer a sheet of a permitted formula, "
                "or of an authorised product."
            )
            % {"formula": _formula_named(offer.product.attributes[FORMULA])},
            field="product",
        )


def _formula_named(code: str) -> str:
    if code == ANY_FORMULA:
        return _("gel by the formulas of the order of 13 March 2020")
    return str(GelFormulaCode(code).label)


def tiers(offer: Offer, wanted: Sequence[Tier]) -> None:
    """Each row begins above the one before and costs less; the first is the offer's own price.

    Prices that only fall are legal if the first one is. The error's field names the row.
    """
    if len(wanted) > MAX_TIERS:
        raise DomainError(
            _("At most %(count)d prices for larger quantities.") % {"count": MAX_TIERS},
            field="tiers",
        )
    if wanted and not offer.unit_price_eur:
        raise DomainError(
            _("A donation costs nothing at any quantity: leave these rows empty."), field="tiers"
        )
    least, price = offer.smallest_order_units, offer.unit_price_eur
    for row, tier in enumerate(wanted):
        _check_tier(tier, row, least, price)
        least, price = tier.from_units, tier.unit_price_eur


def dearer_than_tiers(price: Decimal, dearest_tier_eur: Decimal | None) -> None:
    """A new price of the offer stays above its prices for larger quantities."""
    if dearest_tier_eur is not None and price <= dearest_tier_eur:
        raise DomainError(
            _("Larger quantities cost up to %(price)s € a unit: lower those prices first.")
            % {"price": prices.euros(dearest_tier_eur)},
            field="unit_price_eur",
        )


def below_tiers(smallest_order_units: int, first_tier_units: int | None) -> None:
    """A new minimum order stays below where the prices for larger quantities begin."""
    if first_tier_units is not None and first_tier_units <= smallest_order_units:
        raise DomainError(
            _("Lower prices begin at %(units)d units already: lower the minimum order first.")
            % {"units": first_tier_units},
            field="min_order_units",
        )


def _check_tier(tier: Tier, row: int, least: int, price: Decimal) -> None:
    units(tier.from_units, f"tiers.{row}.from_units")
    if tier.from_units <= least:
        raise DomainError(
            _("This lower price begins above %(units)d units: correct it, or leave it empty.")
            % {"units": least},
            field=f"tiers.{row}.from_units",
        )
    if not 0 < tier.unit_price_eur < price:
        raise DomainError(
            _("This lower price costs less than %(price)s € a unit, and more than nothing.")
            % {"price": prices.euros(price)},
            field=f"tiers.{row}.unit_price_eur",
        )
    if tier.unit_price_eur != floor_unit_price(tier.unit_price_eur):
        raise DomainError(
            _("A price has at most four decimals."),
            field=f"tiers.{row}.unit_price_eur",
        )


def not_twice(offer: Offer) -> None:
    """One offer per sheet and reference; the supplier's row is held, so no twin slips in."""
    twins = Offer.objects.of_supplier(offer.supplier).filter(
        product=offer.product, supplier_reference=offer.supplier_reference
    )
    if twins.exclude(pk=offer.pk).exclude(status=OfferStatus.WITHDRAWN).exists():
        raise Duplicate(
            _(
                "You have an offer of this product already. Change that one, or give this one a "
                "reference of its own."
            ),
            field="supplier_reference",
        )


def price(offer: Offer, day: date | None = None) -> None:
    """The ceiling for end users holds, today's or that of `day`; the rules compared are noted."""
    offer.price_rule_ids = prices.check_price(
        offer.product,
        offer.unit_price_eur,
        side=BuyerSide.END_USER,
        day=day or timezone.localdate(),
    )
