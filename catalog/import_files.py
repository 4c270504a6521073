"""Templates and error files as downloads, on pages and in the API alike."""

from collections.abc import Iterator
from functools import partial

from django.http import Http404, HttpResponseBase, StreamingHttpResponse

from catalog.downloads import CSV_TYPE, FORMATS, XLSX_TYPE, filed
from catalog.enums import ImportKind
from catalog.imports.books import error_book, template_book
from catalog.imports.outgoing import error_file, template_file
from catalog.imports.sheets import is_sheet
from catalog.models import ImportJob
from core.exports import write_xlsx
from suppliers.models import Supplier


def template(supplier: Supplier, kind: str, file_format: str) -> HttpResponseBase:
    """The columns with their help, and the supplier's offers as they stand.

    Raises Http404 for a kind of file or a format that there is not.
    """
    if kind not in ImportKind.values or file_format not in FORMATS:
        raise Http404
    if file_format == "csv":
        return _text(template_file(supplier, kind), f"{kind.lower()}.csv")
    table, finish = template_book(supplier, kind)
    write = partial(write_xlsx, table, finish=finish)
    return _private(filed(write, f"{table.name}.xlsx", XLSX_TYPE))


def errors(job: ImportJob) -> HttpResponseBase:
    """The same file, of the same kind, with what is wrong in a last column."""
    with job.file.open("rb") as file:
        if is_sheet(file):
            table = error_book(job)
            return _private(filed(partial(write_xlsx, table), f"{table.name}.xlsx", XLSX_TYPE))
    return _text(error_file(job), f"errors-{job.original_name}")


def _text(chunks: Iterator[str], name: str) -> HttpResponseBase:
    """A text file that no browser will run."""
    response = StreamingHttpResponse(chunks, content_type=f"{CSV_TYPE}; charset=utf-8")
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)
    response["Content-Disposition"] = f'attachment; filename="{safe}"'
    return _private(response)


def _private(response: HttpResponseBase) -> HttpResponseBase:
    """Kept by no cache, and taken for nothing else."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
