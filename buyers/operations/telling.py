"""Who hears of what happens to a buyer."""

from collections.abc import Iterable

from django.urls import reverse

from accounts.enums import MinistryRole
from accounts.models import User
from buyers.enums import BuyerRole
from buyers.models import Buyer
from core.errors import NotPermitted
from journal.operations import record


def require_manager(buyer: Buyer, by: User) -> None:
    """Raise NotPermitted unless `by` manages the buyer's file, sites and members."""
    if not buyer.members.filter(user=by, role=BuyerRole.MANAGER).exists():
        raise NotPermitted


def note(buyer: Buyer, verb: str, *, by: User, **payload: object) -> None:
    """Journal `verb`; it stands in the story of the file and nobody is written to."""
    _record(buyer, verb, by, [], {"url": reverse("buyers:file"), **payload})


def tell_people(
    buyer: Buyer, verb: str, *, by: User, also: Iterable[User] = (), **payload: object
) -> None:
    """Journal `verb`; every person of the buyer, and those named, hear of it."""
    _record(buyer, verb, by, [*buyer.people(), *also], {"url": reverse("buyers:file"), **payload})


def tell_reviewers(buyer: Buyer, verb: str, *, by: User, **payload: object) -> None:
    """Journal `verb`; every active reviewer hears of it and is led to the review page."""
    reviewers = User.objects.filter(ministry_role=MinistryRole.REVIEWER, is_active=True)
    _record(buyer, verb, by, reviewers, {"url": review_url(buyer), **payload})


def review_url(buyer: Buyer) -> str:
    """The reviewers' page of this buyer."""
    return reverse("admin:buyers_buyer_change", args=[buyer.pk])


def _record(
    buyer: Buyer, verb: str, by: User, to: Iterable[User], payload: dict[str, object]
) -> None:
    record(
        f"buyers.{verb}",
        buyer,
        by=by,
        to=to,
        organisations=[buyer.public_id],
        payload={"name": buyer.name, **payload},
    )
