"""Safety data sheets and photos: judged by content, decided on, public only once accepted."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog import operations
from catalog.enums import SheetStatus
from catalog.models import SheetFile
from core.errors import DomainError, Duplicate, NotEligible, NotPermitted, StaleState
from journal.models import Delivery
from suppliers.enums import ProofStatus
from tests.catalog.test_constraints import refused
from tests.factories import PDF


pytestmark = pytest.mark.django_db
GPS = 0x8825


@pytest.fixture(autouse=True)
def _english(client, settings, tmp_path):
    client.cookies["django_language"] = "en"
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def reviewer(make):
    return make.User(reviewer=True)


@pytest.fixture
def offer(make, shop):
    return make.Offer(supplier=shop.supplier)


def pdf(data=PDF):
    return SimpleUploadedFile("fds.pdf", data)


def picture(kind="JPEG", size=(2400, 600), mode="RGB", **more):
    kept = io.BytesIO()
    Image.new(mode, size).save(kept, kind, **more)
    return SimpleUploadedFile(f"photo.{kind.lower()}", kept.getvalue())


@pytest.fixture
def hand_in(offer, shop):
    def _hand_in(upload=None, kind="SAFETY", **more):
        given = {"by": shop.user, "supplier": shop.supplier, "kind": kind} | more
        return operations.hand_in_file(given.pop("sheet", offer.product), upload=upload, **given)

    return _hand_in


def stored(file):
    with file.file.open("rb") as content:
        return content.read()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photo_is_written_anew_and_made_smaller(hand_in, kind):
    file = hand_in(picture(kind), "PHOTO", alt="A bottle")
    kept = stored(file)
    assert (file.original_name, file.content_type) == ("photo.jpg", "image/jpeg")
    with Image.open(io.BytesIO(kept)) as image:
        assert (image.format, image.size) == ("JPEG", (1600, 400))


def test_photo_keeps_no_place_and_no_tail_and_lies_on_white(hand_in):
    exif = Image.Exif()
    exif[GPS] = {1: "N"}
    exif[0x010E] = "zqSecret"
    placed = picture(exif=exif)
    placed = SimpleUploadedFile("a.jpg", placed.read() + b"<script>zqTail</script>")
    kept = stored(hand_in(placed, "PHOTO", alt="A bottle"))
    assert b"zqSecret" not in kept
    assert b"zqTail" not in kept
    glass = hand_in(picture("PNG", (300, 300), "RGBA"), "PHOTO", alt="A glass")
    with Image.open(io.BytesIO(stored(glass))) as image:
        assert image.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("kind", "upload", "alt", "field"),
    [
        ("SAFETY", picture(), "", "upload"),
        ("SAFETY", pdf(b"<html>%PDF-"), "", "upload"),
        ("SAFETY", pdf(b""), "", "upload"),
        ("PHOTO", pdf(), "A bottle", "upload"),
        ("PHOTO", picture("GIF"), "A bottle", "upload"),
        ("PHOTO", picture(size=(300, 199)), "A bottle", "upload"),
        ("PHOTO", SimpleUploadedFile("a.jpg", picture().read()[:900]), "A bottle", "upload"),
        ("PHOTO", picture(), " ", "alt"),
    ],
)
def test_what_is_no_such_file_is_refused_and_nothing_stays(
    hand_in, tmp_path, kind, upload, alt, field
):
    upload.seek(0)
    with pytest.raises(DomainError) as caught:
        hand_in(upload, kind, alt=alt)
    assert caught.value.field == field
    assert not SheetFile.objects.exists()
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


def test_too_large_a_picture_is_not_even_read(hand_in, settings):
    settings.MAX_UPLOAD_BYTES = 100
    with pytest.raises(DomainError, match="100"):
        hand_in(picture(), "PHOTO", alt="A bottle")


def test_only_who_sells_it_hands_in_and_only_once(hand_in, make, tmp_path):
    hand_in(pdf())
    with pytest.raises(Duplicate):
        hand_in(pdf())
    with pytest.raises(NotEligible):
        hand_in(pdf(), sheet=make.Product())
    with pytest.raises(NotPermitted):
        hand_in(pdf(), by=make.SupplierMember().user)
    closed = make.Product(is_active=False, status=SheetStatus.MERGED, merged_into=make.Product())
    with pytest.raises(StaleState):
        hand_in(pdf(), sheet=closed)
    assert len([each for each in tmp_path.rglob("*") if each.is_file()]) == 1


# --- public only once accepted --------------------------------------------------------------
def test_file_is_public_once_accepted_and_only_then(hand_in, make, client, reviewer, shop, offer):
    photo = hand_in(picture(), "PHOTO", alt="A bottle of gel")
    safety = hand_in(pdf())
    paths = [f"/catalogue/files/{each.public_id}/" for each in (photo, safety)]
    sheet = f"/catalogue/{offer.product.slug}/"
    assert [client.get(path).status_code for path in paths] == [404, 404]
    assert "A bottle of gel" not in client.get(sheet).text
    assert client.get("/api/v1/sheet-files/").json()["results"] == []
    client.force_login(make.SupplierMember().user)
    assert client.get(paths[0]).status_code == 404
    client.force_login(shop.user)
    assert client.get(paths[0]).status_code == 200
    client.logout()
    for file in (photo, safety):
        operations.accept_file(file, by=reviewer)
    shown, download = (client.get(path) for path in paths)
    assert (shown["Content-Type"], download["Content-Type"]) == ("image/jpeg", "application/pdf")
    assert "attachment" in download["Content-Disposition"]
    for answer in (shown, download):
        assert answer["Content-Security-Policy"] == "sandbox"
        b"".join(answer.streaming_content)
    page = client.get(sheet).text
    assert f'src="{paths[0]}"' in page
    assert 'alt="A bottle of gel"' in page
    assert paths[1] in page
    assert len(client.get("/api/v1/sheet-files/").json()["results"]) == 2
    type(offer.product).objects.update(is_active=False)
    assert client.get(paths[0]).status_code == 404


def test_reviewer_decides_once_and_the_company_hears_why(hand_in, make, reviewer, shop):
    file = hand_in(pdf())
    assert Delivery.objects.filter(
        event__verb="catalog.sheet_file_handed_in", recipient=reviewer
    ).exists()
    for nobody in (shop.user, make.User(allocator=True)):
        with pytest.raises(NotPermitted):
            operations.accept_file(file, by=nobody)
    with pytest.raises(DomainError) as caught:
        operations.refuse_file(file, by=reviewer, reason_text=" ")
    assert caught.value.field == "reason_text"
    assert (
        operations.refuse_file(file, by=reviewer, reason_text="Too old").reason_text == "Too old"
    )
    with pytest.raises(StaleState):
        operations.accept_file(file, by=reviewer)
    assert Delivery.objects.filter(
        event__verb="catalog.sheet_file_refused", recipient=shop.user
    ).exists()


def test_sheet_of_dangerous_goods_is_accepted_with_its_safety_sheet_only(
    hand_in, make, reviewer, shop
):
    shelf = make.Category(slug="dangerous", needs_safety_sheet=True)
    sheet = operations.propose_sheet(
        shop.supplier, by=shop.user, category=shelf, name="Fût", unit_name="fût"
    )
    with pytest.raises(DomainError, match=r"safety|sécurité"):
        operations.accept_sheet(sheet, by=reviewer)
    sheet.refresh_from_db()
    assert sheet.status == SheetStatus.PROPOSED
    file = hand_in(pdf(), sheet=sheet)
    operations.accept_sheet(sheet, by=reviewer)
    file.refresh_from_db()
    assert (file.status, file.decided_by) == (ProofStatus.ACCEPTED, reviewer)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"content_type": "image/jpeg"}, "sheetfile_of_its_type"),
        ({"status": "ACCEPTED"}, "sheetfile_pending_or_decided"),
        ({"kind": "PHOTO", "content_type": "image/jpeg"}, "sheetfile_photo_described"),
    ],
)
def test_constraints(hand_in, change, name):
    file = hand_in(pdf())
    refused(name, lambda: SheetFile.objects.filter(pk=file.pk).update(**change))


# --- page, admin and API --------------------------------------------------------------------
def test_page_takes_a_file_and_keeps_errors_at_the_field(offer, sign_in, shop):
    client, path = sign_in(shop.user), f"/sheets/{offer.product.slug}/files/"
    page = client.post(path, {"kind": "PHOTO", "upload": picture(), "alt": ""})
    assert list(page.context["form"].errors) == ["alt"]
    page = client.post(path, {"kind": "SAFETY", "upload": pdf()}, follow=True)
    assert "fds.pdf" in page.text
    assert "to be looked at" in page.text


def test_reviewer_decides_on_the_page_of_the_sheet(hand_in, offer, sign_in, reviewer):
    file = hand_in(pdf())
    path = f"/admin/catalog/product/{offer.product.pk}/change/"
    client = sign_in(reviewer)
    page = client.get(f"{path}?review=1")
    if page.status_code == 302:
        pytest.fail(f"sent to {page.url}")
    assert "fds.pdf" in page.text
    client.post(f"{path}?review=1", {"decision": "accept_file", "file": str(file.public_id)})
    file.refresh_from_db()
    assert file.status == ProofStatus.ACCEPTED
    wrong = {"decision": "accept_file", "file": "none"}
    assert client.post(f"{path}?review=1", wrong).status_code == 400


def test_api_hands_in_and_decides(offer, client, reviewer, shop):
    given = {
        "product": offer.product.slug,
        "supplier": str(shop.supplier.public_id),
        "kind": "SAFETY",
        "upload": pdf(),
    }
    path = "/api/v1/sheet-files/"
    assert client.post(path, given).status_code == 401
    client.force_login(shop.user)
    given["upload"] = pdf()
    made = client.post(path, given)
    assert (made.status_code, made.json()["status"]) == (201, "PENDING")
    client.force_login(reviewer)
    answer = client.post(f"{path}{made.json()['public_id']}/accept/")
    assert answer.json()["status"] == "ACCEPTED"
