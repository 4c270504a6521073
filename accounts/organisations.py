"""What suppliers and buyers have in common: identity, address, and the way to approval.

The concrete models live in `suppliers` and `buyers`; both tell the story of their decisions in
the journal themselves.
"""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _

from accounts.enums import MinistryRole
from accounts.models import User
from core.errors import DomainError, NotPermitted, StaleState
from core.identifiers import siren_of, validate_siret
from core.places import departments, validate_department
from core.states import check_move


class OrganisationStatus(models.TextChoices):
    """Where an organisation stands with the ministry."""

    DRAFT = "DRAFT", _("being filled in")
    PENDING_APPROVAL = "PENDING_APPROVAL", _("waiting for the ministry")
    CHANGES_REQUESTED = "CHANGES_REQUESTED", _("changes asked for")
    APPROVED = "APPROVED", _("approved")
    REFUSED = "REFUSED", _("refused")
    SUSPENDED = "SUSPENDED", _("suspended")
    TERMINATED = "TERMINATED", _("closed")


_S = OrganisationStatus
TRANSITIONS: dict[OrganisationStatus, frozenset[OrganisationStatus]] = {
    _S.DRAFT: frozenset({_S.PENDING_APPROVAL, _S.TERMINATED}),
    _S.PENDING_APPROVAL: frozenset({_S.APPROVED, _S.CHANGES_REQUESTED, _S.REFUSED}),
    _S.CHANGES_REQUESTED: frozenset({_S.PENDING_APPROVAL, _S.TERMINATED}),
    _S.APPROVED: frozenset({_S.SUSPENDED, _S.PENDING_APPROVAL, _S.TERMINATED}),
    _S.SUSPENDED: frozenset({_S.APPROVED, _S.TERMINATED}),
    _S.REFUSED: frozenset(),
    _S.TERMINATED: frozenset(),
}


class DecisionReason(models.TextChoices):
    """Why a reviewer asked for changes, refused or suspended."""

    INCOMPLETE = "INCOMPLETE", _("file incomplete")
    IDENTITY_DOUBTFUL = "IDENTITY_DOUBTFUL", _("identity not established")
    DOCUMENT_UNREADABLE = "DOCUMENT_UNREADABLE", _("document unreadable or not the right one")
    CERTIFICATE_INVALID = (
        "CERTIFICATE_INVALID",
        _("certificate expired or not valid for this product"),
    )
    NOT_CONCERNED = "NOT_CONCERNED", _("activity outside this marketplace")
    FRAUD_SUSPECTED = "FRAUD_SUSPECTED", _("suspicion of fraud")
    OBLIGATIONS_BROKEN = "OBLIGATIONS_BROKEN", _("obligations not met")
    OTHER = "OTHER", _("other reason")


class SiretCheck(models.TextChoices):
    """How the company's number was compared with an official register."""

    NOT_DONE = "NOT_DONE", _("key right, register not asked")
    REGISTER = "REGISTER", _("verified by the register")
    MANUAL = "MANUAL", _("checked by hand by a reviewer")


class Organisation(models.Model):
    """A legal entity's establishment on the marketplace, waiting for, or with, its approval."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    siret = models.CharField(
        _("SIRET number"), max_length=14, null=True, blank=True, validators=[validate_siret]
    )
    siret_check = models.CharField(
        _("check of the number"),
        max_length=10,
        choices=SiretCheck.choices,
        default=SiretCheck.NOT_DONE,
    )
    street = models.CharField(_("street and number"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=5, blank=True)
    city = models.CharField(_("town"), max_length=100, blank=True)
    department = models.CharField(
        _("department"), max_length=3, blank=True, validators=[validate_department]
    )
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=OrganisationStatus.choices,
        default=OrganisationStatus.DRAFT,
    )
    reason_code = models.CharField(
        _("reason"), max_length=20, choices=DecisionReason.choices, blank=True
    )
    reason_text = models.TextField(_("explanation"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    class Meta:
        abstract = True
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["siret"],
                name="%(class)s_siret_unique",
                violation_error_message=_(
                    "An organisation with this SIRET number exists already."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=OrganisationStatus.values),
                name="%(class)s_status_known",
                violation_error_message=_("Unknown status."),
            ),
            models.CheckConstraint(
                condition=models.Q(decided_at=None, decided_by=None)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False),
                name="%(class)s_decision_paired",
                violation_error_message=_("A decision has a date and an author."),
            ),
            models.CheckConstraint(
                condition=~models.Q(status=OrganisationStatus.APPROVED)
                | models.Q(decided_at__isnull=False),
                name="%(class)s_approved_by_someone",
                violation_error_message=_("Only a reviewer approves."),
            ),
            models.CheckConstraint(
                condition=~models.Q(
                    status__in=[
                        OrganisationStatus.CHANGES_REQUESTED,
                        OrganisationStatus.REFUSED,
                        OrganisationStatus.SUSPENDED,
                    ]
                )
                | ~models.Q(reason_code=""),
                name="%(class)s_refusal_has_reason",
                violation_error_message=_("A reason is needed."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_ref(self) -> str:
        """The name under which journal, URLs and API know it."""
        return str(self.public_id)

    @property
    def siren(self) -> str:
        """The legal entity's number, or nothing where no SIRET is known."""
        return siren_of(self.siret) if self.siret else ""

    @property
    def place(self) -> str:
        """The department in words."""
        known = departments().get(self.department)
        return str(known) if known else ""

    @property
    def is_approved(self) -> bool:
        """May trade."""
        return self.status == OrganisationStatus.APPROVED

    @property
    def is_editable(self) -> bool:
        """Its own people may still fill it in."""
        return self.status in {OrganisationStatus.DRAFT, OrganisationStatus.CHANGES_REQUESTED}

    def people(self) -> models.QuerySet[User]:
        """Its active members, service accounts left out."""
        raise NotImplementedError


