"""The database as a round sees it, in columns; a fixed number of statements."""

from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from accounts.organisations import OrganisationStatus
from buyers.enums import BuyerKind
from catalog.availability import sellable
from catalog.enums import BuyerSide
from catalog.models import Offer, Product
from catalog.prices import RuleBook
from core.places import departments
from orders.enums import SupplierOrderStatus
from orders.models import EntityCap, OrderLine, Substitute, SupplierOrderLine
from orders.models.policies import MAX_PAST_WEEKS
from orders.rounds import columns
from orders.rounds.columns import DECIMAL, MICRO, WHOLE, position_in


MICRO_PER_EURO = 1_000_000
Table = dict[str, NDArray[Any]]
GIVEN_BACK = (SupplierOrderStatus.REFUSED, SupplierOrderStatus.EXPIRED)
LIVE = sorted(
    set(SupplierOrderStatus) - {*GIVEN_BACK, SupplierOrderStatus.CANCELED},
)
PROMISED = """
    CASE part.status WHEN 'WAITING_ACCEPTANCE' THEN sold.units ELSE sold.accepted_units END
"""
PAST = f"""
    SELECT bought.buyer_id, offer.product_id,
           floor(extract(epoch FROM %(now)s - part.created_at) / 604800), sum({PROMISED})
    FROM orders_supplierorderline sold
    JOIN orders_supplierorder part ON part.id = sold.supplier_order_id
    JOIN orders_order bought ON bought.id = part.order_id
    JOIN catalog_offer offer ON offer.id = sold.offer_id
    WHERE part.status = ANY(%(live)s) AND part.created_at > %(since)s
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608 - no value from outside
CAPPED = f"""
    SELECT cap.id, bought.buyer_id, sum({PROMISED})
    FROM orders_entitycap cap
    JOIN catalog_product product ON product.category_id = cap.category_id
    JOIN catalog_offer offer ON offer.product_id = product.id
    JOIN orders_supplierorderline sold ON sold.offer_id = offer.id
    JOIN orders_supplierorder part ON part.id = sold.supplier_order_id
    JOIN orders_order bought ON bought.id = part.order_id
    WHERE part.status = ANY(%(live)s) AND cap.id = ANY(%(caps)s)
      AND (part.created_at AT TIME ZONE %(zone)s)::date >= cap.valid_from
    GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - no value from outside


def waiting_lines() -> "QuerySet[OrderLine]":
    """Scarce lines with units to wait for, of approved buyers."""
    return OrderLine.objects.waiting().filter(order__buyer__status=OrganisationStatus.APPROVED)


def lines(day: date) -> Table:
    """The waiting lines, by key. Prices in millionths of a euro; -1: none."""
    rows = (
        waiting_lines()
        .order_by("pk")
        .values_list(
            "pk",
            "order__buyer_id",
            "order__buyer__kind",
            "order__site__department",
            "product_id",
            F("requested_units") - F("allocated_units") - F("canceled_units"),
            F("min_useful_units") - F("allocated_units"),
            "needed_by",
            "max_unit_price_eur",
            "offer_id",
            F("product__weekly_units_per_bed") * F("order__buyer__beds")
            + F("product__weekly_units_per_carer") * F("order__buyer__staff"),
        )
    )
    return columns.read(
        rows,
        line=WHOLE,
        account=WHOLE,
        kind=position_in(BuyerKind.values),
        department=position_in(list(departments())),
        product=WHOLE,
        wanted=WHOLE,
        min_useful=WHOLE,
        need_days=_days_from(day),
        ceiling=MICRO,
        offer=WHOLE,
        reference_need=DECIMAL,
    )


def _days_from(day: date) -> str:
    """A column of dates as days from `day` on; past ones are 0, NULL is -1."""
    days = f"greatest({{0}} - DATE '{day.isoformat()}', 0)"
    return f"(CASE WHEN {{0}} IS NULL THEN -1 ELSE {days} END)::bigint"


def substitutes() -> Table:
    """Products that waiting lines would take instead, by line and preference."""
    rows = Substitute.objects.filter(line__in=waiting_lines()).order_by("line_id", "rank")
    return columns.read(rows.values_list("line_id", "product_id"), line=WHOLE, product=WHOLE)


def offers(products: list[int], pinned: list[int], rules: RuleBook) -> list[Any]:
    """Offers of these products that sell today, and those of `pinned`; with `sells`."""
    selling = set(sellable(rules).filter(product__in=products).values_list("pk", flat=True))
    rows = Offer.objects.filter(Q(product__in=products) & Q(pk__in=selling) | Q(pk__in=pinned))
    return [
        (*row, row[0] in selling)
        for row in rows.order_by("pk").values_list(
            "pk",
            "product_id",
            F("on_hand_units") - F("reserved_units"),
            "pack_units",
            "min_order_units",
            "max_per_buyer_units",
            "unit_price_eur",
            "lead_time_days",
            "departments",
        )
    ]


def past() -> Table:
    """Units promised by account, product and whole weeks ago, and not given back since."""
    now = timezone.now()
    since = now - timedelta(weeks=MAX_PAST_WEEKS)
    return columns.read_sql(
        PAST,
        {"now": now, "since": since, "live": LIVE},
        account=WHOLE,
        product=WHOLE,
        weeks=WHOLE,
        units=WHOLE,
    )


def refusals() -> dict[int, frozenset[int]]:
    """By waiting line, the offers whose suppliers refused it or let it expire."""
    pairs = SupplierOrderLine.objects.filter(
        supplier_order__status__in=GIVEN_BACK, order_line__in=waiting_lines()
    )
    barred: dict[int, set[int]] = {}
    for line, offer in pairs.order_by("pk").values_list("order_line", "offer"):
        barred.setdefault(line, set()).add(offer)
    return {line: frozenset(found) for line, found in barred.items()}


def caps(day: date) -> list[tuple[EntityCap, dict[int, int]]]:
    """The caps of the day, each with the units promised to each account while it holds."""
    rules = list(EntityCap.objects.in_force(day).select_related("category").order_by("pk"))
    used: dict[int, dict[int, int]] = {rule.pk: {} for rule in rules}
    if rules:
        zone = timezone.get_current_timezone_name()
        with connection.cursor() as cursor:
            cursor.execute(CAPPED, {"live": LIVE, "caps": list(used), "zone": zone})
            for rule, account, units in cursor.fetchall():
                used[rule][account] = int(units)
    return [(rule, used[rule.pk]) for rule in rules]


def categories(products: list[int]) -> dict[int, str]:
    """The category of each product, by its slug."""
    found = Product.objects.filter(pk__in=products).order_by("pk")
    return dict(found.values_list("pk", "category__slug"))


def reseller_ceilings(products: list[int], rules: RuleBook) -> dict[int, int]:
    """The highest price to a reseller, in millionths of a euro, where the law has one."""
    legal = {
        product.pk: rules.ceiling(product, BuyerSide.RESELLER)
        for product in Product.objects.filter(pk__in=products).order_by("pk")
    }
    return {
        key: int(ceiling.max_unit_price_eur * MICRO_PER_EURO)
        for key, ceiling in legal.items()
        if ceiling
    }
