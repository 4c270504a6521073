"""Internal approval: a second person of the buyer lets an order above the limit go."""

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from buyers.enums import BuyerRole
from core.errors import Busy, DomainError, NotPermitted, StaleState
from core.transacting import operation
from orders.enums import OrderStatus
from orders.models import Order, Substitute
from orders.operations import baskets
from orders.operations.cancelling import cancel_lines
from orders.operations.seats import buyer_seat, require_trading
from orders.operations.submission import checked_lines, enter
from orders.operations.supply import move_order
from orders.operations.telling import tell_buyer


@operation
def approve(order: Order, *, by: User) -> Order:
    """PENDING_INTERNAL_APPROVAL → SUBMITTED or IN_PROGRESS, checked anew; not by who placed it."""
    order = Order.objects.locked().select_related("buyer").get(pk=order.pk)
    _require_approver(order, by)
    if order.placed_by_id == by.pk:
        raise NotPermitted(_("Nobody approves their own order."))
    if order.status != OrderStatus.PENDING_INTERNAL_APPROVAL:
        raise StaleState
    require_trading(order.buyer)
    held = checked_lines(order)
    order.approved_by, order.approved_at = by, timezone.now()
    return enter(order, held, by=by)


@operation
def send_back(order: Order, *, by: User, reason: str) -> Order:
    """PENDING_INTERNAL_APPROVAL → CANCELED; its lines lie in the requester's basket again."""
    order = Order.objects.locked().select_related("buyer", "placed_by").get(pk=order.pk)
    _require_approver(order, by)
    if not reason.strip():
        raise DomainError(_("Say what has to change."), field="reason")
    if order.status != OrderStatus.PENDING_INTERNAL_APPROVAL:
        raise StaleState
    _back_into_basket(order)
    cancel_lines(order)
    move_order(order, OrderStatus.CANCELED)
    tell_buyer("sent_back", order, by=by, reason=reason.strip(), url=reverse("orders:basket"))
    return order


def _require_approver(order: Order, by: User) -> None:
    """An approver or manager in person: a machine's key is no second pair of eyes."""
    buyer_seat(order.buyer, by, BuyerRole.APPROVER, BuyerRole.MANAGER)
    if by.is_service:
        raise NotPermitted


def _back_into_basket(order: Order) -> None:
    """The lines, after those that lie there; nowhere if the requester has left the buyer."""
    if not order.buyer.members.filter(user=order.placed_by).exists():
        return
    basket = baskets.basket_of(order.buyer, by=order.placed_by)
    basket = Order.objects.locked().get(pk=basket.pk)
    if basket.status != OrderStatus.DRAFT:
        raise Busy
    position = basket.lines.aggregate(last=Max("position"))["last"] or 0
    taken = set(basket.lines.values_list("product", "offer"))
    for line in order.lines.prefetch_related("substitutes"):
        if (line.product_id, line.offer_id) in taken:
            continue
        position += 1
        substitutes = list(line.substitutes.all())
        line.pk, line.order, line.position = None, basket, position
        line.canceled_units = 0
        line.save(force_insert=True)
        Substitute.objects.bulk_create(
            Substitute(line=line, product_id=each.product_id, rank=each.rank)
            for each in substitutes
        )