@dataclass(frozen=True)
class Decision:
    """What a reviewer may do with an organisation in status `old`."""

    verb: str
    old: OrganisationStatus
    new: OrganisationStatus

    @property
    def needs_reason(self) -> bool:
        """Everything but a yes is explained to the organisation."""
        return self.new != OrganisationStatus.APPROVED


APPROVE = Decision("approved", _S.PENDING_APPROVAL, _S.APPROVED)
REQUEST_CHANGES = Decision("changes_requested", _S.PENDING_APPROVAL, _S.CHANGES_REQUESTED)
REFUSE = Decision("refused", _S.PENDING_APPROVAL, _S.REFUSED)
SUSPEND = Decision("suspended", _S.APPROVED, _S.SUSPENDED)
REINSTATE = Decision("reinstated", _S.SUSPENDED, _S.APPROVED)
DECISION_FIELDS = ["status", "reason_code", "reason_text", "decided_at", "decided_by"]


def may_decide(organisation: Organisation, by: User) -> bool:
    """A reviewer who is neither a member nor the platform's administrator."""
    return (
        by.has_ministry_role(MinistryRole.REVIEWER)
        and not by.is_superuser
        and not organisation.people().filter(pk=by.pk).exists()
    )


def require_reviewer(organisation: Organisation, by: User) -> None:
    """Raise NotPermitted unless `by` may decide on this organisation."""
    if may_decide(organisation, by):
        return
    if by.has_ministry_role(MinistryRole.REVIEWER) and not by.is_superuser:
        raise NotPermitted(gettext("Nobody decides on an organisation that they belong to."))
    raise NotPermitted


def decide(
    organisation: Organisation,
    decision: Decision,
    *,
    by: User,
    reason_code: str = "",
    reason_text: str = "",
) -> None:
    """Move by a reviewer's decision; the caller holds the row's lock and saves DECISION_FIELDS.

    Raises NotPermitted for anybody but a reviewer, and for a reviewer who is a member;
    DomainError without a reason where one is due; StaleState in any other status.
    """
    require_reviewer(organisation, by)
    if organisation.status != decision.old:
        raise StaleState
    if decision.needs_reason:
        _require_reason(reason_code, reason_text)
    move(organisation, decision.new)
    organisation.reason_code = reason_code if decision.needs_reason else ""
    organisation.reason_text = reason_text.strip() if decision.needs_reason else ""
    organisation.decided_at = timezone.now()
    organisation.decided_by = by


def _require_reason(reason_code: str, reason_text: str) -> None:
    if reason_code not in DecisionReason.values:
        raise DomainError(gettext("Choose a reason."), field="reason_code")
    if not reason_text.strip():
        raise DomainError(gettext("Write what the organisation has to know."), field="reason_text")


def move(organisation: Organisation, new: OrganisationStatus) -> None:
    """Set the status along the table; the caller holds the row's lock and saves."""
    check_move(TRANSITIONS, OrganisationStatus(organisation.status), new)
    organisation.status = new


def hand_in(organisation: Organisation) -> None:
    """Move to the ministry's queue and forget the last decision; the journal keeps it.

    The caller holds the row's lock and saves DECISION_FIELDS and `submitted_at`.
    """
    move(organisation, OrganisationStatus.PENDING_APPROVAL)
    organisation.submitted_at = timezone.now()
    organisation.reason_code = organisation.reason_text = ""
    organisation.decided_at = organisation.decided_by = None


def require_open(organisation: Organisation) -> None:
    """Raise unless its people may change the file: being filled in, or approved."""
    if organisation.is_editable or organisation.is_approved:
        return
    if organisation.status == OrganisationStatus.PENDING_APPROVAL:
        raise StaleState(
            gettext(
                "The ministry is looking at this file. You can change it once it has answered."
            )
        )
    raise StaleState(gettext("This file is closed to changes. Write to the ministry."))
