"""Cells into figures: a quick way for the plain ones, the pages' own fields for all others."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalog.attributes import NO, YES
from catalog.checks import MAX_LEAD_TIME_DAYS
from catalog.fields import DayField, DepartmentsField, PriceField, UnitsField
from core.errors import DomainError


PLAIN_UNITS = re.compile(r"\d{1,9}", re.ASCII)
PLAIN_PRICE = re.compile(r"\d{1,8}(?:[.,]\d{1,4})?", re.ASCII)
WHOLE = re.compile(r"(\d+)[.,]0+", re.ASCII)
STEP = Decimal("0.0001")
KEPT = 1000
"""Cells that were read before."""
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


def _read(field: forms.Field) -> Callable[[str], Any]:
    """As a field of a page reads it."""

    def parse(cell: str) -> Any:  # noqa: ANN401 - whatever the field makes of it
        try:
            return field.clean(cell)
        except ValidationError as error:
            raise DomainError(" ".join(error.messages)) from error

    return lru_cache(KEPT)(parse)


def _counted(**limits: Any) -> Callable[[str], Any]:  # noqa: ANN401 - of the field
    """Whole numbers, as spreadsheets write them, too: “12.0”."""
    read = _read(UnitsField(**limits))

    def parse(cell: str) -> Any:  # noqa: ANN401 - None where nothing is needed
        whole = WHOLE.fullmatch(cell)
        return read(whole[1] if whole else cell)

    return parse


def _day(cell: str) -> date | None:
    """Spreadsheets add the hour of midnight to a day."""
    return _calendar_day(cell.removesuffix(" 00:00:00"))  # type: ignore[no-any-return]


def _yes_or_no(cell: str) -> bool:
    said = cell.casefold()
    if said not in YES | NO:
        raise DomainError(_("Write “yes” or “no”, or leave the cell empty."))
    return said in YES


def _reference(cell: str) -> str:
    return cell if len(cell) <= LONGEST_REFERENCE else _clean(_long_reference, cell)


LONGEST_REFERENCE = 60
_long_reference = forms.CharField(max_length=LONGEST_REFERENCE)
_calendar_day = _read(DayField(required=False))
PARSERS: dict[str, Callable[[str], Any]] = {
    "on_hand_units": units,
    "unit_price_eur": price,
    "pack_units": _counted(),
    "min_order_units": _counted(),
    "max_per_buyer_units": _counted(required=False),
    "lead_time_days": _counted(least=0, most=MAX_LEAD_TIME_DAYS),
    "departments": _read(DepartmentsField(required=False)),
    "available_from": _day,
    "available_until": _day,
    "on_sale": _yes_or_no,
    "supplier_reference": _reference,
    "from_units": _counted(least=2),
}
