"""Cells into figures: a quick way for the plain ones, the pages' own fields for all others."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from catalog.fields import PriceField, UnitsField
from core.errors import DomainError


PLAIN_UNITS = re.compile(r"\d{1,9}", re.ASCII)
PLAIN_PRICE = re.compile(r"\d{1,8}(?:[.,]\d{1,4})?", re.ASCII)
WHOLE = re.compile(r"(\d+)[.,]0+", re.ASCII)
STEP = Decimal("0.0001")
_units = UnitsField(least=0)
_price = PriceField()


def units(cell: str) -> int:
    """Whole single units, 0 included. Raises DomainError."""
    if PLAIN_UNITS.fullmatch(cell):
        return int(cell)
    whole = WHOLE.fullmatch(cell)
    return int(_clean(_units, whole[1] if whole else cell))


def price(cell: str) -> Decimal:
    """Euros with four decimals, a comma or a point before them. Raises DomainError."""
    if PLAIN_PRICE.fullmatch(cell):
        return Decimal(cell.replace(",", ".")).quantize(STEP)
    return Decimal(_clean(_price, cell)).quantize(STEP)


def _clean(field: forms.Field, cell: str) -> str:
    try:
        return str(field.clean(cell))
    except ValidationError as error:
        raise DomainError(" ".join(error.messages)) from error


def gtin_key(cell: str) -> str:
    """A GTIN of any length as fourteen digits: spreadsheets eat the zeros in front."""
    return cell.replace(" ", "").zfill(14)


PARSERS: dict[str, Callable[[str], Any]] = {"on_hand_units": units, "unit_price_eur": price}
