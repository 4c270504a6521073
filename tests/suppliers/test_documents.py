"""Files handed in: what is let in, where it is kept, who may open it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core.errors import DomainError, Duplicate, StaleState
from journal.models import Event
from suppliers import operations
from suppliers.models import Document
from tests.factories import PDF


pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
EXE = b"MZ\x90\x00\x03\x00\x00\x00" + b"\0" * 200
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
ZIP_END = b"PK\x05\x06" + b"\0" * 18


def stored(settings):
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


@pytest.fixture
def seat(make):
    return make.SupplierMember(supplier=make.Supplier(), user=make.User(language="en"))


def hand_in(client, upload, kind="KBIS"):
    data = {"kind": kind, "upload": upload}
    return client.post(reverse("suppliers:add_document"), data, headers=ENGLISH)


def test_add_document_stores_the_file_under_our_own_name(sign_in, seat, pdf, settings):
    upload = pdf(name="..\\..\\étrange <b>.pdf")
    data = upload.read()
    upload.seek(0)
    assert hand_in(sign_in(seat.user), upload).status_code == 302
    document = Document.objects.get()
    assert document.original_name == "étrange <b>.pdf"
    assert (document.content_type, document.size_bytes) == ("application/pdf", len(data))
    path = settings.MEDIA_ROOT / "documents" / str(document.public_id)
    assert path.read_bytes() == data


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_add_document_takes_images_whatever_their_name(seat, image, kind):
    upload = SimpleUploadedFile("photo.bin", image(kind), content_type="text/html")
    document = operations.add_document(seat.supplier, by=seat.user, kind="OTHER", upload=upload)
    assert document.content_type == f"image/{kind.lower()}"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(EXE, id="program renamed"),
        pytest.param(HTML, id="web page"),
        pytest.param(b"%PDF-1.7\n" + HTML + b"\n%%EOF", id="web page as PDF"),
        pytest.param(HTML + PDF, id="PDF after a web page"),
        pytest.param(PDF + b"PK\x03\x04" + ZIP_END, id="PDF and archive"),
        pytest.param(PDF[:40], id="PDF cut off"),
        pytest.param(b"%PDF", id="only the mark"),
        pytest.param(b"GIF89a" + b"\0" * 50, id="GIF"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 50 + b"IEND\xaeB`\x82", id="broken PNG"),
        pytest.param(b"\xff\xd8\xff\xe0" + b"\0" * 50 + b"\xff\xd9", id="broken JPEG"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"/>', id="SVG"),
        pytest.param(b"plain words", id="text"),
    ],
)
def test_add_document_refuses_other_types_by_content(sign_in, seat, settings, data):
    page = hand_in(sign_in(seat.user), SimpleUploadedFile("kbis.pdf", data))
    assert list(page.context["form"].errors) == ["upload"]
    assert "PDF, PNG or JPEG" in page.content.decode()
    assert not Document.objects.exists()
    assert not stored(settings)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_add_document_refuses_an_image_with_an_archive_behind_it(seat, image, kind):
    upload = SimpleUploadedFile("photo.png", image(kind) + b"PK\x03\x04" + ZIP_END)
    with pytest.raises(DomainError) as refusal:
        operations.add_document(seat.supplier, by=seat.user, kind="OTHER", upload=upload)
    assert refusal.value.field == "upload"


def test_add_document_refuses_an_empty_file(sign_in, seat):
    page = hand_in(sign_in(seat.user), SimpleUploadedFile("kbis.pdf", b""))
    assert "This file is empty" in page.content.decode()


def test_add_document_refuses_a_large_file_at_the_page(sign_in, seat, settings, pdf):
    settings.MAX_UPLOAD_BYTES = 1000
    page = hand_in(sign_in(seat.user), pdf(data=PDF + b"\n" * 1000))
    assert "the limit is 1000" in page.content.decode()
    assert not stored(settings)


def test_add_document_of_200_megabytes_is_refused_unread(seat):
    class Huge(SimpleUploadedFile):
        def read(self, *args):
            raise AssertionError("read")

    upload = Huge("kbis.pdf", b"%PDF")
    upload.size = 200 * 1024 * 1024
    with pytest.raises(DomainError, match="200"):
        operations.add_document(seat.supplier, by=seat.user, kind="KBIS", upload=upload)


def test_add_document_twice_is_a_duplicate(seat, settings):
    for number in range(2):
        upload = SimpleUploadedFile(f"kbis{number}.pdf", PDF)
        if number:
            with pytest.raises(Duplicate, match="very file already"):
                operations.add_document(seat.supplier, by=seat.user, kind="OTHER", upload=upload)
        else:
            operations.add_document(seat.supplier, by=seat.user, kind="KBIS", upload=upload)
    assert len(stored(settings)) == Document.objects.count() == 1


def test_add_document_leaves_no_file_when_the_journal_fails(seat, pdf, settings, monkeypatch):
    def fail(*args, **kwargs):
        assert stored(settings), "the file is there while the transaction runs"
        raise RuntimeError

    monkeypatch.setattr("suppliers.operations.proofs.note", fail)
    with pytest.raises(RuntimeError):
        operations.add_document(seat.supplier, by=seat.user, kind="KBIS", upload=pdf())
    assert not stored(settings)
    assert not Document.objects.exists()


def test_add_document_while_the_ministry_looks_is_refused(make, pdf):
    seat = make.SupplierMember(supplier=make.Supplier(pending=True))
    with pytest.raises(StaleState, match="looking at this file"):
        operations.add_document(seat.supplier, by=seat.user, kind="KBIS", upload=pdf())


def test_remove_document_takes_row_and_file(
    sign_in, seat, pdf, settings, django_capture_on_commit_callbacks
):
    document = operations.add_document(seat.supplier, by=seat.user, kind="KBIS", upload=pdf())
    client = sign_in(seat.user)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("suppliers:remove_document", args=[document.public_id]))
    assert not Document.objects.exists()
    assert not stored(settings)
    again = client.post(reverse("suppliers:remove_document", args=[document.public_id]))
    assert again.status_code == 404


def test_remove_document_of_an_approved_company_is_refused(make):
    document = make.Document()
    alice = make.SupplierMember(supplier=document.supplier).user
    with pytest.raises(StaleState):
        operations.remove_document(document, by=alice)


def test_remove_document_with_an_accepted_certificate_is_refused(make):
    certificate = make.Certificate(supplier=make.Supplier())
    alice = make.SupplierMember(supplier=certificate.supplier).user
    with pytest.raises(StaleState):
        operations.remove_document(certificate.document, by=alice)


def test_document_is_a_download_that_no_browser_runs(sign_in, make):
    document = make.Document(original_name='a"b\r\nSet-Cookie: x.pdf')
    alice = make.SupplierMember(supplier=document.supplier).user
    response = sign_in(alice).get(reverse("suppliers:document", args=[document.public_id]))
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Security-Policy"] == "sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/pdf"
    assert "Set-Cookie: x" not in str(response.headers.get("Set-Cookie", ""))
    assert b"".join(response.streaming_content) == PDF


def test_document_anonymous_signs_in_first(client, make):
    url = reverse("suppliers:document", args=[make.Document().public_id])
    assert client.get(url).status_code == 302


def test_document_stranger_finds_nothing(sign_in, make):
    url = reverse("suppliers:document", args=[make.Document().public_id])
    for stranger in (make.SupplierMember().user, make.BuyerMember().user):
        assert sign_in(stranger).get(url).status_code == 404


@pytest.mark.parametrize("role", ["reviewer", "allocator", "auditor"])
def test_document_ministry_may_open_it(sign_in, make, role):
    url = reverse("suppliers:document", args=[make.Document().public_id])
    assert sign_in(make.User(**{role: True})).get(url).status_code == 200


CERTIFICATE = {
    "standard": "EN 149",
    "body_number": "0082",
    "scope": "FFP2 model A",
    "issued_on": "2020-01-01",
    "expires_on": "2099-01-01",
}


def enter(client, document, **changes):
    values = CERTIFICATE | {"document": document.public_id} | changes
    return client.post(reverse("suppliers:add_certificate"), values, headers=ENGLISH)


def test_add_certificate_waits_for_the_reviewer(sign_in, seat, make):
    document = make.Document(supplier=seat.supplier)
    assert enter(sign_in(seat.user), document).status_code == 302
    certificate = seat.supplier.certificates.get()
    assert (certificate.status, certificate.body_number) == ("PENDING", "0082")


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"expires_on": "2020-02-01"}, "expires_on", "has expired"),
        ({"issued_on": "2098-01-01"}, "issued_on", "in the future"),
        ({"body_number": ""}, "body_number", "4 digits of the notified body"),
        ({"body_number": "12"}, "body_number", "4 digits"),
        ({"body_number": "12a4"}, "body_number", "4 digits"),
        ({"standard": "ICR Polska"}, "standard", "ICR Polska"),
        ({"issued_on": "yesterday"}, "issued_on", "valid date"),
        ({"scope": ""}, "scope", "required"),
    ],
)
def test_add_certificate_names_what_is_wrong(sign_in, seat, make, changes, field, message):
    page = enter(sign_in(seat.user), make.Document(supplier=seat.supplier), **changes)
    assert list(page.context["form"].errors) == [field]
    assert message in page.content.decode()
    assert not seat.supplier.certificates.exists()


def test_add_certificate_on_anothers_document_is_refused(sign_in, seat, make):
    page = enter(sign_in(seat.user), make.Document())
    assert list(page.context["form"].errors) == ["document"]


def test_add_certificate_of_an_approved_company_goes_to_the_reviewers(make):
    seat, reviewer = make.SupplierMember(), make.User(reviewer=True)
    document = make.Document(supplier=seat.supplier)
    operations.add_certificate(
        seat.supplier,
        by=seat.user,
        document=document,
        standard="EN 14683",
        body_number="",
        scope="type IIR",
        issued_on=timezone.localdate(),
        expires_on=timezone.localdate(),
    )
    event = Event.objects.get(verb="suppliers.certificate_to_judge")
    assert event.deliveries.filter(recipient=reviewer).exists()
