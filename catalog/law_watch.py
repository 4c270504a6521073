"""Looks at the law each minute: what began, ended or was changed has its offers judged anew.

The rules in force at the last look are kept in a row, so it does not matter who changed them, by
what way, or whether anybody was awake at midnight. Days are those of Paris.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.aggregates import Count
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog import standing
from catalog.enums import LawChange
from catalog.models import (
    DatedRule,
    GelFormula,
    LawWatch,
    Offer,
    PriceCoefficient,
    PriceRule,
    Product,
    Rejudgement,
    ShelfChange,
    StandardEquivalence,
    VatRule,
)
from journal import operations as journal
from suppliers.models import Certificate, Supplier, SupplierMember


WATCHED: tuple[type[DatedRule], ...] = (
    PriceRule,
    PriceCoefficient,
    VatRule,
    GelFormula,
    StandardEquivalence,
)
ONE_LOOK_AT_A_TIME = 0x1A3  # the advisory lock of whoever looks
NAMED = 50
"""How many offers a notice names; it counts the others."""

Rules = dict[str, dict[str, Any]]


@transaction.atomic
def look() -> Rejudgement | None:
    """Compare the rules in force today with those of the last look; mark the offers concerned.

    Certificates that ended or began since then are looked at likewise. None: nothing changed, or
    it is the very first look, after which all offers are judged and nobody is told.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_LOOK_AT_A_TIME])
    today = timezone.localdate()
    now = _in_force(today)
    last = LawWatch.objects.filter(pk=1).first()
    if last is None:
        LawWatch.objects.create(pk=1, day=today, in_force=now)
        standing.mark(Product.objects.all())
        return None
    reasons, concerned = _changes(last.in_force, now)
    certificates = _turned_certificates(last.day, today)
    if certificates.exists():
        reasons.append({"what": LawChange.CERTIFICATES.value, "law": "", "rule": ""})
        concerned |= Q(pk__in=Offer.objects.filter(certificate__in=certificates).values("product"))
    if (last.day, last.in_force) != (today, now):
        last.day, last.in_force = today, now
        last.save()
    return _mark(Product.objects.filter(concerned), reasons) if reasons else None


def _in_force(day: date) -> Rules:
    rules = [rule for model in WATCHED for rule in model.objects.in_force(day).order_by("pk")]
    return {
        f"{rule._meta.model_name}:{rule.pk}": {
            "digest": _digest(rule),
            "law": rule.legal_reference,
            "concerns": rule.concerns,
        }
        for rule in rules
    }


def _digest(rule: DatedRule) -> str:
    values = [str(getattr(rule, field.attname)) for field in rule._meta.concrete_fields]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _changes(before: Rules, now: Rules) -> tuple[list[dict[str, str]], Q]:
    """What is told, and the sheets concerned: by the rule as it was and as it is."""
    reasons, concerned = [], Q(pk__in=[])
    for name in sorted(before.keys() | now.keys()):
        old, new = before.get(name), now.get(name)
        if old == new:
            continue
        what = LawChange.CHANGED if old and new else LawChange.BEGAN if new else LawChange.ENDED
        reasons.append({"what": what.value, "law": (new or old or {})["law"], "rule": name})
        for rule in (old, new):
            if rule:
                concerned |= Q(**rule["concerns"]) if rule["concerns"] else ~Q(pk=None)
    return reasons, concerned


def _turned_certificates(last: date, today: date) -> QuerySet[Certificate]:
    """Valid until their last day, that day included; or valid from a day that has come."""
    ended = Q(expires_on__gte=last, expires_on__lt=today)
    begun = Q(issued_on__gt=last, issued_on__lte=today)
    return Certificate.objects.filter(ended | begun)


def _mark(products: QuerySet[Product], reasons: list[dict[str, str]]) -> Rejudgement:
    found = Rejudgement.objects.create(
        reasons=reasons, offers_to_judge=Offer.objects.filter(product__in=products).count()
    )
    found.products_marked = standing.mark(products, because=found)
    found.save(update_fields=["products_marked"])
    return found


def finish() -> int:
    """Tell the suppliers of every judgement that is through, once; how many were finished."""
    waiting = ShelfChange.objects.filter(rejudgement__isnull=False).order_by()
    through = Rejudgement.objects.unfinished().exclude(pk__in=waiting.values("rejudgement"))
    return sum(_finish(each) for each in through.order_by("pk"))


@transaction.atomic
def _finish(rejudgement: Rejudgement) -> bool:
    held = Rejudgement.objects.select_for_update().get(pk=rejudgement.pk)
    if held.finished_at:
        return False
    held.finished_at = timezone.now()
    held.save(update_fields=["finished_at"])
    journal.record_all("catalog.offers_judged_anew", list(_notices(held)), by=None)
    return True


def _notices(rejudgement: Rejudgement) -> Iterator[journal.Entry]:
    turns = _turns_by_supplier(rejudgement)
    suppliers = Supplier.objects.in_bulk(turns)
    people: dict[int, list[User]] = {}
    seats = SupplierMember.objects.filter(supplier__in=turns).select_related("user")
    for seat in seats.order_by("pk"):
        people.setdefault(seat.supplier_id, []).append(seat.user)
    laws = [law for law in dict.fromkeys(each["law"] for each in rejudgement.reasons) if law]
    for supplier_id, rows in turns.items():
        supplier = suppliers[supplier_id]
        yield journal.Entry(
            supplier,
            to=people.get(supplier_id, []),
            organisations=[supplier.public_id],
            payload={
                "supplier": supplier.name,
                "laws": laws,
                "certificates": any(
                    each["what"] == LawChange.CERTIFICATES for each in rejudgement.reasons
                ),
                "went_off": rows[0]["went_off"],
                "went_on": rows[0]["all_offers"] - rows[0]["went_off"],
                "off": [_told(row) for row in rows if row["after"]],
                "on": [_told(row) for row in rows if not row["after"]],
                "more": rows[0]["all_offers"] - len(rows),
                "url": reverse("catalog:offers"),
            },
        )


def _turns_by_supplier(rejudgement: Rejudgement) -> dict[int, list[dict[str, Any]]]:
    """The first NAMED of each supplier, and the count of all."""
    own = {"partition_by": [F("supplier_id")]}
    rows = (
        rejudgement.turns.annotate(
            place=Window(RowNumber(), order_by=[F("pk")], **own),
            all_offers=Window(Count("pk"), **own),
            went_off=Window(Count("pk", filter=~Q(after=[])), **own),
        )
        .filter(place__lte=NAMED)
        .order_by("supplier_id", "pk")
        .values(
            "supplier_id",
            "offer__product__name",
            "offer__public_id",
            "after",
            "all_offers",
            "went_off",
        )
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["supplier_id"], []).append(row)
    return found


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "product": row["offer__product__name"],
        "url": reverse("catalog:offer", args=[row["offer__public_id"]]),
        "reasons": row["after"],
    }
