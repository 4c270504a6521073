"""What may be handed in: PDF, PNG or JPEG, told by content; the name of a file proves nothing."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import PurePath

import puremagic
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from core.errors import DomainError


PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
MAX_PIXELS = 60_000_000
"""A page scanned at 600 dpi has 35 million; far more is a bomb."""
HTML_MARKS = (b"<html", b"<script", b"<!doctype", b"<svg", b"<body")
FIRST_BYTES = 1024
UNREADABLE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    SyntaxError,
    ValueError,
)


@dataclass(frozen=True)
class Upload:
    """A file that passed: its bytes and what was read from them."""

    data: bytes
    name: str
    content_type: str
    sha256: str


def read_upload(upload: "UploadedFile[bytes]") -> Upload:
    """The file whole, once its size and content are allowed.

    Raises DomainError for field `upload`: too large (nothing is read), empty, of another type,
    damaged, or two things in one (a file that some programs would take for another type).
    """
    size = upload.size or 0
    if size > settings.MAX_UPLOAD_BYTES:
        raise _refusal(
            _("This file has %(size)s, the limit is %(limit)s. Scan it again in lower resolution.")
            % {
                "size": filesizeformat(size),
                "limit": filesizeformat(settings.MAX_UPLOAD_BYTES),
            }
        )
    data = upload.read()
    if not data:
        raise _refusal(_("This file is empty."))
    return Upload(
        data=data,
        name=clean_name(upload.name or ""),
        content_type=content_type_of(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def clean_name(name: str) -> str:
    """The last part of a path, printable, as people will see it; never used on the disk."""
    printable = "".join(letter for letter in name if letter.isprintable())
    return PurePath(printable.replace("\\", "/")).name[-200:] or "document"


def content_type_of(data: bytes) -> str:
    """The allowed type that `data` really is. Raises DomainError."""
    try:
        found = puremagic.from_string(data, mime=True)
    except puremagic.PureError:
        found = ""
    if data.startswith(b"%PDF-") and found == PDF and _is_whole_pdf(data):
        return PDF
    if found in {PNG, JPEG} and _is_whole_image(data, found):
        return str(found)
    raise _refusal(
        _("This is not a sound PDF, PNG or JPEG file. Save or scan it again in one of them.")
    )


def _is_whole_pdf(data: bytes) -> bool:
    """Begins and ends as a PDF, and does not pass for a web page or an archive as well."""
    start = data[:FIRST_BYTES].lower()
    return data.rstrip(b"\0\r\n\t ").endswith(b"%%EOF") and not any(
        mark in start for mark in HTML_MARKS
    )


def _is_whole_image(data: bytes, content_type: str) -> bool:
    """Pillow can read it, and nothing follows its end."""
    kind = "PNG" if content_type == PNG else "JPEG"
    end = b"IEND\xaeB`\x82" if kind == "PNG" else b"\xff\xd9"
    if not data.rstrip(b"\0").endswith(end):
        return False
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            if image.width * image.height > MAX_PIXELS:
                return False
            image.verify()
    except UNREADABLE:
        return False
    return True


def _refusal(message: str) -> DomainError:
    return DomainError(message, field="upload")
