"""Tables as downloads, on pages and in the API alike."""

import tempfile
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from django.http import FileResponse, Http404
from django.utils import timezone

from core.exports import Table, write_csv, write_xlsx


CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {
    "csv": (write_csv, f"{CSV_TYPE}; charset=utf-8"),
    "xlsx": (write_xlsx, XLSX_TYPE),
}


def download(table: Table, file_format: str) -> FileResponse:
    """The table as a file; it is written whole before the first byte leaves.

    Raises Http404 for a format that we do not write.
    """
    if file_format not in FORMATS:
        raise Http404
    write, content_type = FORMATS[file_format]
    name = f"{table.name}-{timezone.localdate().isoformat()}.{file_format}"
    return filed(partial(write, table), name, content_type)


def filed(write: Callable[[BinaryIO], None], name: str, content_type: str) -> FileResponse:
    """What `write` puts into a file, as a download."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 the response closes it
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
