"""`manage.py check_prices`: a file of prices against the law of 2020, without a database."""

import csv
import io
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.price_vectors import COLUMNS, VERDICT_COLUMNS


ROOT = Path(__file__).parents[2]
HEADINGS = ",".join(COLUMNS)
DECREE = "Décret n° 2020-{}"

GEL_1L, GEL_5L = "GEL,1000,", "GEL,5000,"
ELBOW = "GEL,1000,elbow_lever"
SURGICAL, FFP2 = "MASK_EN14683,,", "MASK_EN149,,"
USER, SHOP = "END_USER", "RESELLER"
VECTORS = [  # day, what, to whom, price, verdict, highest price on the row's basis, text
    # Appendix A of the market study
    ("2020-03-10", "GEL,50,", USER, "2.00,TTC", "PASS", "2.00", "2020-197"),
    ("2020-03-10", "GEL,50,", USER, "2.01,TTC", "FAIL", "2.00", "2020-197"),
    ("2020-03-10", "GEL,300,", USER, "5.01,TTC", "FAIL", "5.00", "2020-197"),
    ("2020-03-10", GEL_5L, USER, "75.00,TTC", "PASS", "75.00", "2020-197"),
    ("2020-03-10", GEL_5L, SHOP, "40.00,HT", "PASS", "40.00", "2020-197"),
    ("2020-03-10", GEL_5L, SHOP, "41.00,HT", "FAIL", "40.00", "2020-197"),
    ("2020-04-28", GEL_1L, USER, "13.19,TTC", "PASS", "13.19", "2020-477"),
    ("2020-04-28", GEL_1L, USER, "13.20,TTC", "FAIL", "13.19", "2020-477"),
    ("2020-04-12", ELBOW, USER, "19.50,TTC", "PASS", "19.50", "ECOC2009169A"),
    ("2020-04-28", ELBOW, USER, "17.15,TTC", "FAIL", "17.147", "ECOC2009169A"),
    ("2020-05-10", SURGICAL, USER, "0.95,TTC", "PASS", "0.95", "2020-506"),
    ("2020-05-10", SURGICAL, SHOP, "0.81,HT", "FAIL", "0.80", "2020-506"),
    ("2020-04-30", SURGICAL, USER, "1.20,TTC", "PASS", "", ""),
    ("2020-05-10", FFP2, USER, "4.00,TTC", "PASS", "", ""),
    # the day before each text, its first day, its last day and the day after
    ("2020-03-05", "GEL,50,", USER, "2.01,TTC", "PASS", "", ""),
    ("2020-03-06", "GEL,50,", USER, "2.01,TTC", "FAIL", "2.00", "2020-197"),
    ("2020-03-05", GEL_5L, SHOP, "41,HT", "PASS", "", ""),
    ("2020-03-06", GEL_5L, SHOP, "41,HT", "FAIL", "40.00", "2020-197"),
    ("2020-03-23", GEL_1L, USER, "15.01,TTC", "FAIL", "15.00", "2020-197"),
    ("2020-03-24", GEL_1L, USER, "15.01,TTC", "FAIL", "15.00", "2020-293"),
    ("2020-04-24", "GEL,500,", USER, "7.00,TTC", "PASS", "7.50", "2020-293"),
    ("2020-04-25", "GEL,500,", USER, "7.00,TTC", "PASS", "7.50", "2020-293"),
    ("2020-04-26", "GEL,500,", USER, "7.00,TTC", "FAIL", "6.595", "2020-477"),
    ("2020-05-02", SURGICAL, USER, "0.96,TTC", "PASS", "", ""),
    ("2020-05-03", SURGICAL, USER, "0.96,TTC", "FAIL", "0.95", "2020-506"),
    ("2020-05-02", SURGICAL, SHOP, "0.81,HT", "PASS", "", ""),
    ("2020-05-03", SURGICAL, SHOP, "0.81,HT", "FAIL", "0.80", "2020-506"),
    ("2020-07-10", SURGICAL, USER, "0.96,TTC", "FAIL", "0.95", "2020-506"),
    ("2020-07-11", SURGICAL, USER, "0.96,TTC", "FAIL", "0.95", "2020-858"),
    ("2021-01-10", GEL_1L, USER, "13.20,TTC", "FAIL", "13.19", "2020-858"),
    ("2021-01-11", GEL_1L, USER, "13.20,TTC", "PASS", "", ""),
    # coefficients, and the days on which they came and went
    ("2020-04-11", ELBOW, USER, "19.50,TTC", "FAIL", "15.00", "2020-293"),
    ("2020-04-28", ELBOW, USER, "17.147,TTC", "PASS", "17.147", "ECOC2009169A"),
    ("2020-04-28", ELBOW, SHOP, "10.40,HT", "PASS", "10.40", "ECOC2009169A"),
    ("2020-04-28", "GEL,300,elbow_lever", USER, "4.41,TTC", "FAIL", "4.40", "2020-477"),
    ("2020-04-28", "GEL,4.5,sachet", USER, "0.205,TTC", "PASS", "0.2057445", "ECOC2009169A"),
    ("2020-04-28", "GEL,5,sachet", USER, "0.18,TTC", "FAIL", "0.17585", "2020-477"),
    ("2020-03-14", "GEL,300,pharmacy", USER, "5.01,TTC", "FAIL", "5.00", "2020-197"),
    ("2020-03-15", "GEL,300,pharmacy", USER, "7.50,TTC", "PASS", "7.50", "14 mars 2020"),
    ("2020-03-15", "GEL,301,pharmacy", USER, "5.87,TTC", "FAIL", "5.8695", "14 mars 2020"),
    ("2020-03-15", "GEL,1000,pharmacy_bulk", USER, "16.50,TTC", "PASS", "16.50", "en vrac"),
    ("2020-04-05", "GEL,300,pharmacy_bulk", USER, "6.01,TTC", "FAIL", "6.00", "en vrac"),
    ("2020-04-06", "GEL,300,pharmacy", USER, "5.01,TTC", "FAIL", "5.00", "2020-293"),
    # the other tax basis: VAT of the day, cut down to four decimals where it is taken off
    ("2020-05-10", SURGICAL, USER, "0.9004,HT", "PASS", "0.9004", "30-0 E"),
    ("2020-05-10", SURGICAL, USER, "0.9005,HT", "FAIL", "0.9004", "30-0 E"),
    ("2020-05-10", SURGICAL, SHOP, "0.844,TTC", "PASS", "0.844", "30-0 E"),
    ("2020-05-10", SURGICAL, SHOP, "0.845,TTC", "FAIL", "0.844", "30-0 E"),
    ("2020-03-10", "GEL,50,", USER, "1.8957,HT", "PASS", "1.8957", "30-0 F"),
    ("2020-03-10", "GEL,50,", USER, "1.8958,HT", "FAIL", "1.8957", "30-0 F"),
    ("2020-03-10", GEL_5L, SHOP, "42.20,TTC", "PASS", "42.20", "30-0 F"),
    # bands of containers: 50, 100 and 300 ml are the last of theirs
    ("2020-04-28", "GEL,50,", USER, "1.76,TTC", "FAIL", "1.7585", "2020-477"),
    ("2020-04-28", "GEL,51,", USER, "1.34,TTC", "PASS", "1.34538", "2020-477"),
    ("2020-04-28", "GEL,100,", USER, "2.638,TTC", "PASS", "2.638", "2020-477"),
    ("2020-04-28", "GEL,101,", USER, "1.49,TTC", "FAIL", "1.48268", "2020-477"),
    ("2020-04-28", "GEL,300,", USER, "4.40,TTC", "PASS", "4.40", "2020-477"),
    ("2020-04-28", "GEL,300.5,", USER, "3.97,TTC", "FAIL", "3.963595", "2020-477"),
    ("2020-04-28", GEL_1L, USER, "0,TTC", "PASS", "13.19", "2020-477"),
]


