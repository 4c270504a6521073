"""The writers alone: types, languages, the cut, formulas, memory."""

import datetime
import io
import subprocess
import sys
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone, translation

from core import exports
from core.exports import Column, Table, is_formula, write_csv, write_xlsx
from tests.exports.files import csv_rows, xlsx_formulas, xlsx_rows


AT = datetime.datetime(2020, 4, 2, 12, 2, tzinfo=datetime.UTC)
VALUES = [
    "03012345678900",
    1250,
    Decimal("0.0873"),
    datetime.date(2020, 4, 2),
    AT,
    True,
    None,
    "Été ; “x”\nligne",
]


def table(*rows, columns=None):
    width = range(columns or len(rows[0]))
    return Table(
        "list", "List", [Column(f"C{place}", lambda row, p=place: row[p]) for place in width], rows
    )


def written(writer, given, language="fr"):
    file = io.BytesIO()
    with translation.override(language):
        writer(given, file)
    return file.getvalue()


def test_csv_in_french_has_semicolons_commas_and_french_dates():
    heading, row = csv_rows(written(write_csv, table(VALUES)))
    assert heading == [f"C{place}" for place in range(8)]
    assert row == [
        "03012345678900",
        "1250",
        "0,0873",
        "02/04/2020",
        "02/04/2020 14:02",
        "oui",
        "",
        "Été ; “x”\nligne",
    ]


def test_csv_in_english_has_commas_points_and_iso_dates():
    _heading, row = csv_rows(written(write_csv, table(VALUES), "en"), delimiter=",")
    assert row[1:6] == ["1250", "0.0873", "2020-04-02", "2020-04-02 14:02", "yes"]


def test_xlsx_has_numbers_as_numbers_and_identifiers_as_text():
    _heading, row = xlsx_rows(written(write_xlsx, table(VALUES)))
    assert row == [
        "03012345678900",
        1250.0,
        0.0873,
        datetime.date(2020, 4, 2),
        datetime.datetime(2020, 4, 2, 14, 2),  # noqa: DTZ001 Excel knows no zones
        "oui",
        "",
        "Été ; “x”\nligne",
    ]


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "\u3000=1",
    "\u200b=1",
    "\ufeff=1",
    '"=1"',
    "'=1",
    "＝1",
    "＋1",
    "﹣1",
    "＠x",
    '" ＝cmd',
    "\tplain",
]
PLAIN = ["", " ", "Gel", "1-1", "a=b", "’", "\u2212 1", "03 01", "'Ça"]


def test_formulas_are_found_and_plain_text_stays_as_it_is():
    assert [text for text in FORMULAS if not is_formula(text)] == []
    assert [text for text in PLAIN if is_formula(text)] == []
    _heading, row = csv_rows(written(write_csv, table([*PLAIN, *FORMULAS])))
    assert row == [*PLAIN, *(f"'{text}" for text in FORMULAS)]


def test_negative_numbers_are_numbers():
    given = table([-5, Decimal("-1.50")])
    assert csv_rows(written(write_csv, given))[1] == ["-5", "-1,50"]
    assert xlsx_rows(written(write_xlsx, given))[1] == [-5.0, -1.5]


def test_headings_are_guarded_too():
    given = Table("list", "List", [Column("=1", lambda row: row)], ["x"])
    assert csv_rows(written(write_csv, given))[0] == ["'=1"]
    assert not xlsx_formulas(written(write_xlsx, given))


@pytest.mark.parametrize("writer", [write_csv, write_xlsx])
def test_list_that_is_too_long_is_cut_and_says_so(monkeypatch, writer):
    monkeypatch.setattr(exports, "MAX_ROWS", 3)
    read = csv_rows if writer is write_csv else xlsx_rows
    whole = read(written(writer, table(*[["x"]] * 3)))
    assert [row[0] for row in whole] == ["C0", "x", "x", "x"]
    cut = read(written(writer, table(*[["x"]] * 4)))
    assert [row[0] for row in cut[:4]] == ["C0", "x", "x", "x"]
    assert len(cut) == 5
    assert "3" in cut[4][0]


def test_longest_text_of_a_cell_is_kept_within_what_excel_takes():
    (_heading, (cell,)) = xlsx_rows(written(write_xlsx, table(["x" * 40_000])))
    assert len(cell) == 32_767


MEASURE = """
import resource, sys, tempfile
import django
django.setup()
from core.exports import Column, Table, write_csv, write_xlsx
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
columns = [Column(f"C{n}", lambda row, n=n: f"text {row} {n} " * 5) for n in range(10)]
columns += [Column(f"N{n}", lambda row, n=n: row * n) for n in range(10)]
def write(rows):
    for writer in (write_csv, write_xlsx):
        with tempfile.TemporaryFile() as file:
            writer(Table("t", "t", columns, (n for n in range(rows))), file)
write(500)
before = peak()
write(50_000)
print(peak() - before)
"""


def test_memory_does_not_grow_with_50_000_rows():
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        cwd=settings.BASE_DIR,
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(done.stdout) < 10, f"{done.stdout} MB more"


def test_instants_are_in_paris_time():
    midnight = timezone.make_aware(datetime.datetime(2020, 7, 1))  # noqa: DTZ001
    assert csv_rows(written(write_csv, table([midnight])))[1] == ["01/07/2020 00:00"]
