"""From basket to order: placing, internal approval, cancelling."""

import hashlib
import json
import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from buyers.enums import BuyerRole
from buyers.models import Buyer, BuyerMember, Site
from catalog import stock
from catalog.models import Offer
from catalog.prices import Ceiling, RuleBook, side_of
from core.errors import DomainError, Duplicate, NotPermitted, OutOfStock
from core.transacting import operation
from orders.enums import Limit, OrderStatus
from orders.models import Allocation, Explanation, Order, OrderLine, OrderNumber
from orders.operations import baskets, line_rules
from orders.operations.amounts import estimate_eur
from orders.operations.baskets import Ask
from orders.operations.seats import buyer_seat, require_trading
from orders.operations.supply import make_supplier_orders, move_order
from orders.operations.telling import tell_approvers, tell_buyer


@operation
def submit(order: Order, *, by: User, site: Site, purchase_order: str = "") -> Order:
    """DRAFT → SUBMITTED or IN_PROGRESS, or PENDING_INTERNAL_APPROVAL above the person's limit.

    Everything is checked again on the day. Ample lines are reserved at once or OutOfStock is
    raised and nothing changes. A basket that was placed already is returned as it stands.
    """
    order = Order.objects.locked().select_related("buyer").get(pk=order.pk)
    seat = buyer_seat(order.buyer, by)
    if order.placed_by_id != by.pk:
        raise NotPermitted
    if order.status != OrderStatus.DRAFT:
        return order
    require_trading(order.buyer)
    if site is None or site.buyer_id != order.buyer_id:
        raise DomainError(_("Choose where the goods are to be delivered."), field="site")
    order.site, order.purchase_order = site, purchase_order.strip()
    order.submitted_at = timezone.now()
    held = checked_lines(order)
    if _is_over_limit(seat, held):
        _number(order)
        move_order(order, OrderStatus.PENDING_INTERNAL_APPROVAL)
        tell_approvers(order, by=by)
        return order
    return enter(order, held, by=by)


def _is_over_limit(seat: BuyerMember, held: Sequence[OrderLine]) -> bool:
    """Above the requester's limit, or of a price that nobody knows yet."""
    if seat.role != BuyerRole.REQUESTER or seat.order_limit_eur is None:
        return False
    amount = estimate_eur(held)
    return amount is None or amount > seat.order_limit_eur


def checked_lines(order: Order) -> list[OrderLine]:
    """The lines and their ample offers, held, each checked for today and for the order's site.

    What is scarce may have changed since the basket was filled: lines are told their way anew.
    The first error names its product.
    """
    held = _hold_lines(order)
    if not held:
        raise DomainError(_("The basket is empty: add a product first."))
    rules = RuleBook(timezone.localdate())
    for line in held:
        try:
            _check(line, order, rules)
        except DomainError as error:
            error.args = (f"{line.product} : {error}",)
            error.message = error.args[0]
            raise
        if line.waits_for_round != line.product.managed:
            line.waits_for_round = line.product.managed
            line.save(update_fields=["waits_for_round"])
    return held


def _check(line: OrderLine, order: Order, rules: RuleBook) -> None:
    delivered_to = [order.site.department] if order.site else []
    line_rules.check(line, buyer=order.buyer, delivered_to=delivered_to, rules=rules)
    substitutes = [each.product for each in line.substitutes.all()]
    line_rules.check_substitutes(line, substitutes, buyer=order.buyer)


def _hold_lines(order: Order) -> list[OrderLine]:
    rows = OrderLine.objects.filter(order=order).locked().select_related("product__category")
    held = list(rows.prefetch_related("substitutes__product__category"))
    picked = Offer.objects.filter(pk__in=[line.offer_id for line in held if line.offer_id])
    picked = picked.for_listing().with_tiers().order_by("pk")
    offers = {
        offer.pk: offer for offer in [*picked.filter(product__managed=False).locked(), *picked]
    }
    for line in held:
        line.offer = offers[line.offer_id] if line.offer_id else None
    return held


def _number(order: Order) -> None:
    """Give the order the next number of the year, without gaps.

    The year's row is held until the transaction ends: whoever calls this has all else in hand.
    """
    if order.number:
        return
    year = timezone.localdate().year
    OrderNumber.objects.get_or_create(year=year)
    OrderNumber.objects.filter(year=year).update(last=F("last") + 1)
    order.number = f"{year}-{OrderNumber.objects.get(year=year).last:06d}"


