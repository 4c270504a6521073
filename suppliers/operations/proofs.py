"""Documents and certificates that a supplier hands in."""

import datetime
from typing import NotRequired, TypedDict, Unpack

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.filing import file_only_with_row, save_valid
from accounts.models import User
from accounts.organisations import require_open
from core.errors import DomainError, StaleState
from suppliers.enums import CLASSES, DocumentKind, ForeignStandard, ProofStatus, Standard
from suppliers.models import Certificate, Document, Supplier, document_path
from suppliers.operations.bodies import check_competent
from suppliers.operations.telling import note, require_manager, tell_reviewers
from suppliers.uploads import read_upload


CERTIFYING = frozenset({DocumentKind.CERTIFICATE, DocumentKind.TEST_REPORT})
NEEDS_BODY = frozenset({Standard.EN_149})
"""Standards under which a notified body has to have examined the type (regulation 2016/425)."""


MAX_DOCUMENTS = 200
"""Of one supplier: more would only fill the disk."""


class CertificateFacts(TypedDict):
    """What stands on a certificate."""

    standard: str
    standard_class: NotRequired[str]
    body_number: str
    scope: str
    issued_on: datetime.date
    expires_on: datetime.date


def add_document(
    supplier: Supplier, *, by: User, kind: str, upload: "UploadedFile[bytes]"
) -> Document:
    """Nothing → one document; its type is read from its content.

    Raises DomainError for a file that is too large or of another type, Duplicate for one that
    was handed in already. Whatever goes wrong, no file stays behind.
    """
    content = read_upload(upload)
    document = Document(
        supplier=supplier,
        kind=kind,
        original_name=content.name,
        content_type=content.content_type,
        size_bytes=len(content.data),
        sha256=content.sha256,
        uploaded_by=by,
    )
    document.file = ContentFile(content.data, name="upload")
    with file_only_with_row(document.file.storage, document_path(document, "")):
        document.supplier = supplier = _open_file(supplier, by)
        if supplier.documents.count() >= MAX_DOCUMENTS:
            raise DomainError(_("Your file is full: remove a document first."), field="upload")
        save_valid(document)
        note(supplier, "document_added", by=by, kind=kind, document=document.public_ref)
    return document


@transaction.atomic
def remove_document(document: Document, *, by: User) -> None:
    """One document → nothing, with the certificates that rest on it; not once one is accepted."""
    supplier = _open_file(document.supplier, by)
    if not supplier.is_editable:
        raise StaleState(_("Documents of an approved company stay in its file."))
    certificates = Certificate.objects.filter(document=document)
    if certificates.filter(status=ProofStatus.ACCEPTED).exists():
        raise StaleState(_("The ministry has accepted a certificate on this document."))
    certificates.delete()
    document.delete()
    storage, name = document.file.storage, document_path(document, "")
    transaction.on_commit(lambda: storage.delete(name))
    note(supplier, "document_removed", by=by, kind=document.kind, document=document.public_ref)


@transaction.atomic
def add_certificate(
    supplier: Supplier, *, by: User, document: Document, **facts: Unpack[CertificateFacts]
) -> Certificate:
    """Nothing → one certificate for the reviewer to look at.

    Raises DomainError for one that has expired, whose dates are out of order, or that names no
    notified body where the standard needs one.
    """
    supplier = _open_file(supplier, by)
    if document.supplier_id != supplier.pk or document.kind not in CERTIFYING:
        raise DomainError(_("Choose a certificate or test report of yours."), field="document")
    _check_facts(facts)
    certificate = Certificate(supplier=supplier, document=document, **facts)
    save_valid(certificate)
    payload = {
        "certificate": certificate.public_ref,
        "standard": certificate.standard,
        "scope": certificate.scope,
    }
    if supplier.is_approved:
        tell_reviewers(supplier, "certificate_to_judge", by=by, **payload)
    else:
        note(supplier, "certificate_added", by=by, **payload)
    return certificate


@transaction.atomic
def correct_certificate(
    certificate: Certificate, *, by: User, document: Document, **facts: Unpack[CertificateFacts]
) -> Certificate:
    """ACCEPTED, REJECTED or PENDING → PENDING with new facts: the reviewer looks at it again.

    Until then offers that rest on it are off sale. Facts that are the same change nothing.
    Raises as `add_certificate`.
    """
    supplier = _open_file(certificate.supplier, by)
    certificate = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    if document.supplier_id != supplier.pk or document.kind not in CERTIFYING:
        raise DomainError(_("Choose a certificate or test report of yours."), field="document")
    values = {"standard_class": "", **facts, "document": document}
    changed = [name for name, value in values.items() if getattr(certificate, name) != value]
    if not changed:
        return certificate
    _check_facts(facts)
    before = certificate.status
    for name in changed:
        setattr(certificate, name, values[name])
    certificate.status = ProofStatus.PENDING
    save_valid(certificate)
    payload = {
        "certificate": certificate.public_ref,
        "standard": certificate.standard,
        "scope": certificate.scope,
        "changed": sorted(changed),
        "before": before,
    }
    tell = tell_reviewers if supplier.is_approved else note
    tell(supplier, "certificate_corrected", by=by, **payload)
    return certificate


def _check_facts(facts: CertificateFacts) -> None:
    today = timezone.localdate()
    if facts["expires_on"] < today:
        raise DomainError(
            _("This certificate has expired. Hand in the one in force."), field="expires_on"
        )
    if facts["issued_on"] > today:
        raise DomainError(_("This date lies in the future."), field="issued_on")
    if facts["issued_on"] > facts["expires_on"]:
        raise DomainError(_("A certificate ends after it was issued."), field="expires_on")
    check_competent(facts["standard"], facts["body_number"])
    classes = CLASSES.get(facts["standard"], ())
    named = facts.get("standard_class", "")
    if named and named not in classes:
        raise DomainError(
            _("%(standard)s has the classes %(classes)s: choose one of them, or none.")
            % {"standard": facts["standard"], "classes": ", ".join(classes) or "–"},
            field="standard_class",
        )
    if facts["standard"] in ForeignStandard.values and classes and not named:
        raise DomainError(
            _("Choose the class: a foreign standard counts by its class."), field="standard_class"
        )
    if facts["standard"] in NEEDS_BODY and not facts["body_number"]:
        raise DomainError(
            _("Give the 4 digits of the notified body, printed after the CE mark."),
            field="body_number",
        )


def _open_file(supplier: Supplier, by: User) -> Supplier:
    """The supplier's row, locked, for its manager to change what is handed in."""
    supplier = Supplier.objects.locked().get(pk=supplier.pk)
    require_manager(supplier, by)
    require_open(supplier)
    return supplier
