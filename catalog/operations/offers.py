"""What a supplier does with its offers; stock moves only through `catalog.stock`.

Locks: the supplier's row first, then the offer's. Nothing here sends anything.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import TypedDict, Unpack

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import checks, stock
from catalog.checks import Tier
from catalog.enums import OFFER_TRANSITIONS, OfferStatus
from catalog.models import Offer, PriceChange, Product
from catalog.operations.price_history import note_price, put_tiers, tiers_of, written
from core.errors import NotEligible, NotPermitted, StaleState
from core.states import check_move
from core.transacting import operation
from journal import operations as journal
from suppliers.models import Certificate, Supplier


class Terms(TypedDict, total=False):
    """What a supplier may say about an offer; units are single units, prices exclude tax."""

    unit_price_eur: Decimal
    supplier_reference: str
    pack_units: int
    min_order_units: int
    max_per_buyer_units: int | None
    low_stock_units: int | None
    lead_time_days: int
    departments: list[str]
    available_from: date | None
    available_until: date | None
    certificate: Certificate | None
    tiers: Sequence[Tier]


UNIT_FIELDS = ("pack_units", "min_order_units", "max_per_buyer_units")
MAX_LEAD_TIME_DAYS = 365


@operation
def create_offer(
    supplier: Supplier,
    *,
    by: User,
    product: Product,
    on_hand_units: int = 0,
    **terms: Unpack[Terms],
) -> Offer:
    """Nothing → DRAFT, with its stock in the ledger.

    Raises NotPermitted, NotEligible, IllegalPrice, Duplicate for a second offer of the sheet
    under the same reference, DomainError naming the field of a figure that cannot be.
    """
    supplier = selling(supplier, by)
    if not Product.objects.offered_on(supplier).filter(pk=product.pk).exists():
        raise NotEligible(_("This product sheet was retired: choose another."), field="product")
    tiers = terms.pop("tiers", ())
    offer = Offer(supplier=supplier, product=product, **terms)
    checks.units(on_hand_units, "on_hand_units")
    checks.terms(offer)
    checks.not_over(offer)
    checks.not_twice(offer)
    checks.price(offer)
    checks.tiers(offer, tiers)
    offer.save()
    put_tiers(offer, tiers)
    PriceChange.objects.create(
        offer=offer, by=by, after_eur=offer.unit_price_eur, after_tiers=written(tiers)
    )
    if on_hand_units:
        stock.declare(offer.pk, on_hand_units, cause="creation", by=by)
        offer.refresh_from_db()
    note("catalog.offer_created", offer, by=by, on_hand_units=on_hand_units)
    return offer


@operation
def update_offer(offer: Offer, *, by: User, **terms: Unpack[Terms]) -> Offer:
    """Same status: new terms. On an offer on sale, price and certificate are checked again."""
    offer = own_offer(offer, by)
    selling(offer.supplier, by)
    held, price = tiers_of(offer), offer.unit_price_eur
    tiers = [Tier(*each) for each in terms.pop("tiers", held)]
    before = {name: getattr(offer, name) for name in terms}
    for name, value in terms.items():
        setattr(offer, name, value)
    changed = [name for name, value in before.items() if getattr(offer, name) != value]
    changed += ["tiers"] if tiers != held else []
    if not changed:
        return offer
    checks.terms(offer)
    checks.tiers(offer, tiers)
    if "available_until" in changed:
        checks.not_over(offer)
    if "supplier_reference" in changed:
        checks.not_twice(offer)
    if "unit_price_eur" in changed or offer.status == OfferStatus.ON_SALE:
        checks.price(offer)
    if offer.status == OfferStatus.ON_SALE:
        checks.certificate(offer, timezone.localdate())
        checks.formula(offer, timezone.localdate())
    offer.save()
    if "tiers" in changed:
        put_tiers(offer, tiers)
    note_price(offer, before=(price, held), after=(offer.unit_price_eur, tiers), by=by)
    note("catalog.offer_updated", offer, by=by, changed=sorted(changed))
    return offer


@operation
def publish(offer: Offer, *, by: User) -> Offer:
    """DRAFT or WITHDRAWN → ON_SALE: price and proof hold today; the price rules are noted.

    Before its first day of sale it waits for that day. Raises IllegalPrice, StaleState,
    NotEligible(field="certificate"), DomainError(field="available_until").
    """
    offer = own_offer(offer, by)
    selling(offer.supplier, by)
    _move(offer, OfferStatus.ON_SALE)
    checks.sheet_sells(offer.product)
    checks.not_over(offer)
    checks.certificate(offer, timezone.localdate())
    checks.formula(offer, timezone.localdate())
    checks.price(offer)
    offer.save()
    note("catalog.offer_published", offer, by=by, tell=True)
    return offer


@operation
def withdraw(offer: Offer, *, by: User) -> Offer:
    """DRAFT or ON_SALE → WITHDRAWN: no new orders; what is promised stays promised."""
    offer = own_offer(offer, by)
    _move(offer, OfferStatus.WITHDRAWN)
    offer.save(update_fields=["status", "updated_at"])
    note("catalog.offer_withdrawn", offer, by=by, tell=True)
    return offer


@operation
def declare_stock(
    offer: Offer, *, by: User, on_hand_units: int, expected_on_hand_units: int | None = None
) -> Offer:
    """Same status: the supplier counted `on_hand_units`, promised units included.

    `expected_on_hand_units` is what the person saw before: StaleState if it is no longer so.
    The same count twice is booked once, and confirms the stock. DomainError below what is
    promised or stands in lots.
    """
    offer = own_offer(offer, by)
    selling(offer.supplier, by)
    checks.units(on_hand_units, "on_hand_units")
    before = offer.on_hand_units
    if on_hand_units == before:
        return confirmed(offer)
    if expected_on_hand_units not in (None, before):
        raise StaleState(
            _("The stock has changed to %(units)d in the meantime. Count again, then declare.")
            % {"units": before},
            field="on_hand_units",
        )
    checks.count_possible(on_hand_units, offer.reserved_units, offer.in_lots_units)
    stock.declare(offer.pk, on_hand_units - before, cause=f"declaration:{uuid.uuid4()}", by=by)
    confirmed(offer).refresh_from_db()
    note("catalog.stock_declared", offer, by=by, on_hand_units=on_hand_units, before=before)
    return offer


@operation
def confirm_stock(supplier: Supplier, *, by: User, offers: Collection[uuid.UUID] = ()) -> int:
    """The stock of these offers, or of all that are not withdrawn, is still right; how many.

    Raises NotPermitted, NotEligible.
    """
    supplier = selling(supplier, by)
    own = Offer.objects.of_supplier(supplier).exclude(status=OfferStatus.WITHDRAWN)
    if offers:
        own = own.filter(public_id__in=offers)
    held = list(own.locked().order_by("pk").values_list("pk", flat=True))
    Offer.objects.filter(pk__in=held).update(stock_confirmed_on=timezone.localdate())
    journal.record(
        "catalog.stock_confirmed",
        supplier,
        by=by,
        organisations=[supplier.public_id],
        payload={
            "supplier": supplier.name,
            "count": len(held),
            "url": reverse("catalog:stock_table"),
        },
    )
    return len(held)


def confirmed(offer: Offer) -> Offer:
    """The held offer, its stock confirmed today by an act of its supplier."""
    offer.stock_confirmed_on = timezone.localdate()
    offer.save(update_fields=["stock_confirmed_on"])
    return offer


def own_offer(offer: Offer, by: User | None) -> Offer:
    """The offer, its supplier's row and its own held; `by` is one of its people, or the clock."""
    supplier = Supplier.objects.locked().get(pk=offer.supplier_id)
    if by is not None:
        _check_member(supplier, by)
    return Offer.objects.locked().for_listing().get(pk=offer.pk)


