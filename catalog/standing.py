"""The stored verdict on every offer: `Offer.stopped_by`, what keeps it off sale but for stock.

PostgreSQL notes which products are touched (`ShelfChange`), whoever changed them; a worker judges
their offers anew by one statement within seconds. `availability.blockers` says the same of one
offer at once; whatever sells, sells by that.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import BigIntegerField, Case, CharField, F, Func, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.organisations import OrganisationStatus
from catalog.availability import fitting, forbidden, naming, too_dear
from catalog.enums import Blocker, OfferStatus, SheetStatus
from catalog.models import Offer, Product, Rejudgement, ShelfChange
from catalog.prices import RuleBook
from catalog.search import facts
from suppliers.enums import ForeignStandard, ProofStatus


BATCH = 500
STALE = Q(stopped_by__contains=[Blocker.STOCK_NOT_CONFIRMED])
ONE_AT_A_TIME = 0x5E1F  # the advisory lock of whoever judges
CLAIM = """
    DELETE FROM catalog_shelfchange WHERE id IN (
        SELECT id FROM catalog_shelfchange ORDER BY rejudgement_id NULLS FIRST, id LIMIT %s)
    RETURNING product_id, rejudgement_id
"""
MARK = "INSERT INTO catalog_shelfchange (product_id, rejudgement_id) {products}"
STORE = """
    WITH judged AS ({judged}), held AS (
        SELECT offer.id, judged.reasons, offer.stopped_by AS before
        FROM catalog_offer offer JOIN judged ON judged.id = offer.id
        WHERE offer.stopped_by IS DISTINCT FROM judged.reasons
        ORDER BY offer.id FOR NO KEY UPDATE OF offer
    ), stored AS (
        UPDATE catalog_offer SET stopped_by = held.reasons FROM held
        WHERE held.id = catalog_offer.id
        RETURNING catalog_offer.id, catalog_offer.product_id, catalog_offer.supplier_id,
            held.before, held.reasons
    ), turned AS (
        INSERT INTO catalog_turn (rejudgement_id, offer_id, supplier_id, before, after)
        SELECT because.rejudgement, stored.id, stored.supplier_id, stored.before, stored.reasons
        FROM stored JOIN unnest(%s::bigint[], %s::bigint[]) AS because(product, rejudgement)
            ON because.product = stored.product_id
        WHERE (stored.before = '{{}}') <> (stored.reasons = '{{}}')
    )
    SELECT id, product_id, supplier_id, before, reasons FROM stored
"""


class Verdict(NamedTuple):
    """An offer whose verdict has changed."""

    offer_id: int
    product_id: int
    supplier_id: int
    before: list[str]
    after: list[str]

    @property
    def is_turn(self) -> bool:
        """It went off sale, or on; not: from one obstacle to another."""
        return bool(self.before) != bool(self.after)


def mark(products: QuerySet[Product], *, because: Rejudgement | None = None) -> int:
    """Have the offers of these products judged anew, for a reason that no row shows; how many."""
    reason = Value(because and because.pk, output_field=BigIntegerField())
    rows = products.order_by().annotate(because=reason).values_list("pk", "because")
    sql, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(MARK.format(products=sql), values)
        return cursor.rowcount


def mark_days_of_sale(day: date) -> int:
    """Have offers judged anew whose days of sale begin or end at midnight; how many products.

    So are those whose stock has not been confirmed for too long as from `day`. It looks for
    verdicts that `day` contradicts, so that no midnight is missed or counted twice.
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
    offers = Offer.objects.order_by().values_list("product", flat=True)
    sheets = {
        *offers.filter(limited, turned),
        *offers.filter(Offer.objects.is_stale_on(day), ~STALE),
        *offers.filter(~Offer.objects.is_stale_on(day), STALE),
    }
    if sheets:
        mark(Product.objects.filter(pk__in=sheets))
    return len(sheets)


def catch_up() -> Iterator[list[Verdict]]:
    """Judge what was touched, a batch of products in each transaction, until nothing is left.

    One worker at a time; another one finds nothing to do.
    """
    while (verdicts := _one_batch()) is not None:
        yield verdicts


@transaction.atomic
def _one_batch() -> list[Verdict] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(CLAIM, [BATCH])
        claimed = cursor.fetchall()
    if not claimed:
        return None
    marked = {product: because for product, because in claimed if because is not None}
    touched = {product for product, because in claimed if because is None}
    products = touched | marked.keys()
    verdicts = judge(products, day=timezone.localdate(), because=marked, sheets=touched)
    for each in set(marked.values()):
        _note(each, {product for product in marked if marked[product] == each}, verdicts)
    return verdicts


