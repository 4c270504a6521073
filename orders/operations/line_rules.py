"""What a line has to satisfy, in the basket and again when the order is placed."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from buyers.models import Buyer
from catalog.availability import blockers, check_may_buy
from catalog.enums import SHORT_OF_STOCK
from catalog.models import Offer, Product
from catalog.prices import RuleBook, side_of
from core.errors import DomainError, NotEligible, OutOfStock
from core.places import departments
from core.units import MAX_UNITS, whole_packs
from orders.enums import OrderStatus
from orders.models import OrderLine


MAX_SUBSTITUTES = 3
SPENT = [OrderStatus.DRAFT, OrderStatus.CLOSED, OrderStatus.CANCELED]


def check(
    line: OrderLine, *, buyer: Buyer, delivered_to: Collection[str], rules: RuleBook
) -> None:
    """Raise the first DomainError of the line, naming field and remedy.

    `delivered_to`: departments, one of which a picked offer must serve. `rules`: those of today.
    """
    _check_quantities(line)
    if not line.product.is_active:
        raise NotEligible(_("This product is no longer listed."), field="product")
    check_may_buy(buyer, line.product)
    if line.needed_by and line.needed_by < timezone.localdate():
        raise DomainError(_("This date is past: choose today or later."), field="needed_by")
    if line.offer is not None:
        check_offer(line, line.offer, buyer=buyer, delivered_to=delivered_to, rules=rules)
    elif not line.product.managed:
        raise DomainError(_("Choose one of the offers of this product."), field="offer")


def _check_quantities(line: OrderLine) -> None:
    if not 1 <= line.requested_units <= MAX_UNITS:
        raise DomainError(
            _("Ask for between 1 and %(most)d units.") % {"most": MAX_UNITS},
            field="requested_units",
        )
    if not 0 <= line.min_useful_units <= line.requested_units:
        raise DomainError(
            _("The minimum useful quantity lies between 0 and the quantity asked for."),
            field="min_useful_units",
        )
    if line.max_unit_price_eur is not None and line.max_unit_price_eur <= 0:
        raise DomainError(
            _("The highest price is above zero, or empty for none."), field="max_unit_price_eur"
        )


def check_offer(
    line: OrderLine,
    offer: Offer,
    *,
    buyer: Buyer,
    delivered_to: Collection[str],
    rules: RuleBook,
) -> None:
    """A picked offer: of this product, selling today, delivered here, in whole packs, at a legal
    price for this buyer."""
    if offer.product_id != line.product_id:
        raise DomainError(_("This offer is of another product."), field="offer")
    _check_sells(offer, rules, line.product.managed)
    if not any(offer.serves(code) for code in delivered_to):
        raise NotEligible(
            _("This supplier does not deliver to %(place)s: choose another offer.")
            % {"place": ", ".join(str(departments().get(code, code)) for code in delivered_to)},
            field="offer",
        )
    legal = rules.ceiling(offer.product, side_of(buyer))
    if legal and _price(line, offer) > legal.max_unit_price_eur:
        raise NotEligible(
            _(
                "The price of this offer is above the ceiling that the law sets for your purchases"
                " (%(law)s): choose another offer."
            )
            % {"law": legal.legal_reference},
            field="offer",
        )
    if not line.product.managed:
        _check_packs(line, offer)
        _check_cap(line, offer, buyer)
        if offer.available_units < line.requested_units:
            raise OutOfStock(
                _("%(units)d units are left of this offer: ask for no more, or add another offer.")
                % {"units": whole_packs(offer.available_units, offer.pack_units)},
                field="requested_units",
            )


def _price(line: OrderLine, offer: Offer) -> Decimal:
    """That of the quantity; what is scarce may come in any quantity, so at the offer's own."""
    if line.product.managed:
        return offer.unit_price_eur
    return offer.price_for(line.requested_units)


def _check_sells(offer: Offer, rules: RuleBook, managed: bool) -> None:
    found = set(blockers(offer, day=rules.day, rules=rules))
    if managed:
        found -= SHORT_OF_STOCK
    if found & SHORT_OF_STOCK:
        raise OutOfStock(_("This offer is out of stock: choose another."), field="offer")
    if found:
        raise NotEligible(_("This offer is no longer on sale: choose another one."), field="offer")


def _check_packs(line: OrderLine, offer: Offer) -> None:
    pack, least = offer.pack_units, offer.smallest_order_units
    if line.requested_units < least:
        raise DomainError(
            _("The minimum order of this offer is %(units)d units.") % {"units": least},
            field="requested_units",
        )
    below = whole_packs(line.requested_units, pack)
    if below != line.requested_units:
        raise DomainError(
            _("This offer is delivered in packs of %(pack)d: order %(below)d or %(above)d units.")
            % {"pack": pack, "below": max(below, least), "above": below + pack},
            field="requested_units",
        )


def _check_cap(line: OrderLine, offer: Offer, buyer: Buyer) -> None:
    if offer.max_per_buyer_units is None:
        return
    open_lines = OrderLine.objects.filter(order__buyer=buyer, offer=offer, waits_for_round=False)
    taken = (
        open_lines.exclude(order__status__in=SPENT)
        .exclude(pk=line.pk)
        .aggregate(units=Sum(F("requested_units") - F("canceled_units")))["units"]
    )
    left = offer.max_per_buyer_units - (taken or 0)
    if line.requested_units > left:
        raise DomainError(
            _("This supplier gives at most %(most)d units to one buyer; %(left)d are left to you.")
            % {"most": offer.max_per_buyer_units, "left": max(left, 0)},
            field="requested_units",
        )


def check_substitutes(line: OrderLine, substitutes: Sequence[Product], *, buyer: Buyer) -> None:
    """At most three other scarce products that the buyer may buy, none named twice."""
    if not substitutes:
        return
    named = [line.product, *substitutes]
    if len({each.pk for each in named}) < len(named) or len(substitutes) > MAX_SUBSTITUTES:
        raise DomainError(
            _("Name up to %(count)d different products to take instead.")
            % {"count": MAX_SUBSTITUTES},
            field="substitutes",
        )
    if line.offer is not None or not all(each.managed and each.is_active for each in named):
        raise DomainError(
            _("Only needs of scarce products can be served by other scarce products."),
            field="substitutes",
        )
    for each in substitutes:
        check_may_buy(buyer, each)
