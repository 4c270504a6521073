"""Safety data sheets and photos: handed in by suppliers, public once a reviewer accepted them."""

from collections.abc import Iterable

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import MinistryRole
from accounts.filing import file_only_with_row, save_valid
from accounts.models import User
from catalog.enums import SheetFileKind, SheetStatus
from catalog.models import Product, SheetFile, sheet_file_path
from catalog.operations.sheet_steps import locked, review_url, reviewers
from catalog.photos import read_photo
from core.errors import DomainError, NotEligible, NotPermitted, StaleState
from core.transacting import operation
from journal import operations as journal
from suppliers.enums import ProofStatus
from suppliers.models import Supplier
from suppliers.uploads import PDF, Upload, read_upload


MAX_FILES = 24
"""Of one sheet: more would only fill the disk."""


def hand_in_file(
    sheet: Product,
    *,
    by: User,
    supplier: Supplier,
    kind: str,
    upload: "UploadedFile[bytes]",
    alt: str = "",
) -> SheetFile:
    """Nothing → PENDING: a file of the company that proposed the sheet, or that offers it.

    A safety data sheet is a PDF, told by its content; a photo is written anew as a JPEG and needs
    `alt`, what it shows. Raises NotPermitted, NotEligible, StaleState, DomainError naming the
    field, Duplicate for the same file twice. Whatever goes wrong, no file stays behind.
    """
    if not supplier.members.filter(user=by).exists():
        raise NotPermitted
    content = read_photo(upload) if kind == SheetFileKind.PHOTO else _read_pdf(upload)
    found = SheetFile(
        product=sheet,
        supplier=supplier,
        kind=kind,
        alt=" ".join(alt.split()) if kind == SheetFileKind.PHOTO else "",
        original_name=content.name,
        content_type=content.content_type,
        size_bytes=len(content.data),
        sha256=content.sha256,
        handed_in_by=by,
    )
    if kind == SheetFileKind.PHOTO and not found.alt:
        raise DomainError(_("Say what the photo shows, for those who cannot see."), field="alt")
    found.file = ContentFile(content.data, name="upload")
    with file_only_with_row(found.file.storage, sheet_file_path(found, "")):
        sheet = locked(sheet)
        _check_open(sheet, supplier)
        save_valid(found)
        _tell(
            found,
            "sheet_file_handed_in",
            by=by,
            to=reviewers(),
            url=f"{review_url(sheet)}?review=1",
        )
    return found


@operation
def accept_file(file: SheetFile, *, by: User) -> SheetFile:
    """PENDING → ACCEPTED: public while its sheet is."""
    return _decided(file, ProofStatus.ACCEPTED, by)


@operation
def refuse_file(file: SheetFile, *, by: User, reason_text: str) -> SheetFile:
    """PENDING → REJECTED; the company reads why."""
    if not reason_text.strip():
        raise DomainError(_("Write what the supplier has to know."), field="reason_text")
    return _decided(file, ProofStatus.REJECTED, by, reason_text.strip())


def accept_files_with(sheet: Product, *, by: User) -> None:
    """With its sheet each PENDING file → ACCEPTED; DomainError if a needed one is missing."""
    now = timezone.now()
    waiting = sheet.files.filter(status=ProofStatus.PENDING)
    waiting.update(status=ProofStatus.ACCEPTED, decided_by=by, decided_at=now)
    kept = sheet.files.filter(kind=SheetFileKind.SAFETY, status=ProofStatus.ACCEPTED)
    if sheet.category.needs_safety_sheet and not kept.exists():
        raise DomainError(
            _("This category needs a safety data sheet: ask the supplier for it."),
            field="files",
        )


def _read_pdf(upload: "UploadedFile[bytes]") -> Upload:
    content = read_upload(upload)
    if content.content_type != PDF:
        raise DomainError(
            _("A safety data sheet is a PDF file: hand it in as one."), field="upload"
        )
    return content


def _check_open(sheet: Product, supplier: Supplier) -> None:
    if not supplier.is_approved:
        raise NotEligible(
            _("Your company is not approved at present: see “My company” for what to do.")
        )
    if sheet.status in {SheetStatus.REFUSED, SheetStatus.MERGED}:
        raise StaleState(_("This sheet is closed: nothing more can be handed in for it."))
    offers = sheet.offers.filter(supplier=supplier)
    if sheet.proposed_for_id != supplier.pk and not offers.exists():
        raise NotEligible(_("Offer this product first: files come from those who sell it."))
    if sheet.files.count() >= MAX_FILES:
        raise DomainError(_("This sheet has files enough."), field="upload")


def _decided(file: SheetFile, new: ProofStatus, by: User, reason_text: str = "") -> SheetFile:
    sheet = locked(file.product)
    file = SheetFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if not by.has_ministry_role(MinistryRole.REVIEWER) or by.is_superuser:
        raise NotPermitted
    if file.supplier.members.filter(user=by).exists():
        raise NotPermitted(_("Nobody decides on a file of their own company."))
    if file.status != ProofStatus.PENDING:
        raise StaleState
    file.status, file.reason_text = new, reason_text
    file.decided_by, file.decided_at = by, timezone.now()
    file.save(update_fields=["status", "reason_text", "decided_by", "decided_at"])
    verb = "sheet_file_accepted" if new == ProofStatus.ACCEPTED else "sheet_file_refused"
    url = reverse("catalog:sheet_files", args=[sheet.slug])
    _tell(file, verb, by=by, to=file.supplier.people(), url=url)
    return file


def _tell(file: SheetFile, verb: str, *, by: User, to: Iterable[User], url: str) -> None:
    journal.record(
        f"catalog.{verb}",
        file,
        by=by,
        to=to,
        organisations=[file.supplier.public_id],
        payload={
            "sheet": file.product.name,
            "supplier": file.supplier.name,
            "kind": file.kind,
            "why": file.reason_text,
            "url": url,
        },
    )