def judge(
    products: Collection[int],
    *,
    day: date,
    because: Mapping[int, int] | None = None,
    sheets: Collection[int] | None = None,
) -> list[Verdict]:
    """Store the verdict of `day` on all offers of the products; those that have changed.

    What the search knows of the products follows in the same transaction. `because`: the
    judgement after a change of law by product; it keeps what it turned. `sheets`: those of the
    products whose sheet may have changed, too; all of them unless they are named.
    """
    rules = RuleBook(day)
    offers = Offer.objects.filter(product__in=products).order_by()
    reasons = _reasons(rules, Product.objects.filter(pk__in=products))
    judged = offers.annotate(reasons=reasons).values("id", "reasons")
    sql, values = judged.query.sql_with_params()
    causes = because or {}
    with connection.cursor() as cursor:
        cursor.execute(STORE.format(judged=sql), [*values, list(causes), list(causes.values())])
        verdicts = [Verdict(*row) for row in cursor.fetchall()]
    facts.keep(products, sheets=products if sheets is None else sheets, rules=rules)
    return verdicts


def _note(because: int, products: Collection[int], verdicts: Sequence[Verdict]) -> None:
    """Write down how far a judgement after a change of law has come."""
    turns = [each for each in verdicts if each.is_turn and each.product_id in products]
    off = sum(not each.before for each in turns)
    Rejudgement.objects.filter(pk=because).update(
        offers_judged=F("offers_judged") + Offer.objects.filter(product__in=products).count(),
        went_off=F("went_off") + off,
        went_on=F("went_on") + len(turns) - off,
    )


def waiting() -> int:
    """How many marks are still to be worked off."""
    return ShelfChange.objects.count()


def conditions(rules: RuleBook, sheets: QuerySet[Product] | None = None) -> dict[Blocker, Q]:
    """When each reason applies, in the order of `availability.blockers`; stock left out.

    `sheets`: which the offers are of, where not of any.
    """
    day = rules.day
    asked = ~Q(product__standard="")
    fits = fitting(rules)
    foreign = Q(certificate__standard__in=ForeignStandard.values)
    expired = Q(certificate__expires_on__lt=day)
    pending = Q(certificate__status=ProofStatus.PENDING)
    accepted = Q(certificate__status=ProofStatus.ACCEPTED, certificate__issued_on__lte=day)
    return {
        Blocker.DRAFT: Q(status=OfferStatus.DRAFT),
        Blocker.WITHDRAWN: Q(status=OfferStatus.WITHDRAWN),
        Blocker.SUPPLIER_NOT_APPROVED: ~Q(supplier__status=OrganisationStatus.APPROVED),
        Blocker.PRODUCT_NOT_ACCEPTED: ~Q(product__status=SheetStatus.ACCEPTED),
        Blocker.PRODUCT_RETIRED: Q(product__status=SheetStatus.ACCEPTED, product__is_active=False),
        Blocker.NOT_YET_AVAILABLE: Q(available_from__gt=day),
        Blocker.NO_LONGER_AVAILABLE: Q(available_until__lt=day),
        Blocker.STOCK_NOT_CONFIRMED: Offer.objects.is_stale_on(day),
        Blocker.CERTIFICATE_MISSING: asked
        & (Q(certificate=None) | (~fits & ~foreign) | (fits & ~expired & ~pending & ~accepted)),
        Blocker.CERTIFICATE_IN_REVIEW: asked & fits & ~expired & pending,
        Blocker.CERTIFICATE_EXPIRED: asked & fits & expired,
        Blocker.EQUIVALENCE_ENDED: asked & foreign & ~fits,
        Blocker.NOT_ON_CERTIFICATE: asked & fits & ~naming(),
        Blocker.FORMULA_NOT_PERMITTED: forbidden(rules),
        Blocker.PRICE_ABOVE_CEILING: too_dear(rules, sheets=sheets),
    }


def _reasons(rules: RuleBook, sheets: QuerySet[Product]) -> Func:
    found = [
        Case(When(condition, then=Value(str(blocker))), default=None, output_field=CharField())
        for blocker, condition in conditions(rules, sheets).items()
    ]
    return Func(
        *found,
        template="array_remove(ARRAY[%(expressions)s]::varchar[], NULL)",
        output_field=ArrayField(CharField()),
    )
