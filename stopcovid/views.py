"""The door: the home page and the two health checks."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.organisations import OrganisationStatus
from buyers.models import Buyer
from catalog.models import Product
from orders.enums import RoundStatus, SupplierOrderStatus
from orders.models import AllocationRound, SupplierOrderLine


SCARCE_SHOWN = 5


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", figures())


def figures() -> dict[str, Any]:
    """What is true now: goods on their way, establishments, the last round, what is scarce."""
    on_way = Q(
        supplier_order__status__in=[SupplierOrderStatus.SHIPPING, SupplierOrderStatus.SHIPPED]
    )
    units = SupplierOrderLine.objects.aggregate(
        on_way=Sum("accepted_units", filter=on_way), received=Sum("received_units")
    )
    buyers = Buyer.objects.aggregate(
        approved=Count("pk", filter=Q(status=OrganisationStatus.APPROVED))
    )
    last = AllocationRound.objects.filter(status=RoundStatus.COMMITTED)
    scarce = Product.objects.filter(managed=True, is_active=True).order_by("name")
    return {
        "units_on_way": units["on_way"] or 0,
        "units_received": units["received"] or 0,
        "establishments": buyers["approved"],
        "last_round": last.first(),
        "scarce": scarce[:SCARCE_SHOWN],
    }


@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """Alive: answers without asking anybody else."""
    return JsonResponse({"ok": True})


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready: the database answers with all migrations, and so does the cache."""
    executor = MigrationExecutor(connection)
    pending = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    cache.set("readyz", "1", 5)
    return JsonResponse({"ok": not pending}, status=503 if pending else 200)
