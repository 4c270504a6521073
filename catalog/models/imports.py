"""A supplier's file on its way into the catalogue, and what each of its rows would do."""

import uuid

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.enums import (
    IMPORT_AT_WORK,
    IMPORT_LIVE,
    ImportKind,
    ImportMode,
    ImportStatus,
    RowAction,
)
from suppliers.models import Supplier


class ImportQuerySet(models.QuerySet["ImportJob"]):
    """Imports by who may see them and by whether a worker has to act."""

    def visible_to(self, user: User | AnonymousUser) -> "ImportQuerySet":
        """The ministry reads all, a supplier its own."""
        if not user.is_authenticated:
            return self.none()
        if user.has_ministry_role():
            return self
        return self.filter(supplier__members__user=user)

    def locked(self) -> "ImportQuerySet":
        """For an operation: the row is held until its transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)

    def at_work(self) -> "ImportQuerySet":
        """With work left for a worker."""
        return self.filter(status__in=IMPORT_AT_WORK)


def import_path(job: "ImportJob", filename: str) -> str:
    """A name of our own making: nothing of the uploaded name reaches the disk."""
    return f"imports/{job.public_id}"


class ImportJob(models.Model):
    """One uploaded file: read into rows by a worker, looked at by a person, applied whole.

    `rows_read` is how far reading has come and where it goes on after a kill. The lease says
    which worker holds the job; a worker whose token is no longer there has lost it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="imports")
    kind = models.CharField(_("what the file says"), max_length=10, choices=ImportKind.choices)
    mode = models.CharField(
        _("if rows are wrong"),
        max_length=15,
        choices=ImportMode.choices,
        default=ImportMode.ALL_OR_NOTHING,
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ImportStatus.choices,
        default=ImportStatus.RECEIVED,
    )
    file = models.FileField(_("file"), upload_to=import_path)
    original_name = models.CharField(_("name"), max_length=200)
    size_bytes = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    language = models.CharField(max_length=5)
    headings = models.JSONField(default=list)
    judged_on = models.DateField(null=True)
    rows_read = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(null=True)
    created_rows = models.PositiveIntegerField(_("new"), default=0)
    updated_rows = models.PositiveIntegerField(_("changed"), default=0)
    same_rows = models.PositiveIntegerField(_("same"), default=0)
    wrong_rows = models.PositiveIntegerField(_("wrong"), default=0)
    refusal = models.TextField(_("why not"), blank=True)
    notice = models.TextField(blank=True)
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "kind", "sha256"],
                condition=Q(status__in=IMPORT_LIVE),
                name="import_one_live_per_file",
                violation_error_message=_("This very file is being imported already."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=ImportStatus.values), name="import_status_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ImportKind.values), name="import_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(mode__in=ImportMode.values), name="import_mode_known"
            ),
            models.CheckConstraint(condition=Q(size_bytes__gt=0), name="import_not_empty"),
            models.CheckConstraint(
                condition=Q(rows_total=None) | Q(rows_read__lte=F("rows_total")),
                name="import_reads_no_more_than_there_is",
            ),
            models.CheckConstraint(
                condition=~Q(status=ImportStatus.REFUSED) | ~Q(refusal=""),
                name="import_refused_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(status=ImportStatus.APPLIED)
                | Q(mode=ImportMode.GOOD_ROWS)
                | Q(wrong_rows=0),
                name="import_applied_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def public_ref(self) -> str:
        return str(self.public_id)

    @property
    def is_at_work(self) -> bool:
        """A worker has to act, or is acting."""
        return self.status in IMPORT_AT_WORK

    @property
    def changes(self) -> int:
        """How many rows would do something, or have."""
        return self.created_rows + self.updated_rows

    @property
    def is_live(self) -> bool:
        """Neither applied nor given up."""
        return self.status in IMPORT_LIVE

    @property
    def is_preview(self) -> bool:
        """A person has to decide."""
        return self.status == ImportStatus.PREVIEW


class ImportRow(models.Model):
    """One row of a file: what it says, and what applying it would do.

    Written by COPY while the job's row is held, hence no constraint on the references.
    `differences` is {field: [value now, value in the file]}, for people; `errors` is a list of
    {column, value, message}, the column as the file heads it. `terms` is {before, after,
    seen}: all terms of the offer as they were read, and as they will be; of a new one, only the
    latter; and a fingerprint of what else the verdict stands on (`catalog.imports.seen`).
    """

    job = models.ForeignKey(
        ImportJob, models.CASCADE, related_name="rows", db_constraint=False, db_index=False
    )
    row = models.PositiveIntegerField(_("row"))
    cells = models.JSONField()
    action = models.CharField(max_length=6, choices=RowAction.choices)
    offer_id = models.BigIntegerField(null=True)
    product_id = models.BigIntegerField(null=True)
    terms = models.JSONField(null=True)
    differences = models.JSONField(null=True)
    errors = models.JSONField(null=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ["job", "row"]
        constraints = [
            models.UniqueConstraint(fields=["job", "row"], name="importrow_once"),
            models.CheckConstraint(
                condition=Q(action__in=RowAction.values), name="importrow_action_known"
            ),
            models.CheckConstraint(
                condition=Q(action=RowAction.ERROR, errors__isnull=False)
                | Q(action=RowAction.CREATE, errors__isnull=True)
                | Q(action=RowAction.UPDATE, errors__isnull=True, offer_id__isnull=False)
                | Q(Q(offer_id__isnull=False) | Q(product_id__isnull=False))
                & Q(action=RowAction.SAME, errors__isnull=True),
                name="importrow_wrong_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(action=RowAction.UPDATE) | Q(differences__isnull=False),
                name="importrow_change_says_what",
            ),
            models.CheckConstraint(
                condition=~Q(action=RowAction.CREATE)
                | Q(terms__isnull=False, offer_id__isnull=True),
                name="importrow_new_says_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}:{self.row}"
