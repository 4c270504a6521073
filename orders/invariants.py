"""What must hold over all rows at any time; read-only, used by a command and by the tests."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, ForeignKey, OuterRef, Q, QuerySet, Sum

from catalog import audit
from catalog.enums import StockReason
from catalog.models import Offer, StockMovement
from journal.models import Event
from orders.enums import OrderStatus, RoundStatus, SupplierOrderStatus as Part
from orders.models import (
    Allocation,
    AllocationRound,
    Explanation,
    Order,
    OrderLine,
    OrderNumber,
    ReceiptLine,
    ShipmentLine,
    SupplierOrderLine,
)
from orders.rounds import snapshot


LIVE = [Part.WAITING_ACCEPTANCE, Part.SHIPPING, Part.SHIPPED, Part.RECEIVED, Part.CLOSED]
ALL_SENT = [Part.SHIPPED, Part.RECEIVED, Part.CLOSED]


def violations() -> Iterator[str]:
    """One sentence per difference, naming the row."""
    yield from audit.faults()
    yield from _reservations()
    yield from _line_counts()
    yield from _parts()
    yield from _consignments()
    yield from _orders()
    yield from _numbers()
    yield from _rounds()
    yield from _strays()


def _reservations() -> Iterator[str]:
    """What an offer has reserved is what its live supplier orders still have to send."""
    promised: Counter[int] = Counter()
    lines = SupplierOrderLine.objects.filter(supplier_order__status__in=LIVE).order_by("pk")
    for offer, status, units, accepted, shipped in lines.values_list(
        "offer", "supplier_order__status", "units", "accepted_units", "shipped_units"
    ):
        promised[offer] += units if status == Part.WAITING_ACCEPTANCE else accepted - shipped
    for key, reserved in Offer.objects.order_by("pk").values_list("pk", "reserved_units"):
        if reserved != promised[key]:
            yield f"offer {key}: {reserved} units reserved, supplier orders hold {promised[key]}"


def _line_counts() -> Iterator[str]:
    """A line's counts are the sums over its live supplier lines, less what never arrived."""
    allocated, accepted, shipped, received, missing = (Counter[int]() for _ in range(5))
    lines = SupplierOrderLine.objects.filter(supplier_order__status__in=LIVE).order_by("pk")
    for line in lines.select_related("supplier_order"):
        waiting = line.supplier_order.status == Part.WAITING_ACCEPTANCE
        allocated[line.order_line_id] += line.units if waiting else line.accepted_units
        accepted[line.order_line_id] += line.accepted_units
        shipped[line.order_line_id] += line.shipped_units
        received[line.order_line_id] += line.received_units
    receipts = ReceiptLine.objects.order_by("pk").values_list(
        "shipment_line__supplier_line__order_line", "shipment_line__units", "received_units"
    )
    for key, sent, arrived in receipts:
        missing[key] += sent - arrived
    for row in OrderLine.objects.order_by("pk"):
        lost = missing[row.pk]
        due = (
            allocated[row.pk] - lost,
            accepted[row.pk] - lost,
            shipped[row.pk] - lost,
            received[row.pk],
        )
        is_ = (row.allocated_units, row.accepted_units, row.shipped_units, row.received_units)
        if is_ != due:
            yield f"order line {row.pk}: counts {is_}, supplier orders say {due}"


def _parts() -> Iterator[str]:
    """Supplier orders stand where their lines stand, and each line is its allocation."""
    lines = SupplierOrderLine.objects.order_by("pk").select_related("supplier_order", "allocation")
    for line in lines:
        status = line.supplier_order.status
        unanswered = status not in LIVE or status == Part.WAITING_ACCEPTANCE
        if unanswered and line.accepted_units:
            yield f"supplier order {line.supplier_order}: {status}, yet units are accepted"
        if status in ALL_SENT and line.shipped_units != line.accepted_units:
            yield f"supplier order {line.supplier_order}: {status}, yet units are still to be sent"
        promise = line.allocation
        if (promise.line_id, promise.offer_id, promise.units, promise.unit_price_eur) != (
            line.order_line_id,
            line.offer_id,
            line.units,
            line.unit_price_eur,
        ):
            yield f"supplier order {line.supplier_order}: line {line.pk} is not its allocation"
    for promise in Allocation.objects.filter(supplier_line=None).order_by("pk"):
        yield f"allocation {promise.pk}: no supplier was told"


