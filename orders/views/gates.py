"""Who gets in: each returns the object, or answers 404 to those whose it is not."""

from django.core.paginator import Paginator
from django.db.models import F, Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404

from journal.models import Event
from orders.enums import OrderStatus
from orders.models import Order, Shipment, ShipmentLine, SupplierOrder


PAGE_SIZE = 24


def acting_buyer(request):
    """The buyer that the person acts for."""
    if request.buyer is None:
        raise Http404
    return request.buyer


def acting_supplier(request):
    """The supplier that the person acts for."""
    if request.supplier is None:
        raise Http404
    return request.supplier


def basket_or_none(request):
    """The person's own basket at this buyer; none before the first line."""
    return Order.objects.filter(
        buyer=acting_buyer(request),
        placed_by=request.user,
        status=OrderStatus.DRAFT,
        idempotency_key=None,
    ).first()


def visible_order(request, number):
    """An order of the person's organisations, or any for the ministry."""
    return get_object_or_404(
        Order.objects.visible_to(request.user).select_related(
            "buyer", "site", "placed_by", "approved_by"
        ),
        number=number,
    )


def own_order(request, number):
    """An order that the person may act on: one of an organisation they belong to."""
    orders = Order.objects.visible_to(request.user).filter(buyer__members__user=request.user)
    return get_object_or_404(orders, number=number)


def own_sale(request, number):
    """A supplier order of a company that the person belongs to."""
    return get_object_or_404(
        SupplierOrder.objects.visible_to(request.user)
        .filter(supplier__members__user=request.user)
        .select_related("order__buyer", "order__site", "supplier"),
        number=number,
    )


def own_arrival(request, number):
    """A shipment on its way to, or arrived at, a buyer that the person belongs to."""
    return get_object_or_404(
        Shipment.objects.visible_to(request.user)
        .filter(supplier_order__order__buyer__members__user=request.user)
        .select_related("supplier_order__order__site", "supplier_order__supplier", "receipt"),
        number=number,
    )


def consignments(shipments):
    """The shipments with what the buyer recorded of them (empty: not yet), and their lots."""
    lots = ShipmentLine.objects.select_related("supplier_line__offer__product").annotate(
        arrived_units=F("receipt_line__received_units"),
        refused_units=F("receipt_line__refused_units"),
    )
    return shipments.annotate(
        arrived_at=F("receipt__received_at"), remark=F("receipt__note")
    ).prefetch_related(Prefetch("lines", lots))


def page_of(request, rows):
    """The page of `rows` that the address asks for."""
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def posted(request):
    """What was sent in, even if it is empty; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None


def story(subject, *, team=None):
    """The journal of `subject`, oldest first; people outside of `team` stay unnamed."""
    events = list(Event.objects.about(subject).select_related("actor"))
    if team is not None:
        own = set(team.members.values_list("user_id", flat=True))
        for event in events:
            if event.actor_id not in own:
                event.actor = None
    return events
