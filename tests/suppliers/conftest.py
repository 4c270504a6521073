import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from PIL import Image

from suppliers import reference
from suppliers.enums import DocumentKind
from suppliers.models import Requirement, Submission
from tests.factories import PDF


@pytest.fixture(autouse=True)
def _english():
    """Operations called without a request speak English here."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def requirements(db):
    reference.load()
    return {each.code: each for each in Requirement.objects.all()}


@pytest.fixture
def pdf():
    """A new PDF at each call, so that no fingerprint repeats."""
    count = 0

    def _pdf(name="kbis.pdf", data=None):
        nonlocal count
        count += 1
        return SimpleUploadedFile(name, data or PDF.replace(b"endobj", b"endobj %%%d" % count, 1))

    return _pdf


@pytest.fixture
def image():
    def _image(kind="PNG"):
        out = io.BytesIO()
        Image.new("RGB", (8, 8), "teal").save(out, kind)
        return out.getvalue()

    return _image


@pytest.fixture
def complete(make, requirements):
    """A gel maker whose file lacks nothing, with Alice as its manager."""

    def _complete(**fields):
        fields = {"activities": ["GEL"], "gel_regime": "BIOCIDE", **fields}
        seat = make.SupplierMember(supplier=make.Supplier(**fields), user=make.User(language="en"))
        supplier, alice = seat.supplier, seat.user
        make.Document(supplier=supplier, kind=DocumentKind.KBIS, uploaded_by=alice)
        for code in ("true-statement", "gel-formula"):
            Submission.objects.create(
                supplier=supplier, requirement=requirements[code], attested_by=alice
            )
        return supplier, alice

    return _complete