def _consignments() -> Iterator[str]:
    """Shipped and received units are the sums over shipments and receipts."""
    sent: Counter[int] = Counter()
    arrived: Counter[int] = Counter()
    rows = ShipmentLine.objects.order_by("pk").values_list(
        "supplier_line", "units", "receipt_line__received_units"
    )
    for key, units, received in rows:
        sent[key] += units
        arrived[key] += received or 0
    for line in SupplierOrderLine.objects.order_by("pk"):
        if (line.shipped_units, line.received_units) != (sent[line.pk], arrived[line.pk]):
            yield (
                f"supplier order line {line.pk}: {line.shipped_units} sent, "
                f"{line.received_units} received; shipments say {sent[line.pk]}, "
                f"receipts {arrived[line.pk]}"
            )


def _orders() -> Iterator[str]:
    """Orders are open while something is to come, and told of in the journal."""
    unsettled = OrderLine.objects.exclude(
        requested_units=F("received_units") + F("canceled_units")
    ).values("order")
    running = Q(status__in=[OrderStatus.SUBMITTED, OrderStatus.IN_PROGRESS])
    for order in Order.objects.filter(running).exclude(pk__in=unsettled).order_by("pk"):
        yield f"order {order}: open although nothing more is to come"
    ended = Q(status__in=[OrderStatus.CLOSED, OrderStatus.CANCELED])
    for order in Order.objects.filter(ended, pk__in=unsettled).order_by("pk"):
        yield f"order {order}: {order.status} although units are still to come"
    told = Event.objects.filter(
        subject_type="orders.order",
        subject_ref=OuterRef("number"),
        verb__in=["orders.placed", "orders.approval_asked"],
    )
    silent = Order.objects.exclude(number=None).exclude(Exists(told))
    for order in silent.order_by("pk"):
        yield f"order {order}: the journal does not know of it"


def _numbers() -> Iterator[str]:
    """Each year's numbers run from 1 to the last one given out, without gaps."""
    given: dict[int, set[int]] = {}
    for number in Order.objects.exclude(number=None).order_by("pk").values_list("number"):
        year, _dash, count = str(number[0]).partition("-")
        given.setdefault(int(year), set()).add(int(count))
    last = dict(OrderNumber.objects.order_by("pk").values_list("year", "last"))
    for year in sorted(given.keys() | last.keys()):
        gaps = set(range(1, last.get(year, 0) + 1)) ^ given.get(year, set())
        if gaps:
            yield f"order numbers of {year}: gaps or strays at {sorted(gaps)[:10]}"


def _rounds() -> Iterator[str]:
    """A round in force is booked once, as computed; any other has no effect at all."""
    for round_ in AllocationRound.objects.order_by("pk"):
        promised = _sums(Allocation.objects.filter(round=round_), "units")
        booked = _sums(
            StockMovement.objects.filter(cause=f"round:{round_.pk}", reason=StockReason.RESERVED),
            "delta_reserved_units",
        )
        if promised != booked:
            yield f"round {round_.pk}: allocations {promised}, ledger {booked}"
        if round_.status != RoundStatus.COMMITTED:
            if promised:
                yield f"round {round_.pk}: {round_.status}, yet units are allocated"
            continue
        if sum(promised.values()) != round_.allocated_units:
            yield f"round {round_.pk}: {sum(promised.values())} of {round_.allocated_units} units"
        if Explanation.objects.filter(round=round_).count() != round_.lines_count:
            yield f"round {round_.pk}: lines without an explanation"
        yield from _fingerprints(round_)


def _strays() -> Iterator[str]:
    """References that PostgreSQL does not check lead somewhere all the same."""
    for model in (Explanation, SupplierOrderLine):
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignKey) or field.db_constraint:
                continue
            there = field.related_model.objects.filter(pk=OuterRef(field.attname))
            lost = model.objects.exclude(**{field.attname: None}).exclude(Exists(there))
            for row in lost.order_by("pk"):
                yield f"{model._meta.verbose_name} {row.pk}: its {field.name} does not exist"


def _sums(rows: "QuerySet[Any]", column: str) -> dict[int, int]:
    summed = rows.order_by().values("offer").annotate(total=Sum(column))
    return dict(summed.values_list("offer", "total"))


def _fingerprints(round_: AllocationRound) -> Iterator[str]:
    """What is stored is what was recorded, group by group and for the whole round."""
    digests = []
    for group in round_.groups.order_by("position").iterator(chunk_size=1):
        for name in ("input", "outcome"):
            data = snapshot.unpack(getattr(group, name) or b"")
            if snapshot.digest(data) != getattr(group, f"{name}_sha256"):
                yield f"round {group}: the {name} is not the one whose fingerprint was recorded"
        digests.append((group.input_sha256, group.outcome_sha256))
    recorded = (round_.snapshot_sha256, round_.result_sha256)
    kept = tuple(snapshot.fingerprint(each) for each in zip(*digests, strict=True))
    if digests and kept != recorded:
        yield f"round {round_.pk}: its fingerprints are not those of its groups"
