"""Prices in a CSV file, each held against the law of its own day; nothing is stored.

A price is that of one unit: one container of gel, one mask. A file is judged whole or not at all.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO

from catalog.models import DatedRule
from catalog.price_vectors.tables import COLUMNS, BadRows, Vector, read_table
from catalog.prices import RuleBook


VERDICT_COLUMNS = ("verdict", "max_price_eur", "rule")
PASS, FAIL = "PASS", "FAIL"
__all__ = [
    "COLUMNS",
    "FAIL",
    "PASS",
    "VERDICT_COLUMNS",
    "BadRows",
    "Vector",
    "judge",
    "judge_file",
]


def judge_file(content: bytes, *, written: Sequence[DatedRule] | None) -> str:
    """The same table with VERDICT_COLUMNS, by `written` rules (None: the database's).

    Same order of columns and rows, same delimiter. Raises BadRows naming row and column.
    """
    table = read_table(content)
    out = StringIO()
    writer = csv.writer(out, delimiter=table.delimiter, lineterminator="\n")
    writer.writerow([*table.headings, *VERDICT_COLUMNS])
    for cells, verdict in zip(table.rows, _judge_all(table.vectors, written), strict=True):
        writer.writerow([*cells, *verdict])
    return out.getvalue()


def _judge_all(
    vectors: Sequence[Vector], written: Sequence[DatedRule] | None
) -> Iterator[tuple[str, str, str]]:
    books: dict[date, RuleBook] = {}
    for vector in vectors:
        book = books.setdefault(vector.day, RuleBook(vector.day, written=written))
        yield judge(vector, book)


def judge(vector: Vector, rules: RuleBook) -> tuple[str, str, str]:
    """Verdict, highest price on the row's own basis (€), legal texts; the last two may be empty.

    The highest price is exact; where the law's figure has VAT in it and the row's has not, it is
    cut down to four decimals as for offers (docs/adr/0003).
    """
    limit = rules.ceiling(vector.product, vector.side)
    if limit is None:
        return PASS, "", ""
    texts = [limit.legal_reference]
    vat_rate_pct = Decimal(0)
    if vector.basis != limit.tax_basis:
        vat = rules.vat_rule(vector.product)
        vat_rate_pct = vat.rate_pct
        texts.append(vat.legal_reference)
    highest = limit.on(vector.basis, vat_rate_pct)
    verdict = PASS if vector.price_eur <= highest else FAIL
    return verdict, _plain(highest), " ; ".join(texts)


def _plain(amount: Decimal) -> str:
    """At least two decimals, no zeros after them."""
    places = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:.{places}f}"
