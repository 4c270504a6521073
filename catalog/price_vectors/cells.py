"""One cell of a row of prices → what it means, as people write it."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from catalog.enums import BuyerSide, Dispenser, ProductKind, TaxBasis


Choice = TypeVar("Choice", ProductKind, BuyerSide, TaxBasis)
SPACES = str.maketrans("", "", " \u00a0\u202f'")
MOST_ML = 10_000_000
"""Ten cubic metres: above any container on the road."""
MOST_EUR = Decimal(10**9)

ORDINARY_WORDS = frozenset(
    {
        *("NONE", "NO", "NA", "N_A", "ORDINARY", "STANDARD", "PLAIN", "NORMAL", "BOTTLE", "CAN"),
        *("JERRYCAN", "PUMP", "CONTAINER", "AUCUN", "ORDINAIRE", "FLACON", "BIDON", "POMPE"),
    }
)
DISPENSER_STEMS = {
    "ELBOW": Dispenser.ELBOW_LEVER,
    "COUDE": Dispenser.ELBOW_LEVER,
    "LEVER": Dispenser.ELBOW_LEVER,
    "CARTRIDGE": Dispenser.ELBOW_LEVER,
    "CARTOUCHE": Dispenser.ELBOW_LEVER,
    "CONTACTLESS": Dispenser.ELBOW_LEVER,
    "PUSH_BUTTON": Dispenser.ELBOW_LEVER,
    "SACHET": Dispenser.SACHET,
    "SINGLE_DOSE": Dispenser.SACHET,
    "UNIDOSE": Dispenser.SACHET,
    "BULK": Dispenser.PHARMACY_BULK,
    "VRAC": Dispenser.PHARMACY_BULK,
    "PHARMAC": Dispenser.PHARMACY,
}
"""Part of a word → what it means; the first that is found."""


class Fault(Exception):
    """A cell that cannot be read: what to write instead."""


def name_of(heading: str) -> str:
    """A heading without capitals, accents and spaces."""
    return word_of(heading).lower()


def word_of(cell: str) -> str:
    """Capitals joined by underscores, accents taken off: "Elbow-lever" → "ELBOW_LEVER"."""
    bare = unicodedata.normalize("NFKD", cell).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9]+", "_", bare.upper()).strip("_")


def _day(cell: str) -> date:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        pass
    try:
        return datetime.strptime(cell, "%d/%m/%Y").date()  # noqa: DTZ007 - a calendar day
    except ValueError:
        raise Fault("write the day as 2020-03-10 or 10/03/2020") from None


def _number(cell: str) -> Decimal:
    plain = cell.translate(SPACES).removesuffix("€").replace(",", ".")
    if not re.fullmatch(r"\d+(\.\d*)?|\.\d+", plain, re.ASCII):
        raise InvalidOperation
    return Decimal(plain)


def _container(cell: str) -> Decimal | None:
    if not cell:
        return None
    try:
        millilitres = _number(cell.lower().removesuffix("ml"))
    except InvalidOperation:
        raise Fault("write millilitres in digits, for example 500") from None
    if millilitres > MOST_ML:
        raise Fault(f"at most {MOST_ML} ml; write millilitres, not litres or units")
    return millilitres


def _price(cell: str) -> Decimal:
    try:
        price = _number(cell)
    except InvalidOperation:
        raise Fault("write the price of one unit in euros, for example 13.19") from None
    if price > MOST_EUR:
        raise Fault("no unit costs a billion euros; check the figure")
    return price


def _dispenser(cell: str) -> Dispenser:
    word = word_of(cell)
    if not word or word in ORDINARY_WORDS:
        return Dispenser.NONE
    if word in Dispenser.values:
        return Dispenser(word)
    found = [meant for stem, meant in DISPENSER_STEMS.items() if stem in word]
    if not found:
        raise Fault("write one of none, elbow_lever, sachet, pharmacy, pharmacy_bulk")
    return found[0]


def _one_of(choices: type[Choice]) -> Callable[[str], Choice]:
    def read(cell: str) -> Choice:
        try:
            return choices(word_of(cell))
        except ValueError:
            raise Fault(f"write one of {', '.join(choices.values)}") from None

    return read


READERS: dict[str, Callable[[str], Any]] = {
    "date": _day,
    "product_kind": _one_of(ProductKind),
    "container_ml": _container,
    "dispenser": _dispenser,
    "buyer_role": _one_of(BuyerSide),
    "price_eur": _price,
    "tax_basis": _one_of(TaxBasis),
}
