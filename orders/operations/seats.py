"""Who may do what to an order."""

from django.utils.translation import gettext as _

from accounts.models import User
from buyers.enums import BuyerRole
from buyers.models import Buyer, BuyerMember
from core.errors import NotEligible, NotPermitted
from suppliers.models import Supplier


def buyer_seat(buyer: Buyer, by: User, *roles: BuyerRole) -> BuyerMember:
    """The person's membership, in one of `roles` where any are named; else NotPermitted."""
    seat = BuyerMember.objects.filter(buyer=buyer, user=by).first()
    if seat is None or (roles and seat.role not in roles):
        raise NotPermitted
    return seat


def require_trading(buyer: Buyer) -> None:
    """Raise NotEligible unless the ministry has approved the buyer."""
    if not buyer.is_approved:
        raise NotEligible(
            _("Your organisation is not approved at present: see “My establishment”.")
        )


def require_approved(supplier: Supplier) -> None:
    """Raise NotEligible unless the ministry has approved the supplier."""
    if not supplier.is_approved:
        raise NotEligible(_("Your company is not approved at present: see “My company”."))


def require_seller(supplier: Supplier, by: User) -> None:
    """Raise NotPermitted for anybody who is not one of the supplier's people."""
    if not supplier.members.filter(user=by).exists():
        raise NotPermitted
