"""How fast a supplier's file comes into the catalogue, beside a bare COPY of the same rows.

`python -m benchmarks.catalog.imports [ROWS] [STOCK | OFFERS | TERMS]`, on test servers of its own,
200,000 rows of stock by default. OFFERS are new ones, TERMS are all terms of offers that there
are. The bare COPY puts the same cells, ready as text, into the same table in one transaction.
"""

import resource
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.servers import on_test_servers


if TYPE_CHECKING:
    from catalog.models import ImportJob
    from suppliers.models import SupplierMember


ROWS, SHEETS, AT_ONCE = 200_000, 2_000, 10_000
STOCK, OFFERS, TERMS = "STOCK", "OFFERS", "TERMS"


def main() -> None:
    """Prepare a shelf, import a file about all of it, tell."""
    from catalog import audit, imports

    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    kind = sys.argv[2] if len(sys.argv) > 2 else STOCK
    shop = _shelf(0 if kind == OFFERS else rows)
    _warm_up()
    job = _hand_in(shop, kind, rows)
    reading = _seconds(lambda: imports.advance(job.pk))
    job.refresh_from_db()
    assert job.changes == rows, (job.status, job.refusal)
    imports.apply(job, by=shop.user)
    applying = _seconds(lambda: imports.advance(job.pk))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    job.refresh_from_db()
    assert job.status == "APPLIED", job.status
    assert not audit.differences()
    bare = _bare_copy(job, rows)
    whole = reading + applying
    print(f"rows                 {rows:>10,}  {kind}")
    print(f"bare COPY            {bare:>10.2f} s  {rows / bare:>10,.0f} rows/s")
    print(f"read and judged      {reading:>10.2f} s  {rows / reading:>10,.0f} rows/s")
    print(f"applied              {applying:>10.2f} s  {rows / applying:>10,.0f} rows/s")
    print(f"whole                {whole:>10.2f} s  {whole / bare:>10.1f} x bare COPY")
    print(f"memory, at most      {memory:>10} MB")


def _hand_in(shop: "SupplierMember", kind: str, rows: int) -> "ImportJob":
    from django.core.files.uploadedfile import SimpleUploadedFile

    from catalog import imports

    if kind == STOCK:
        head = "Référence;Stock\n"
        lines = (f"REF-{n:06};{n % 900 + 1}\n" for n in range(rows))
    else:
        name = "NEW" if kind == OFFERS else "REF"
        head = "Référence;Fiche;Prix;Stock;Colisage;Minimum;Délai\n"
        lines = (
            f"{name}-{n:06};s{n % SHEETS};{n % 90 + 1},5;{n % 900 + 1};12;24;3\n"
            for n in range(rows)
        )
    upload = SimpleUploadedFile("file.csv", (head + "".join(lines)).encode("cp1252"))
    kind = STOCK if kind == STOCK else OFFERS
    return imports.receive(shop.supplier, by=shop.user, kind=kind, upload=upload)


def _warm_up() -> None:
    """A worker has loaded its code before the first file comes."""
    from django.urls import reverse

    reverse("catalog:new_import")


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _shelf(rows: int) -> "SupplierMember":
    from catalog.models import Offer, Product
    from tests import factories as make

    shop = make.SupplierMemberFactory()
    category = make.ProductFactory().category
    sheets = Product.objects.bulk_create(
        Product(slug=f"s{n}", name=f"S{n}", name_en=f"S{n}", category=category)
        for n in range(SHEETS)
    )
    for begin in range(0, rows, AT_ONCE):
        Offer.objects.bulk_create(
            Offer(
                supplier=shop.supplier,
                product=sheets[n % SHEETS],
                supplier_reference=f"REF-{n:06}",
                unit_price_eur=1,
            )
            for n in range(begin, min(begin + AT_ONCE, rows))
        )
    return shop


def _bare_copy(job: "ImportJob", rows: int) -> float:
    from django.db import transaction

    from catalog.enums import RowAction
    from catalog.imports import staging
    from catalog.imports.judging import Judged

    wrong: list[dict[str, str]] = []
    cells = ((n + 2, [f"REF-{n:06}", str(n % 900 + 1)]) for n in range(rows))
    same = [Judged(n, each, RowAction.ERROR, errors=wrong) for n, each in cells]
    staging.clear(job)
    text = staging.text_of(job, same)

    def copy() -> None:
        with transaction.atomic():
            staging.send(text)

    return _seconds(copy)


if __name__ == "__main__":
    on_test_servers("benchmarks.catalog.imports", main)
