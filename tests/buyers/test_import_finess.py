"""`manage.py import_finess`: the public register of health establishments."""

import csv
import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from buyers.models import RegisterEntry
from buyers.register import COLUMNS, lookup
from tests.factories import finess, siret


pytestmark = pytest.mark.django_db
REAL = Path(settings.BASE_DIR).parent / "shared" / "reference" / "finess_hospitals.csv"


def row(number, **fields):
    values = {
        "nofinesset": finess(number),
        "nofinessej": finess(number + 500),
        "rs_courte": "CH INVENTE",
        "rs_longue": "CENTRE HOSPITALIER INVENTE",
        "departement_code": "01",
        "ville_cp": "01440 VIRIAT",
        "categorie_libelle": "Centre Hospitalier (C.H.)",
        "statut_juridique_lib": "Etablissement public de santé",
        "siret": siret(number),
    }
    return values | fields


@pytest.fixture
def file(tmp_path):
    def _file(rows, columns=COLUMNS, delimiter=",", encoding="utf-8"):
        path = tmp_path / "finess.csv"
        with path.open("w", encoding=encoding, newline="") as out:
            writer = csv.DictWriter(out, columns, delimiter=delimiter, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        return path

    return _file


class Terminal(io.StringIO):
    def isatty(self):
        return True


def load(path, stderr=None):
    out, err = io.StringIO(), stderr or io.StringIO()
    failed = None
    try:
        call_command("import_finess", str(path), stdout=out, stderr=err)
    except CommandError as error:
        failed = error
    return out.getvalue(), err.getvalue(), failed


def test_import_loads_and_the_same_file_changes_nothing(file):
    path = file([row(1), row(2, rs_longue="", siret="")])
    assert load(path) == ("2 new, 0 changed, 0 unchanged, 0 refused\n", "", None)
    before = list(RegisterEntry.objects.values())
    assert load(path) == ("0 new, 0 changed, 2 unchanged, 0 refused\n", "", None)
    assert list(RegisterEntry.objects.values()) == before
    first = RegisterEntry.objects.get(finess=finess(1))
    assert (first.postcode, first.city, first.department) == ("01440", "VIRIAT", "01")
    assert RegisterEntry.objects.get(finess=finess(2)).name == "CH INVENTE"


def test_import_changes_what_changed(file):
    load(file([row(1), row(2)]))
    out, _err, _failed = load(file([row(1), row(2, rs_longue="NOUVEAU NOM")]))
    assert out == "0 new, 1 changed, 1 unchanged, 0 refused\n"
    assert lookup(finess(2)).name == "NOUVEAU NOM"


@pytest.mark.parametrize(
    ("changes", "column", "remedy"),
    [
        ({"nofinesset": "010000025"}, "nofinesset", "key of this FINESS"),
        ({"nofinesset": ""}, "nofinesset", "9 characters"),
        ({"nofinesset": finess(1)}, "nofinesset", "stands in the file twice"),
        ({"nofinessej": "12"}, "nofinessej", "9 characters"),
        ({"siret": "26010004500013"}, "siret", "key of this SIRET"),
        ({"ville_cp": "VIRIAT"}, "ville_cp", "01440 VIRIAT"),
        ({"departement_code": "75"}, "departement_code", "lies in department 01"),
        ({"rs_courte": "", "rs_longue": ""}, "rs_courte", "has no name"),
    ],
)
def test_import_lists_the_wrong_row_and_loads_the_others(file, changes, column, remedy):
    out, err, failed = load(file([row(1), row(2, **changes), row(3)]))
    assert out == "2 new, 0 changed, 0 unchanged, 1 refused\n"
    assert err.startswith(f"row 3, {column} “")
    assert remedy in err
    assert "1 rows were left out" in str(failed)
    assert failed.returncode == 1


@pytest.mark.parametrize(
    ("code", "place", "department"),
    [
        ("2A", "20169 BONIFACIO", "2A"),
        ("2B", "20200 BASTIA", "2B"),
        ("9A", "97100 BASSE TERRE", "971"),
        ("9F", "97600 MAMOUDZOU", "976"),
        ("9J", "98600 UVEA", "986"),
    ],
)
def test_import_knows_corsica_and_overseas(file, code, place, department):
    rows = [row(1, departement_code=code, ville_cp=place)]
    assert load(file(rows))[2] is None
    assert RegisterEntry.objects.get().department == department


def test_import_corsican_number(file):
    load(file([row(1, nofinesset="2A0000212", departement_code="2A", ville_cp="20169 B")]))
    assert lookup("2A0000212")


def test_import_takes_semicolons_and_a_byte_order_mark(file):
    assert load(file([row(1)], delimiter=";", encoding="utf-8-sig"))[2] is None


def test_import_with_missing_columns_names_them(file):
    _out, _err, failed = load(file([row(1)], columns=COLUMNS[:-1]))
    assert str(failed) == "These columns are missing: siret."


def test_import_of_another_encoding_says_so(file):
    _out, _err, failed = load(file([row(1, rs_courte="HÔPITAL")], encoding="latin-1"))
    assert "not in UTF-8" in str(failed)
    assert not RegisterEntry.objects.exists()


def test_import_of_no_file_says_so(tmp_path):
    _out, _err, failed = load(tmp_path / "nothing.csv")
    assert "nothing.csv cannot be read" in str(failed)


def test_import_shows_progress_on_a_terminal_only(file):
    path = file([row(number) for number in range(3)])
    assert "3 rows read" in load(path, stderr=Terminal())[1]
    assert load(path)[1] == ""


def test_lookup_of_a_siret_of_several_establishments_finds_none(entry):
    known = entry()
    assert lookup(known.siret) == known
    entry(finess=finess(9002))
    assert lookup(known.siret) is None
    assert lookup("") is None


def test_import_of_the_real_extract(django_assert_max_num_queries):
    if not REAL.exists():
        pytest.skip(f"{REAL} is absent")
    with django_assert_max_num_queries(30):
        assert load(REAL)[0] == "4657 new, 0 changed, 0 unchanged, 0 refused\n"
    assert RegisterEntry.objects.count() == 4657
    assert load(REAL)[0] == "0 new, 0 changed, 4657 unchanged, 0 refused\n"
    viriat = lookup("010000024")
    assert (viriat.postcode, viriat.city) == ("01440", "VIRIAT")
    assert lookup("2A0000212").department == "2A"
