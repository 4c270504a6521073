"""Photos of sheets: read by Pillow and written anew, so that nothing but the picture is kept."""

import hashlib
import io
from pathlib import PurePath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from core.errors import DomainError
from suppliers.uploads import JPEG, MAX_PIXELS, UNREADABLE, Upload, clean_name


FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST = 1600
"""Longest side of what is kept, in pixels."""
SMALLEST = 200
QUALITY = 85


def read_photo(upload: "UploadedFile[bytes]") -> Upload:
    """A JPEG of at most LARGEST pixels a side, upright, on white, without anything else.

    Raises DomainError for field `upload`: too large, too small, or no picture of FORMATS.
    """
    size = upload.size or 0
    if size > settings.MAX_UPLOAD_BYTES:
        raise _refusal(
            _("This file has %(size)s, the limit is %(limit)s. Save a smaller one.")
            % {
                "size": filesizeformat(size),
                "limit": filesizeformat(settings.MAX_UPLOAD_BYTES),
            }
        )
    data = _written_anew(upload.read())
    return Upload(
        data=data,
        name=f"{PurePath(clean_name(upload.name or '')).stem}.jpg",
        content_type=JPEG,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _written_anew(data: bytes) -> bytes:
    kept = io.BytesIO()
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image.width, image.height)
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except UNREADABLE as error:
        raise _refusal(
            _("This is not a sound JPEG, PNG or WebP picture. Save it again in one of them.")
        ) from error
    upright.thumbnail((LARGEST, LARGEST))
    paper = Image.new("RGB", upright.size, "white")
    paper.paste(upright, mask=upright)
    paper.save(kept, "JPEG", quality=QUALITY, optimize=True)
    return kept.getvalue()


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _refusal(_("This picture has too many pixels: save a smaller one."))
    if min(width, height) < SMALLEST:
        raise _refusal(
            _("This picture is too small: at least %(least)d pixels a side.") % {"least": SMALLEST}
        )


def _refusal(message: str) -> DomainError:
    return DomainError(message, field="upload")
