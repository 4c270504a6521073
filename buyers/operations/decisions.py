"""What the ministry's reviewers decide about a buyer."""

from datetime import datetime

from django.db import transaction

from accounts import organisations
from accounts.models import User
from accounts.organisations import Decision, SiretCheck
from buyers.models import Buyer
from buyers.operations.telling import tell_people
from core.errors import StaleState


@transaction.atomic
def approve(buyer: Buyer, *, by: User, seen: datetime | None = None) -> Buyer:
    """PENDING_APPROVAL → APPROVED.

    `seen` is the `submitted_at` of the file that the reviewer read: StaleState if it was handed
    in anew since. A number that no register confirmed counts as checked by hand.
    """
    buyer = Buyer.objects.locked().get(pk=buyer.pk)
    organisations.require_reviewer(buyer, by)
    if seen is not None and seen != buyer.submitted_at:
        raise StaleState
    if buyer.siret_check == SiretCheck.NOT_DONE:
        buyer.siret_check = SiretCheck.MANUAL
    return _decide(buyer, organisations.APPROVE, by)


@transaction.atomic
def request_changes(buyer: Buyer, *, by: User, reason_code: str, reason_text: str) -> Buyer:
    """PENDING_APPROVAL → CHANGES_REQUESTED: its people may edit and hand in again."""
    buyer = Buyer.objects.locked().get(pk=buyer.pk)
    return _decide(buyer, organisations.REQUEST_CHANGES, by, reason_code, reason_text)


@transaction.atomic
def refuse(buyer: Buyer, *, by: User, reason_code: str, reason_text: str) -> Buyer:
    """PENDING_APPROVAL → REFUSED, for good."""
    buyer = Buyer.objects.locked().get(pk=buyer.pk)
    return _decide(buyer, organisations.REFUSE, by, reason_code, reason_text)


@transaction.atomic
def suspend(buyer: Buyer, *, by: User, reason_code: str, reason_text: str) -> Buyer:
    """APPROVED → SUSPENDED: it orders and receives no share until it is reinstated."""
    buyer = Buyer.objects.locked().get(pk=buyer.pk)
    return _decide(buyer, organisations.SUSPEND, by, reason_code, reason_text)


@transaction.atomic
def reinstate(buyer: Buyer, *, by: User) -> Buyer:
    """SUSPENDED → APPROVED."""
    buyer = Buyer.objects.locked().get(pk=buyer.pk)
    return _decide(buyer, organisations.REINSTATE, by)


def _decide(
    buyer: Buyer, decision: Decision, by: User, reason_code: str = "", reason_text: str = ""
) -> Buyer:
    """Decide on the locked row, save it and tell its people."""
    organisations.decide(buyer, decision, by=by, reason_code=reason_code, reason_text=reason_text)
    buyer.save()
    tell_people(
        buyer,
        decision.verb,
        by=by,
        reason_code=buyer.reason_code,
        reason_text=buyer.reason_text,
    )
    return buyer