def selling(supplier: Supplier, by: User) -> Supplier:
    """The supplier, its row held: approved, and `by` one of its people."""
    supplier = Supplier.objects.locked().get(pk=supplier.pk)
    _check_member(supplier, by)
    if not supplier.is_approved:
        raise NotEligible(
            _("Your company is not approved at present: see “My company” for what to do.")
        )
    return supplier


def _check_member(supplier: Supplier, by: User) -> None:
    if not supplier.members.filter(user=by).exists():
        raise NotPermitted


def _move(offer: Offer, new: OfferStatus) -> None:
    check_move(OFFER_TRANSITIONS, OfferStatus(offer.status), new)
    offer.status = new


def note(verb: str, offer: Offer, *, by: User | None, tell: bool = False, **facts: object) -> None:
    """One event about the offer, told to the supplier's people if `tell`."""
    journal.record(
        verb,
        offer,
        by=by,
        to=offer.supplier.people() if tell else (),
        organisations=[offer.supplier.public_id],
        payload={**facts_of(offer), **facts},
    )


def facts_of(offer: Offer) -> dict[str, object]:
    """What every event about an offer tells of it."""
    return {
        "product": offer.product.name,
        "supplier": offer.supplier.name,
        "status": offer.status,
        "unit_price_eur": str(offer.unit_price_eur),
        "tiers": [[each.from_units, str(each.unit_price_eur)] for each in offer.tiers.all()],
        "price_rule_ids": offer.price_rule_ids,
        "url": reverse("catalog:offer", args=[offer.public_id]),
    }
