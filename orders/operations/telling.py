"""Who hears of what: one call writes the journal entry and its deliveries."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db.models import Q, Sum
from django.urls import reverse

from accounts.enums import MinistryRole
from accounts.models import User
from buyers.enums import BuyerRole
from buyers.models import BuyerMember
from catalog.models import Lot
from journal import operations as journal
from orders.models import (
    AllocationRound,
    Order,
    Shipment,
    ShipmentLine,
    Shortfall,
    SupplierOrder,
)
from suppliers.models import SupplierMember


Facts = Mapping[str, object]


def tell_buyer(verb: str, order: Order, *, by: User | None, **facts: object) -> None:
    """To the buyer's people; the page is the order's."""
    tell_buyers(verb, [(order, facts)], by=by)


def tell_buyers(verb: str, news: Sequence[tuple[Order, Facts]], *, by: User | None) -> None:
    """The same to the people of many buyers, in a fixed number of statements."""
    seats = BuyerMember.objects.filter(
        buyer__in={order.buyer_id for order, _facts in news}, user__is_active=True
    )
    people: dict[int, list[User]] = defaultdict(list)
    for seat in seats.select_related("user"):
        people[seat.buyer_id].append(seat.user)
    page = _pages("orders:order")
    journal.record_all(
        f"orders.{verb}",
        [
            journal.Entry(
                order,
                people[order.buyer_id],
                [order.buyer.public_id],
                {
                    "number": order.number,
                    "buyer": order.buyer.name,
                    "url": page(str(order.number)),
                    **facts,
                },
            )
            for order, facts in news
        ],
        by=by,
    )


def _pages(name: str) -> Callable[[str], str]:
    """The address of each of many pages by number; looked up once."""
    before, _, after = reverse(name, args=["-"]).rpartition("-")
    return lambda number: f"{before}{number}{after}"


def tell_approvers(order: Order, *, by: User) -> None:
    """To those who may approve it."""
    may = [BuyerRole.APPROVER, BuyerRole.MANAGER]
    people = order.buyer.people().filter(
        buyer_memberships__buyer=order.buyer, buyer_memberships__role__in=may
    )
    journal.record(
        "orders.approval_asked",
        order,
        by=by,
        to=people,
        organisations=[order.buyer.public_id],
        payload={
            "number": order.number,
            "person": str(by),
            "url": reverse("orders:order", args=[order.number]),
        },
    )


def tell_supplier(
    verb: str, supplier_order: SupplierOrder, *, by: User | None, **facts: object
) -> None:
    """To the supplier's people; the page is the supplier order's."""
    tell_suppliers(verb, [(supplier_order, facts)], by=by)


def tell_suppliers(
    verb: str, news: Sequence[tuple[SupplierOrder, Facts]], *, by: User | None
) -> None:
    """The same to the people of many suppliers, in a fixed number of statements."""
    seats = SupplierMember.objects.filter(
        supplier__in={part.supplier_id for part, _facts in news}, user__is_active=True
    )
    people: dict[int, list[User]] = defaultdict(list)
    for seat in seats.select_related("user"):
        people[seat.supplier_id].append(seat.user)
    page = _pages("orders:supplier_order")
    journal.record_all(
        f"orders.{verb}",
        [
            journal.Entry(
                part,
                people[part.supplier_id],
                [part.supplier.public_id],
                {
                    "number": part.number,
                    "supplier": part.supplier.name,
                    "buyer": part.order.buyer.name,
                    "url": page(part.number),
                    **facts,
                },
            )
            for part, facts in news
        ],
        by=by,
    )


def tell_buyer_of_shipment(verb: str, shipment: Shipment, *, by: User, **facts: object) -> None:
    """To the buyer's people; the page is where the receipt is recorded."""
    order = shipment.supplier_order.order
    tell_buyer(
        verb,
        order,
        by=by,
        shipment=shipment.number,
        supplier=shipment.supplier_order.supplier.name,
        **{"url": reverse("orders:receive", args=[shipment.number]), **facts},
    )


def tell_of_shortfall(shortfall: Shortfall, *, by: User | None) -> None:
    """To the supplier's people and the ministry's allocators; the page is the list."""
    supplier = shortfall.offer.supplier
    people = User.objects.filter(
        Q(supplier_memberships__supplier=supplier) | Q(ministry_role=MinistryRole.ALLOCATOR),
        is_active=True,
    )
    journal.record(
        "orders.shortfall_opened",
        shortfall,
        by=by,
        to=people.distinct(),
        organisations=[supplier.public_id],
        payload={
            "supplier": supplier.name,
            "product": shortfall.offer.product.name,
            "lot": shortfall.lot.number if shortfall.lot else "",
            "units": shortfall.units,
            "url": reverse("orders:shortfalls"),
        },
    )


def tell_of_recall(lot: Lot, *, by: User) -> None:
    """To every buyer who was sent units of the lot, with how many; the page is the order's."""
    sent = ShipmentLine.objects.filter(supplier_line__offer=lot.offer, lot_number=lot.number)
    units = dict(
        sent.order_by()
        .values("supplier_line__supplier_order__order")
        .annotate(total=Sum("units"))
        .values_list("supplier_line__supplier_order__order", "total")
    )
    orders = Order.objects.filter(pk__in=units).select_related("buyer").order_by("pk")
    facts = {
        "supplier": lot.offer.supplier.name,
        "product": lot.offer.product.name,
        "lot": lot.number,
        "why": lot.status_reason,
    }
    news = [(order, {**facts, "units": units[order.pk]}) for order in orders]
    tell_buyers("recalled", news, by=by)


def note_round(verb: str, round_: AllocationRound, *, by: User | None, **facts: object) -> None:
    """Into the journal; rounds are too frequent to write to anybody about each."""
    _record_round(verb, round_, by, [], facts)


def tell_allocators(verb: str, round_: AllocationRound, **facts: object) -> None:
    """To the ministry's allocators; the page is the round's."""
    people = User.objects.filter(ministry_role=MinistryRole.ALLOCATOR, is_active=True)
    _record_round(verb, round_, None, people, facts)


def _record_round(
    verb: str,
    round_: AllocationRound,
    by: User | None,
    to: Iterable[User],
    facts: dict[str, object],
) -> None:
    payload = {"round": round_.pk, "url": reverse("orders:round", args=[round_.pk]), **facts}
    journal.record(f"orders.{verb}", round_, by=by, to=to, payload=payload)
