"""What the ministry's reviewers decide: about a supplier, its certificates, and what is asked."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import organisations
from accounts.enums import MinistryRole
from accounts.filing import assign, save_valid
from accounts.models import User
from accounts.organisations import Decision, OrganisationStatus, SiretCheck
from core.errors import DomainError, NotPermitted, StaleState
from journal.operations import record
from suppliers.checklist import COMPUTED
from suppliers.enums import ProofStatus, RequirementKind
from suppliers.models import Certificate, Requirement, Supplier
from suppliers.operations.bodies import check_competent
from suppliers.operations.telling import note as note_down, review_url, tell_people


@transaction.atomic
def record_call_back(supplier: Supplier, *, by: User, note: str) -> Supplier:
    """PENDING_APPROVAL → the same, with who was reached at the number of an official register.

    The same call noted twice is one call.
    """
    supplier = Supplier.objects.locked().get(pk=supplier.pk)
    organisations.require_reviewer(supplier, by)
    if supplier.status != OrganisationStatus.PENDING_APPROVAL:
        raise StaleState
    note = note.strip()
    if not note:
        raise DomainError(_("Write which number you called and whom you reached."), field="note")
    if supplier.call_back_note == note and supplier.called_back_by == by:
        return supplier
    supplier.called_back_at, supplier.called_back_by = timezone.now(), by
    supplier.call_back_note = note
    save_valid(supplier)
    note_down(supplier, "called_back", by=by, url=review_url(supplier))
    return supplier


@transaction.atomic
def approve(supplier: Supplier, *, by: User, seen: datetime | None = None) -> Supplier:
    """PENDING_APPROVAL → APPROVED, once the company was called back.

    `seen` is the `submitted_at` of the file that the reviewer read: StaleState if it was handed
    in anew since. A number that no register confirmed counts as checked by hand.
    """
    supplier = Supplier.objects.locked().get(pk=supplier.pk)
    organisations.require_reviewer(supplier, by)
    if seen is not None and seen != supplier.submitted_at:
        raise StaleState
    if supplier.called_back_at is None and supplier.status == OrganisationStatus.PENDING_APPROVAL:
        raise DomainError(_("Call the company back before approving it."), field="note")
    if supplier.siret_check == SiretCheck.NOT_DONE:
        supplier.siret_check = SiretCheck.MANUAL
    return _decide(supplier, organisations.APPROVE, by)


@transaction.atomic
def request_changes(
    supplier: Supplier, *, by: User, reason_code: str, reason_text: str
) -> Supplier:
    """PENDING_APPROVAL → CHANGES_REQUESTED: its people may edit and hand in again."""
    supplier = Supplier.objects.locked().get(pk=supplier.pk)
    return _decide(supplier, organisations.REQUEST_CHANGES, by, reason_code, reason_text)


@transaction.atomic
def refuse(supplier: Supplier, *, by: User, reason_code: str, reason_text: str) -> Supplier:
    """PENDING_APPROVAL → REFUSED, for good."""
    supplier = Supplier.objects.locked().get(pk=supplier.pk)
    return _decide(supplier, organisations.REFUSE, by, reason_code, reason_text)


@transaction.atomic
def suspend(supplier: Supplier, *, by: User, reason_code: str, reason_text: str) -> Supplier:
    """APPROVED → SUSPENDED: nothing of it is sold until it is reinstated."""
    supplier = Supplier.objects.locked().get(pk=supplier.pk)
    return _decide(supplier, organisations.SUSPEND, by, reason_code, reason_text)


@transaction.atomic
def reinstate(supplier: Supplier, *, by: User) -> Supplier:
    """SUSPENDED → APPROVED."""
    supplier = Supplier.objects.locked().get(pk=supplier.pk)
    return _decide(supplier, organisations.REINSTATE, by)


def _decide(
    supplier: Supplier, decision: Decision, by: User, reason_code: str = "", reason_text: str = ""
) -> Supplier:
    """Decide on the locked row, save it and tell its people."""
    organisations.decide(
        supplier, decision, by=by, reason_code=reason_code, reason_text=reason_text
    )
    supplier.save()
    tell_people(
        supplier,
        decision.verb,
        by=by,
        reason_code=supplier.reason_code,
        reason_text=supplier.reason_text,
    )
    return supplier


@transaction.atomic
def judge_certificate(certificate: Certificate, *, by: User, accepted: bool) -> Certificate:
    """PENDING → ACCEPTED or REJECTED; ACCEPTED → REJECTED when it proves wrong later.

    Raises DomainError for one that has expired or whose body is not competent, StaleState when
    it was judged meanwhile.
    """
    supplier = Supplier.objects.locked().get(pk=certificate.supplier_id)
    organisations.require_reviewer(supplier, by)
    certificate = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    may_follow = {ProofStatus.PENDING} if accepted else {ProofStatus.PENDING, ProofStatus.ACCEPTED}
    if certificate.status not in may_follow:
        raise StaleState
    if accepted and certificate.expires_on < timezone.localdate():
        raise DomainError(_("This certificate has expired."), field="expires_on")
    if accepted:
        check_competent(certificate.standard, certificate.body_number)
    certificate.status = ProofStatus.ACCEPTED if accepted else ProofStatus.REJECTED
    certificate.save(update_fields=["status"])
    tell_people(
        supplier,
        "certificate_accepted" if accepted else "certificate_rejected",
        by=by,
        certificate=str(certificate.public_id),
        standard=certificate.standard,
        scope=certificate.scope,
    )
    return certificate


@transaction.atomic
def change_requirement(requirement: Requirement, *, by: User, **fields: object) -> Requirement:
    """A new requirement, or new values of one; nobody's approval changes by it."""
    if not by.has_ministry_role(MinistryRole.REVIEWER):
        raise NotPermitted
    if requirement.pk:
        requirement = Requirement.objects.select_for_update(of=("self",)).get(pk=requirement.pk)
    changed = assign(requirement, fields, allowed=REQUIREMENT_FIELDS)
    if requirement.kind == RequirementKind.COMPUTED and requirement.code not in COMPUTED:
        raise DomainError(
            _("The product can check only: %(codes)s.") % {"codes": ", ".join(sorted(COMPUTED))},
            field="code",
        )
    save_valid(requirement)
    record(
        "suppliers.requirement_changed",
        requirement,
        by=by,
        payload={
            "code": requirement.code,
            "changed": sorted(changed),
            "url": reverse("admin:suppliers_requirement_changelist"),
        },
    )
    return requirement


REQUIREMENT_FIELDS = frozenset(
    {
        "code",
        "label",
        "label_en",
        "help_text",
        "help_text_en",
        "kind",
        "document_kind",
        "activities",
        "is_active",
    }
)
