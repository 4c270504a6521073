"""API keys: tokens of a service account that is a member of the organisation like any other."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from knox.models import AuthToken

from accounts.models import User
from buyers.enums import BuyerRole
from buyers.models import Buyer, BuyerMember
from core.errors import NotPermitted
from journal import operations as journal
from suppliers.enums import SupplierRole
from suppliers.models import Supplier, SupplierMember


LIFETIME = timedelta(days=365)
Seat = SupplierMember | BuyerMember


def require_manager(seat: Seat | None) -> Seat:
    """The seat, if it is a manager's; else NotPermitted."""
    managers = {SupplierRole.MANAGER.value, BuyerRole.MANAGER.value}
    if seat is None or seat.role not in managers:
        raise NotPermitted
    return seat


def _address(seat: Seat) -> str:
    return f"api+{_organisation(seat).public_id}@service.invalid"


def _organisation(seat: Seat) -> Supplier | Buyer:
    return seat.supplier if isinstance(seat, SupplierMember) else seat.buyer


def keys_of(seat: Seat) -> QuerySet[AuthToken]:
    """The organisation's keys, newest first."""
    return AuthToken.objects.filter(user__email=_address(seat)).order_by("-created")


def service_account(seat: Seat) -> User:
    """The account of the organisation's machines, made as its member when first asked for."""
    organisation = _organisation(seat)
    account, made = User.objects.get_or_create(
        email=_address(seat),
        defaults={"full_name": f"API · {organisation.name}"[:150], "is_service": True},
    )
    if made:
        account.set_unusable_password()
        account.save(update_fields=["password"])
        if isinstance(seat, SupplierMember):
            SupplierMember.objects.create(
                supplier=seat.supplier, user=account, role=SupplierRole.MANAGER
            )
        else:
            BuyerMember.objects.create(buyer=seat.buyer, user=account, role=BuyerRole.MANAGER)
    return account


@transaction.atomic
def issue(seat: Seat | None, *, by: User) -> str:
    """Nothing → one key, returned this once; only its hash is kept."""
    seat = require_manager(seat)
    token, text = AuthToken.objects.create(service_account(seat), expiry=LIFETIME)
    _note("key_issued", seat, token, by)
    return text


@transaction.atomic
def revoke(seat: Seat | None, *, by: User, token_key: str) -> None:
    """One key of the organisation → refused from the next request on; gone already is no error."""
    seat = require_manager(seat)
    token = keys_of(seat).filter(token_key=token_key).select_related("user").first()
    if token is not None:
        _note("key_revoked", seat, token, by)
        token.delete()


def _note(verb: str, seat: Seat, token: AuthToken, by: User) -> None:
    # All managers hear of it: a key that one of them made unseen would be a back door.
    organisation = _organisation(seat)
    managers = organisation.members.filter(role=seat.role, user__is_active=True)
    journal.record(
        f"accounts.{verb}",
        token.user,
        by=by,
        to=[each.user for each in managers.select_related("user")],
        organisations=[organisation.public_id],
        payload={
            "organisation": organisation.name,
            "person": str(by),
            "key": token.token_key,
            "url": reverse("keys"),
        },
    )