def enter(order: Order, held: Sequence[OrderLine], *, by: User) -> Order:
    """The order takes effect: ample lines are promised, scarce ones wait."""
    ample = [line for line in held if not line.waits_for_round]
    rules, side = RuleBook(timezone.localdate()), side_of(order.buyer)
    allocations = [
        _promise(line, rules.ceiling(line.product, side), by=by) for line in _by_offer(ample)
    ]
    _number(order)
    move_order(order, OrderStatus.SUBMITTED)
    tell_buyer("placed", order, by=by, lines=len(held), waiting=len(held) - len(ample))
    if allocations:
        move_order(order, OrderStatus.IN_PROGRESS)
        make_supplier_orders({order.pk: order}, allocations, by=by)
    return order


def _by_offer(ample: Sequence[OrderLine]) -> list[OrderLine]:
    return sorted(ample, key=lambda line: (line.offer_id or 0, line.pk))


def _promise(line: OrderLine, legal: Ceiling | None, *, by: User) -> Allocation:
    """Reserve one ample line whole, or raise OutOfStock naming what is left.

    `legal`: the ceiling that its price was held against; its rules are kept with the promise.
    """
    offer = line.offer
    if offer is None:
        raise DomainError(_("Choose one of the offers of this product."), field="offer")
    try:
        stock.reserve(offer.pk, line.requested_units, cause=f"order-line:{line.pk}", by=by)
    except OutOfStock:
        left = Offer.objects.get(pk=offer.pk).available_units
        raise OutOfStock(
            _("%(product)s: only %(units)d units are left of this offer. Ask for no more.")
            % {"product": line.product, "units": left},
            field="requested_units",
        ) from None
    OrderLine.objects.filter(pk=line.pk).update(allocated_units=line.requested_units)
    Explanation.objects.create(
        line=line,
        limit=Limit.NONE,
        asked_units=line.requested_units,
        need_units=line.requested_units,
        received_units=line.requested_units,
        target_units=line.requested_units,
        reachable_units=offer.available_units,
        peers=1,
        peer_fill_pct=100,
    )
    return Allocation.objects.create(
        line=line,
        offer=offer,
        units=line.requested_units,
        unit_price_eur=offer.price_for(line.requested_units),
        price_rule_ids=legal.rule_ids if legal else [],
    )


@operation
def place(
    buyer: Buyer,
    *,
    by: User,
    site: Site,
    lines: Sequence[Ask],
    purchase_order: str = "",
    idempotency_key: uuid.UUID,
) -> Order:
    """Nothing → an order in one call, as `submit` makes it.

    The same key with the same content returns the same order; with other content Duplicate.
    """
    digest = _digest(site, lines, purchase_order)
    mine = Order.objects.filter(buyer=buyer, idempotency_key=idempotency_key)
    try:
        with transaction.atomic():
            buyer_seat(buyer, by)
            known = mine.first()
            if known is None:
                return _place_now(buyer, by, site, lines, purchase_order, idempotency_key, digest)
    except IntegrityError:
        known = mine.first()
        if known is None:
            raise
    if known.request_sha256 != digest:
        raise Duplicate(
            _("This key was used for another order: make a new key for each order."),
            field="idempotency_key",
        )
    return known


def _place_now(
    buyer: Buyer,
    by: User,
    site: Site,
    lines: Sequence[Ask],
    purchase_order: str,
    key: uuid.UUID,
    digest: str,
) -> Order:
    order = Order.objects.create(
        buyer=buyer, placed_by=by, idempotency_key=key, request_sha256=digest
    )
    for line in lines:
        baskets.add_line(order, by=by, **line)
    return submit(order, by=by, site=site, purchase_order=purchase_order)


def _digest(site: Site, lines: Sequence[Ask], purchase_order: str) -> str:
    def plain(value: object) -> object:
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        return str(getattr(value, "public_ref", value))

    content = [
        str(site.public_id),
        purchase_order,
        [{name: plain(value) for name, value in sorted(line.items())} for line in lines],
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
