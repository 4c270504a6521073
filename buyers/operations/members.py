"""Who acts for a buyer."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.filing import save_valid
from accounts.models import User
from buyers.enums import BuyerRole
from buyers.models import Buyer, BuyerMember
from buyers.operations.telling import require_manager, tell_people
from core.errors import DomainError, Duplicate, NotPermitted


@transaction.atomic
def add_member(
    buyer: Buyer,
    *,
    by: User,
    user_email: str,
    role: str,
    order_limit_eur: Decimal | None = None,
) -> BuyerMember:
    """A person with an account → a member; only a requester has a limit.

    Raises DomainError where nobody has signed up with the address, Duplicate for a member.
    """
    buyer = Buyer.objects.locked().get(pk=buyer.pk)
    require_manager(buyer, by)
    user = User.objects.filter(
        email__iexact=user_email.strip(), is_active=True, is_service=False
    ).first()
    if user is None:
        raise DomainError(
            _("Nobody has signed up with this address: the person has to do so first."),
            field="user_email",
        )
    limit = order_limit_eur if role == BuyerRole.REQUESTER else None
    member = BuyerMember(buyer=buyer, user=user, role=role, order_limit_eur=limit)
    if buyer.members.filter(user=user).exists():
        raise Duplicate(_("This person is a member already."), field="user_email")
    save_valid(member)
    tell_people(buyer, "member_added", by=by, user=user.pk, role=role)
    return member


@transaction.atomic
def remove_member(buyer: Buyer, *, by: User, member: BuyerMember) -> None:
    """A member → none; a manager removes anyone, everybody may leave, the last manager stays."""
    buyer = Buyer.objects.locked().get(pk=buyer.pk)
    if member.user_id != by.pk:
        require_manager(buyer, by)
    if member.buyer_id != buyer.pk:
        raise NotPermitted
    others = buyer.members.filter(role=BuyerRole.MANAGER, user__is_active=True)
    if member.role == BuyerRole.MANAGER and not others.exclude(pk=member.pk).exists():
        raise DomainError(_("The last manager cannot leave: name another one first."))
    gone = member.user
    member.delete()
    tell_people(buyer, "member_removed", by=by, also=[gone], user=gone.pk)
