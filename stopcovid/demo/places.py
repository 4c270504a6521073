"""The demo's invented organisations, read from the small tables beside this file."""

import csv
from collections.abc import Iterator
from pathlib import Path

from stdnum import luhn


HERE = Path(__file__).parent


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one table ("suppliers", "buyers")."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def invented_siret(number: int) -> str:
    """A SIRET whose keys are right and whose SIREN, beginning with 000, was never given out."""
    siren = f"000{number:05d}"
    siren += luhn.calc_check_digit(siren)
    return siren + "0001" + luhn.calc_check_digit(siren + "0001")


def invented_finess(department: str, number: int) -> str:
    """A FINESS number whose key is right, in a series that the register does not use."""
    start = department[:2] + f"9{900 + number:05d}"
    digits = start.replace("A", "1").replace("B", "2")
    return start + luhn.calc_check_digit(digits)
