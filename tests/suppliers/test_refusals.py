"""Refusals that no page can provoke, and the words of every event."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from buyers import operations as buyers
from core.errors import DomainError, NotPermitted, StaleState
from journal.models import Event
from journal.notifications import render
from suppliers import operations, uploads
from suppliers.operations import proofs


pytestmark = pytest.mark.django_db


def refused(field, operation, *args, **kwargs):
    with pytest.raises(DomainError) as refusal:
        operation(*args, **kwargs)
    assert refusal.value.field == field


def test_update_of_a_field_of_the_ministrys_is_refused(complete):
    supplier, alice = complete()
    refused("status", operations.update, supplier, by=alice, status="APPROVED")
    refused("siret", operations.update, supplier, by=alice, siret=" ")


def test_create_of_a_buyer_without_any_number_is_refused(make):
    refused("finess", buyers.create, by=make.User(), kind="HOSPITAL", name="Nobody")


def test_add_document_of_a_stranger_is_refused(complete, make, pdf):
    supplier, _alice = complete()
    with pytest.raises(NotPermitted):
        operations.add_document(supplier, by=make.User(), kind="KBIS", upload=pdf())


def test_add_document_of_an_unknown_kind_is_refused(complete, pdf):
    supplier, alice = complete()
    refused("kind", operations.add_document, supplier, by=alice, kind="POEM", upload=pdf())


def test_add_document_to_a_full_file_is_refused(complete, pdf, monkeypatch):
    monkeypatch.setattr(proofs, "MAX_DOCUMENTS", 1)
    supplier, alice = complete()
    refused("upload", operations.add_document, supplier, by=alice, kind="KBIS", upload=pdf())


def test_add_document_with_a_bomb_of_pixels_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_PIXELS", 99)
    out = io.BytesIO()
    Image.new("RGB", (10, 10)).save(out, "PNG")
    refused("upload", uploads.read_upload, SimpleUploadedFile("a.png", out.getvalue()))


def test_add_certificate_on_a_kbis_is_refused(complete):
    supplier, alice = complete()
    today = timezone.localdate()
    facts = {
        "standard": "EN 14683",
        "body_number": "",
        "scope": "IIR",
        "issued_on": today,
        "expires_on": today,
    }
    kbis = supplier.documents.get()
    refused("document", operations.add_certificate, supplier, by=alice, document=kbis, **facts)


def test_remove_document_of_a_suspended_company_is_refused(complete):
    supplier, alice = complete(suspended=True)
    with pytest.raises(StaleState, match="closed to changes"):
        operations.remove_document(supplier.documents.get(), by=alice)


def test_change_requirement_by_the_auditor_is_refused(requirements, make):
    with pytest.raises(NotPermitted):
        operations.change_requirement(
            requirements["kbis"], by=make.User(auditor=True), is_active=False
        )


TEXTS = sorted(
    f"{app}.{path.stem}"
    for app in ("suppliers", "buyers")
    for path in (Path(settings.BASE_DIR) / "templates" / app / "events").glob("*.txt")
)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("verb", TEXTS)
def test_event_text_has_a_headline_and_leads_somewhere(verb, language):
    payload = {
        "name": "A & B <Ltd>",
        "url": "/somewhere/",
        "again": True,
        "reason_code": "FRAUD_SUSPECTED",
        "reason_text": "Because.",
        "standard": "EN 149",
        "scope": "FFP2",
        "site_name": "Quai 3",
        "code": "kbis",
        "body": "0082 Apave",
        "texts": ["(EU) 2016/425"],
    }
    headline, body = render(Event(verb=verb, payload=payload), language)
    assert headline
    assert "&amp;" not in headline
    assert body.strip().endswith("/somewhere/")
