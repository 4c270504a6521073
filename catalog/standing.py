"""The stored verdict on every offer: `Offer.stopped_by`, what keeps it off sale but for stock.

PostgreSQL notes which products are touched (`ShelfChange`), whoever changed them; a worker judges
their offers anew by one statement within seconds. `availability.blockers` says the same of one
offer at once; whatever sells, sells by that.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import Case, CharField, F, Func, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.organisations import OrganisationStatus
from catalog.availability import too_dear
from catalog.enums import Blocker, OfferStatus, SheetStatus
from catalog.models import Offer, Product, ShelfChange
from catalog.prices import RuleBook
from suppliers.enums import ProofStatus


BATCH = 500
ONE_AT_A_TIME = 0x5E1F  # the advisory lock of whoever judges
CLAIM = """
    DELETE FROM catalog_shelfchange WHERE id IN (
        SELECT id FROM catalog_shelfchange ORDER BY id LIMIT %s)
    RETURNING product_id
"""
MARK = "INSERT INTO catalog_shelfchange (product_id) {products}"
STORE = """
    WITH judged AS ({judged}), held AS (
        SELECT offer.id, judged.reasons, offer.stopped_by AS before
        FROM catalog_offer offer JOIN judged ON judged.id = offer.id
        WHERE offer.stopped_by IS DISTINCT FROM judged.reasons
        ORDER BY offer.id FOR NO KEY UPDATE OF offer
    )
    UPDATE catalog_offer SET stopped_by = held.reasons FROM held
    WHERE held.id = catalog_offer.id
    RETURNING catalog_offer.id, held.before, held.reasons
"""


@dataclass(frozen=True)
class Turn:
    """An offer whose verdict has changed."""

    offer_id: int
    before: list[str]
    after: list[str]


def mark(products: QuerySet[Product]) -> None:
    """Have the offers of these products judged anew, for a reason that no row shows."""
    sql, values = products.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(MARK.format(products=sql), values)


def mark_days_of_sale(day: date) -> int:
    """Have offers judged anew whose days of sale begin or end at midnight; how many products.

    It looks for verdicts that `day` contradicts, so that no midnight is missed or counted twice.
    """
    early = Q(stopped_by__contains=[Blocker.NOT_YET_AVAILABLE])
    over = Q(stopped_by__contains=[Blocker.NO_LONGER_AVAILABLE])
    turned = (
        Q(early, available_from__lte=day)
        | Q(~early, available_from__gt=day)
        | Q(over, available_until__gte=day)
        | Q(~over, available_until__lt=day)
    )
    limited = Q(available_from__isnull=False) | Q(available_until__isnull=False)
    sheets = set(
        Offer.objects.filter(limited, turned).values_list("product", flat=True).order_by()
    )
    if sheets:
        mark(Product.objects.filter(pk__in=sheets))
    return len(sheets)


def catch_up() -> Iterator[list[Turn]]:
    """Judge what was touched, a batch of products in each transaction, until nothing is left.

    One worker at a time; another one finds nothing to do.
    """
    while (turns := _one_batch()) is not None:
        yield turns


@transaction.atomic
def _one_batch() -> list[Turn] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(CLAIM, [BATCH])
        products = {product for (product,) in cursor.fetchall()}
    return judge(products, day=timezone.localdate()) if products else None


def judge(products: Collection[int], *, day: date) -> list[Turn]:
    """Store the verdict of `day` on all offers of the products; those that have changed."""
    offers = Offer.objects.filter(product__in=products).order_by()
    judged = offers.annotate(reasons=_reasons(RuleBook(day))).values("id", "reasons")
    sql, values = judged.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(STORE.format(judged=sql), values)
        return [Turn(*row) for row in cursor.fetchall()]


def waiting() -> int:
    """How many marks are still to be worked off."""
    return ShelfChange.objects.count()


def conditions(rules: RuleBook) -> dict[Blocker, Q]:
    """When each reason applies, in the order of `availability.blockers`; stock left out."""
    day = rules.day
    asked = ~Q(product__standard="")
    fits = Q(certificate__isnull=False, certificate__standard=F("product__standard"))
    expired = Q(certificate__expires_on__lt=day)
    accepted = Q(certificate__status=ProofStatus.ACCEPTED, certificate__issued_on__lte=day)
    return {
        Blocker.DRAFT: Q(status=OfferStatus.DRAFT),
        Blocker.WITHDRAWN: Q(status=OfferStatus.WITHDRAWN),
        Blocker.SUPPLIER_NOT_APPROVED: ~Q(supplier__status=OrganisationStatus.APPROVED),
        Blocker.PRODUCT_NOT_ACCEPTED: ~Q(product__status=SheetStatus.ACCEPTED),
        Blocker.PRODUCT_RETIRED: Q(product__status=SheetStatus.ACCEPTED, product__is_active=False),
        Blocker.NOT_YET_AVAILABLE: Q(available_from__gt=day),
        Blocker.NO_LONGER_AVAILABLE: Q(available_until__lt=day),
        Blocker.CERTIFICATE_MISSING: asked & ~(fits & (expired | accepted)),
        Blocker.CERTIFICATE_EXPIRED: asked & fits & expired,
        Blocker.PRICE_ABOVE_CEILING: too_dear(rules),
    }


def _reasons(rules: RuleBook) -> Func:
    found = [
        Case(When(condition, then=Value(str(blocker))), default=None, output_field=CharField())
        for blocker, condition in conditions(rules).items()
    ]
    return Func(
        *found,
        template="array_remove(ARRAY[%(expressions)s]::varchar[], NULL)",
        output_field=ArrayField(CharField()),
    )