def rows_of(text, delimiter=","):
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


@pytest.fixture
def check(tmp_path):
    """The command on a file of this content: a list of rows, or what it refuses."""

    def _check(content, *args, delimiter=","):
        path = tmp_path / "prices.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        out = io.StringIO()
        call_command("check_prices", str(path), *args, stdout=out)
        return rows_of(out.getvalue(), delimiter)

    return _check


def refused(check, content, *args):
    with pytest.raises(CommandError) as caught:
        check(content, *args)
    assert caught.value.returncode == 2
    return str(caught.value)


def line(day="2020-04-28", what=GEL_1L, whom=USER, price="13.19,TTC"):
    return f"{day},{what},{whom},{price}"


@pytest.mark.parametrize(("day", "what", "whom", "price", "verdict", "highest", "text"), VECTORS)
def test_vector_by_the_command(check, day, what, whom, price, verdict, highest, text):
    (row,) = check(f"{HEADINGS}\n{line(day, what, whom, price)}\n")
    assert list(row) == [*COLUMNS, *VERDICT_COLUMNS]
    assert (row["verdict"], row["max_price_eur"]) == (verdict, highest)
    assert text in row["rule"]
    assert bool(row["rule"]) == bool(text)


def test_stranger_needs_no_database_no_broker_and_no_settings(tmp_path):
    path, copy = tmp_path / "prices.csv", tmp_path / "copy.csv"
    path.write_text(f"{HEADINGS}\n{line()}\n", encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "STOPCOVID_VAR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "check_prices", str(path), "--out", str(copy)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = rows_of(done.stdout)
    assert row["verdict"] == "PASS"
    assert copy.read_text(encoding="utf-8") == done.stdout


def test_bad_row_ends_with_two_and_writes_nothing(tmp_path):
    path, copy = tmp_path / "prices.csv", tmp_path / "copy.csv"
    path.write_text(f"{HEADINGS}\n{line()}\n{line(day='10 mars')}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "manage.py", "check_prices", str(path), "--out", str(copy)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "STOPCOVID_VAR": str(tmp_path)},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert 'row 3, column date: "10 mars"; write the day as 2020-03-10' in done.stderr
    assert not copy.exists()


@pytest.mark.django_db
def test_rules_of_the_database_are_read_on_request(check, law):
    from catalog.models import PriceRule

    PriceRule.objects.filter(per_litre_eur="13.19").update(per_litre_eur="12")
    assert check(f"{HEADINGS}\n{line()}\n")[0]["verdict"] == "PASS"
    (row,) = check(f"{HEADINGS}\n{line()}\n", "--database")
    assert (row["verdict"], row["max_price_eur"]) == ("FAIL", "12.00")


@pytest.mark.parametrize(
    ("mark", "encoding"), [("", "utf-8-sig"), ("", "cp1252"), ("", "utf-16"), ("é", "cp1252")]
)
def test_excel_file_of_a_french_desk_is_read(check, mark, encoding):
    headings = ";".join(reversed([*COLUMNS, f"note {mark}"]))
    content = f"{headings}\r\n{mark};TTC;13,19;end user;;1 000;Gel;28/04/2020\r\n\r\n"
    (row,) = check(content.encode(encoding), delimiter=";")
    assert (row["verdict"], row["max_price_eur"], row["price_eur"]) == ("PASS", "13.19", "13,19")


@pytest.mark.parametrize(
    ("word", "highest"),
    [
        *[(word, "13.19") for word in ("", "none", "NONE", "-", "n/a", "bottle", "pompe")],
        *[(word, "17.147") for word in ("elbow", "elbow_lever", "ELBOW_LEVER", "Elbow-lever")],
        *[(word, "17.147") for word in ("levier de coude", "cartridge", "contactless box")],
        *[
            (word, "13.19")
            for word in ("sachet", "PHARMACY", "pharmacie", "pharmacy bulk", "vrac")
        ],
    ],
)
def test_dispenser_as_people_write_it(check, word, highest):
    (row,) = check(f"{HEADINGS}\n{line(what=f'GEL,1000,{word}')}\n")
    assert row["max_price_eur"] == highest


@pytest.mark.parametrize(
    ("cells", "column", "remedy"),
    [
        ({"day": ""}, "date", "empty; write the day"),
        ({"day": "2020-02-30"}, "date", "write the day"),
        ({"what": "SOAP,500,"}, "product_kind", "GEL, MASK_EN14683"),
        ({"what": "GEL,,"}, "container_ml", "gel needs the volume"),
        ({"what": "GEL,0,"}, "container_ml", "gel needs the volume"),
        ({"what": "GEL,-5,"}, "container_ml", "digits"),
        ({"what": "GEL,big,"}, "container_ml", "digits"),
        ({"what": "GEL,99999999999,"}, "container_ml", "not litres"),
        ({"what": "GEL,1000,catapult"}, "dispenser", "elbow_lever, sachet"),
        ({"whom": "HOSPITAL"}, "buyer_role", "END_USER, RESELLER"),
        ({"price": ",TTC"}, "price_eur", "empty; write the price"),
        ({"price": "-1,TTC"}, "price_eur", "write the price"),
        ({"price": "1e3,TTC"}, "price_eur", "write the price"),
        ({"price": "nan,TTC"}, "price_eur", "write the price"),
        ({"price": "9999999999,TTC"}, "price_eur", "check the figure"),
        ({"price": "13.19,"}, "tax_basis", "TTC, HT"),
        ({"price": "13.19,VAT"}, "tax_basis", "TTC, HT"),
    ],
)
def test_bad_cell_is_named_with_its_remedy(check, cells, column, remedy):
    text = refused(check, f"{HEADINGS}\n{line()}\n{line(**cells)}\n")
    assert text.startswith(f"row 3, column {column}: ")
    assert remedy in text


def test_every_bad_row_is_named(check):
    text = refused(check, f"{HEADINGS}\n{line(day='x')}\n\n{line()}\n{line(whom='y')}\n")
    assert [each.split(":")[0] for each in text.splitlines()] == [
        "row 2, column date",
        "row 5, column buyer_role",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        (f"{HEADINGS.replace('date,', '')}\n", "row 1, column date: missing"),
        (f"{HEADINGS},date\n", "row 1, column date: there twice"),
        (f'{HEADINGS}\n"2020', "no CSV table"),
        (f"{HEADINGS}\n{line(price='13,19,TTC')}\n", 'cells that contain "," into quotes'),
        (b"\xff\xfe\x00", "neither UTF-8 nor Windows-1252"),
    ],
)
def test_file_that_is_no_table_of_prices_is_refused(check, content, told):
    assert told in refused(check, content)


def test_file_that_is_not_there_is_refused(check, tmp_path):
    assert "prices" in refused(check, HEADINGS, "--out", str(tmp_path / "no" / "prices.csv"))
    with pytest.raises(CommandError) as caught:
        call_command("check_prices", str(tmp_path / "absent.csv"))
    assert caught.value.returncode == 2


def test_further_columns_and_the_order_of_rows_are_kept(check):
    lines = [f"{number},{line(price=f'{number},TTC')}" for number in range(20, 9, -1)]
    rows = check("\n".join([f"supplier,{HEADINGS}", *lines]))
    assert next(iter(rows[0])) == "supplier"
    assert [row["supplier"] for row in rows] == [str(number) for number in range(20, 9, -1)]
    assert [row["verdict"] for row in rows] == [
        "PASS" if Decimal(number) <= Decimal("13.19") else "FAIL" for number in range(20, 9, -1)
    ]
