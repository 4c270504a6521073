"""The start page after signing in: what the person has to do today, by what they act for."""

import datetime
from math import ceil

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.models import Offer
from catalog.prices import RuleBook
from catalog.remedies import reasons_of
from journal.models import Delivery
from orders.enums import OrderStatus, SupplierOrderStatus
from orders.filters import OPEN, late_lines
from orders.models import AllocationRound, Order, OrderLine, Shipment, SupplierOrder


SHOWN = 8
SOON = datetime.timedelta(days=30)


@require_safe
def day(request):
    if request.buyer is not None:
        return buyers_day(request, request.buyer)
    if request.supplier is not None:
        return suppliers_day(request, request.supplier)
    if request.user.has_ministry_role():
        return redirect("orders:rounds")
    return render(request, "orders/day_newcomer.html")


def buyers_day(request, buyer):
    orders = Order.objects.visible_to(request.user).filter(buyer=buyer)
    arriving = Shipment.objects.filter(supplier_order__order=OuterRef("pk"), receipt=None)
    waiting = OrderLine.objects.waiting().filter(order=OuterRef("pk"))
    figures = orders.aggregate(
        to_approve=Count("pk", filter=Q(status=OrderStatus.PENDING_INTERNAL_APPROVAL)),
        to_receive=Count("pk", filter=Exists(arriving)),
        late=Count("pk", filter=Q(Exists(late_lines()), status__in=OPEN)),
        incomplete=Count("pk", filter=Exists(waiting)),
    )
    last_round = AllocationRound.objects.first()
    shipments = Shipment.objects.visible_to(request.user).filter(
        supplier_order__order__buyer=buyer, receipt=None
    )
    context = {
        "buyer": buyer,
        "figures": figures,
        "next_round_minutes": _minutes_to_round(last_round),
        "orders": orders.exclude(status=OrderStatus.DRAFT).for_listing()[:SHOWN],
        "shipments": shipments.select_related("supplier_order__supplier", "supplier_order__order")[
            :SHOWN
        ],
        "news": Delivery.objects.inbox(request.user)[:SHOWN],
    }
    return render(request, "orders/day_buyer.html", context)


def suppliers_day(request, supplier):
    status = SupplierOrderStatus
    sales = SupplierOrder.objects.visible_to(request.user).filter(supplier=supplier)
    today = timezone.localdate()
    rules = RuleBook(today)
    offers = Offer.objects.visible_to(request.user).of_supplier(supplier).for_listing()
    stopped = [(offer, reasons_of(offer, day=today, rules=rules)) for offer in offers]
    proofs = supplier.certificates.filter(expires_on__lte=today + SOON).order_by("expires_on")
    counted = sales.aggregate(
        to_answer=Count("pk", filter=Q(status=status.WAITING_ACCEPTANCE)),
        to_ship=Count("pk", filter=Q(status=status.SHIPPING)),
        under_way=Count("pk", filter=Q(status=status.SHIPPED)),
    )
    context = {
        "supplier": supplier,
        "figures": counted,
        "to_answer": sales.filter(status=status.WAITING_ACCEPTANCE)
        .for_listing()
        .order_by("accept_by", "pk")[:SHOWN],
        "to_ship": sales.filter(status=status.SHIPPING)
        .for_listing()
        .order_by("answered_at", "pk")[:SHOWN],
        "stopped": [(offer, why) for offer, why in stopped if why],
        "proofs": proofs[:SHOWN],
        "today": today,
        "news": Delivery.objects.inbox(request.user)[:SHOWN],
    }
    return render(request, "orders/day_supplier.html", context)


def _minutes_to_round(last_round):
    """Whole minutes until the clock opens the next round, at most."""
    every = settings.ROUND_EVERY_SECONDS
    if last_round is None:
        return ceil(every / 60)
    past = (timezone.now() - last_round.opened_at).total_seconds()
    return ceil((every - past % every) / 60)
