import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.organisations import Organisation, OrganisationStatus
from suppliers.enums import (
    Activity,
    DocumentKind,
    GelRegime,
    ProofStatus,
    RequirementKind,
    Standard,
    SupplierRole,
)


class SupplierQuerySet(models.QuerySet["Supplier"]):
    """Suppliers by who may see them."""

    def visible_to(self, user: User) -> "SupplierQuerySet":
        """The ministry sees all, members their own."""
        if user.has_ministry_role():
            return self
        return self.filter(members__user=user)

    def locked(self) -> "SupplierQuerySet":
        """For an operation: the row is held until its transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)

    def approved(self) -> "SupplierQuerySet":
        """Those that may sell."""
        return self.filter(status=OrganisationStatus.APPROVED)


class Supplier(Organisation):
    """A manufacturer or trader that lists stock."""

    activities = ArrayField(
        models.CharField(max_length=20, choices=Activity.choices),
        default=list,
        blank=True,
        verbose_name=_("what it makes"),
    )
    gel_regime = models.CharField(
        _("legal ground for making gel"), max_length=10, choices=GelRegime.choices, blank=True
    )
    called_back_at = models.DateTimeField(_("called back"), null=True, blank=True)
    called_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("called back by"),
    )
    call_back_note = models.CharField(
        _("number called and person reached"), max_length=200, blank=True
    )

    objects = SupplierQuerySet.as_manager()

    class Meta(Organisation.Meta):
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        constraints = [
            *Organisation.Meta.constraints,
            models.CheckConstraint(
                condition=~models.Q(status=OrganisationStatus.APPROVED)
                | models.Q(called_back_at__isnull=False),
                name="supplier_approved_after_call_back",
                violation_error_message=_("Call the company back before approving it."),
            ),
            models.CheckConstraint(
                condition=models.Q(called_back_at=None, called_back_by=None)
                | models.Q(called_back_at__isnull=False, called_back_by__isnull=False),
                name="supplier_call_back_paired",
                violation_error_message=_("A call has a date and a caller."),
            ),
        ]

    def people(self) -> models.QuerySet[User]:
        return User.objects.filter(supplier_memberships__supplier=self, is_active=True)


class SupplierMember(models.Model):
    """One person acting for one supplier."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="supplier_memberships"
    )
    role = models.CharField(max_length=10, choices=SupplierRole.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("supplier's member")
        verbose_name_plural = _("suppliers' members")
        ordering = ["supplier_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "user"], name="supplier_member_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=SupplierRole.values), name="supplier_member_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.supplier}"


class OwnedQuerySet(models.QuerySet[Any]):
    """Rows that belong to a supplier."""

    def visible_to(self, user: User) -> "OwnedQuerySet":
        """The ministry sees all, members their own supplier's."""
        if user.has_ministry_role():
            return self
        return self.filter(supplier__members__user=user)


def document_path(document: "Document", filename: str) -> str:
    """A name of our own making: nothing of the uploaded name reaches the disk."""
    return f"documents/{document.public_id}"


class Document(models.Model):
    """A file that a supplier hands in; its type was read from its content."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="documents")
    kind = models.CharField(_("kind"), max_length=15, choices=DocumentKind.choices)
    file = models.FileField(_("file"), upload_to=document_path)
    original_name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=60)
    size_bytes = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(_("fingerprint"), max_length=64, db_index=True)
    uploaded_at = models.DateTimeField(_("handed in"), auto_now_add=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "sha256"],
                name="document_once_per_supplier",
                violation_error_message=_("You have handed in this very file already."),
            ),
            models.CheckConstraint(
                condition=models.Q(size_bytes__gt=0), name="document_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def public_ref(self) -> str:
        return str(self.public_id)


class CertificateQuerySet(OwnedQuerySet):
    """Certificates by validity."""

    def valid_on(self, day: date) -> "CertificateQuerySet":
        """Accepted by a reviewer and within their dates."""
        return self.filter(status=ProofStatus.ACCEPTED, issued_on__lte=day, expires_on__gte=day)


class Certificate(models.Model):
    """What a certificate says, as data; the file is its evidence."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="certificates")
    document = models.ForeignKey(Document, models.PROTECT, related_name="certificates")
    standard = models.CharField(_("standard"), max_length=10, choices=Standard.choices)
    body_number = models.CharField(
        _("notified body"),
        max_length=4,
        blank=True,
        validators=[RegexValidator(r"^\d{4}$", _("A notified body has a number of 4 digits."))],
    )
    scope = models.CharField(_("products and models covered"), max_length=200)
    issued_on = models.DateField(_("issued on"))
    expires_on = models.DateField(_("valid until"))
    status = models.CharField(
        _("status"), max_length=10, choices=ProofStatus.choices, default=ProofStatus.PENDING
    )

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["expires_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(issued_on__lte=models.F("expires_on")),
                name="certificate_dates_in_order",
                violation_error_message=_("A certificate ends after it was issued."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=ProofStatus.values), name="certificate_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(standard__in=Standard.values),
                name="certificate_standard_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_standard_display()} · {self.scope}"

    @property
    def public_ref(self) -> str:
        return str(self.public_id)

    def is_valid_on(self, day: date) -> bool:
        """Accepted, and `day` within its dates."""
        return self.status == ProofStatus.ACCEPTED and self.issued_on <= day <= self.expires_on


class Requirement(models.Model):
    """A proof that the ministry asks of a kind of maker before it can be approved."""

    code = models.SlugField(unique=True)
    label = models.CharField(_("what is asked"), max_length=200)
    help_text = models.TextField(_("explanation"), blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=RequirementKind.choices)
    document_kind = models.CharField(
        _("document"), max_length=15, choices=DocumentKind.choices, blank=True
    )
    activities = ArrayField(
        models.CharField(max_length=20, choices=Activity.choices),
        default=list,
        blank=True,
        verbose_name=_("asked of"),
        help_text=_("Empty: asked of everyone."),
    )
    is_active = models.BooleanField(_("in force"), default=True)

    class Meta:
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind=RequirementKind.VERIFIED) | ~models.Q(document_kind=""),
                name="requirement_verified_names_document",
                violation_error_message=_("Say which document proves it."),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Submission(models.Model):
    """A supplier's answer to a requirement that it attests."""

    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="submissions")
    requirement = models.ForeignKey(Requirement, models.PROTECT, related_name="submissions")
    attested_at = models.DateTimeField(_("attested"), auto_now_add=True)
    attested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer to a requirement")
        verbose_name_plural = _("answers to requirements")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "requirement"], name="submission_once_per_requirement"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} · {self.requirement}"
