"""What a company hands in, and what is asked of it."""

import uuid
from datetime import date
from itertools import chain

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import get_language, gettext_lazy as _

from suppliers.enums import (
    CERTIFIED_STANDARDS,
    CLASSES,
    Activity,
    DocumentKind,
    ProofStatus,
    RequirementKind,
)
from suppliers.models.company import OwnedQuerySet, Supplier


class DocumentQuerySet(OwnedQuerySet):
    """Documents, and where the very same file turns up."""

    def same_elsewhere(self, supplier: Supplier) -> dict[str, list[str]]:
        """Fingerprint of a file of these → names of the other suppliers that handed it in."""
        others = (
            Document.objects.filter(sha256__in=self.values("sha256"))
            .exclude(supplier=supplier)
            .order_by("supplier__name", "pk")
        )
        found: dict[str, list[str]] = {}
        for sha256, name in others.values_list("sha256", "supplier__name"):
            found.setdefault(sha256, []).append(name)
        return found


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

    objects = DocumentQuerySet.as_manager()

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

    def with_named(self) -> "CertificateQuerySet":
        """With `named`: titles of the product sheets that each names, of the catalogue above."""
        french, english = (F(f"named_sheets__product__{each}") for each in ("name", "name_en"))
        is_english = (get_language() or "").startswith("en")
        title = Coalesce(NullIf(english, Value("")), french) if is_english else french
        named = ArrayAgg(
            title, filter=Q(named_sheets__isnull=False), default=Value([]), order_by=title
        )
        found: CertificateQuerySet = self.annotate(named=named)
        return found


class Certificate(models.Model):
    """What a certificate says, as data; the file is its evidence."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    supplier = models.ForeignKey(Supplier, models.CASCADE, related_name="certificates")
    document = models.ForeignKey(Document, models.PROTECT, related_name="certificates")
    standard = models.CharField(_("standard"), max_length=20, choices=CERTIFIED_STANDARDS)
    standard_class = models.CharField(
        _("class"),
        max_length=20,
        blank=True,
        choices=[(each, each) for each in dict.fromkeys(chain.from_iterable(CLASSES.values()))],
        help_text=_("FFP2, Type IIR, KN95 …; empty where the standard has none."),
    )
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
                condition=models.Q(standard__in=[code for code, _name in CERTIFIED_STANDARDS]),
                name="certificate_standard_known",
            ),
        ]

    def __str__(self) -> str:
        named = f"{self.get_standard_display()} {self.standard_class}".rstrip()
        return f"{named} · {self.scope}"

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
    label_en = models.CharField(_("what is asked, in English"), max_length=200, blank=True)
    help_text = models.TextField(_("explanation"), blank=True)
    help_text_en = models.TextField(_("explanation, in English"), blank=True)
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
        return ((get_language() or "").startswith("en") and self.label_en) or self.label

    @property
    def public_ref(self) -> str:
        return self.code

    @property
    def explanation(self) -> str:
        """In the reader's language where it is known."""
        english = (get_language() or "").startswith("en")
        return (english and self.help_text_en) or self.help_text


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
