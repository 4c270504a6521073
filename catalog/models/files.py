"""Safety data sheets and photos of product sheets."""

import uuid

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.enums import SheetFileKind
from catalog.models.products import Product
from suppliers.enums import ProofStatus
from suppliers.models import Supplier


def sheet_file_path(file: "SheetFile", filename: str) -> str:
    """A name of our own making: nothing of the uploaded name reaches the disk."""
    return f"sheets/{file.public_id}"


class SheetFileQuerySet(models.QuerySet["SheetFile"]):
    """Files by who may see them."""

    def public(self) -> "SheetFileQuerySet":
        """Accepted, on sheets that are."""
        return self.filter(status=ProofStatus.ACCEPTED, product__is_active=True)

    def visible_to(self, user: User | AnonymousUser) -> "SheetFileQuerySet":
        """Public ones; a company's own whatever their status; for the ministry all."""
        if not user.is_authenticated:
            return self.public()
        if user.has_ministry_role():
            return self
        seats = user.supplier_memberships.values("supplier")
        accepted = Q(status=ProofStatus.ACCEPTED, product__is_active=True)
        return self.filter(accepted | Q(supplier__in=seats))

    def latest_by_kind(self) -> dict[str, "SheetFile"]:
        """The last one of each kind."""
        return {file.kind: file for file in self.order_by("pk")}


class SheetFile(models.Model):
    """A file that a supplier handed in for a product sheet; public once a reviewer accepted it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="files")
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="+", verbose_name=_("handed in by")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=SheetFileKind.choices)
    file = models.FileField(_("file"), upload_to=sheet_file_path)
    alt = models.CharField(_("what the photo shows"), max_length=200, blank=True)
    original_name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=60)
    size_bytes = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    status = models.CharField(
        _("status"), max_length=10, choices=ProofStatus.choices, default=ProofStatus.PENDING
    )
    reason_text = models.TextField(_("explanation"), blank=True)
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField(_("handed in"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = SheetFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of a sheet")
        verbose_name_plural = _("files of sheets")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "sha256"],
                name="sheetfile_once_per_sheet",
                violation_error_message=_("This very file is with the sheet already."),
            ),
            models.CheckConstraint(
                condition=Q(kind=SheetFileKind.SAFETY, content_type="application/pdf")
                | Q(kind=SheetFileKind.PHOTO, content_type="image/jpeg"),
                name="sheetfile_of_its_type",
            ),
            models.CheckConstraint(
                condition=~Q(kind=SheetFileKind.PHOTO) | ~Q(alt=""),
                name="sheetfile_photo_described",
                violation_error_message=_("Say what the photo shows, for those who cannot see."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=ProofStatus.values), name="sheetfile_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=ProofStatus.PENDING, decided_by=None, decided_at=None)
                | Q(
                    ~Q(status=ProofStatus.PENDING),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="sheetfile_pending_or_decided",
            ),
            models.CheckConstraint(
                condition=~Q(status=ProofStatus.REJECTED) | ~Q(reason_text=""),
                name="sheetfile_refusal_has_reason",
                violation_error_message=_("A reason is needed."),
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def public_ref(self) -> str:
        return str(self.public_id)
