"""Quantities and prices as people type them."""

from decimal import Decimal

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from core.units import MAX_UNITS


SPACES = str.maketrans("", "", " \u00a0\u202f")


class UnitsField(forms.IntegerField):
    """Whole single units; the spaces that people write between thousands do not matter."""

    default_error_messages = {
        "invalid": _("Write a whole number of units in digits, for example 1250."),
        "required": _("Say how many units."),
    }

    def __init__(self, *, least: int = 1, most: int = MAX_UNITS, **kwargs: object) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
        )
        super().__init__(**kwargs)
        self.validators += [
            MinValueValidator(least, _("At least %(limit_value)s: correct the quantity.")),
            MaxValueValidator(most, _("At most %(limit_value)s: correct the quantity.")),
        ]

    def to_python(self, value: object) -> int | None:
        """The number without the spaces between its thousands."""
        return super().to_python(value.translate(SPACES) if isinstance(value, str) else value)


class PriceField(forms.DecimalField):
    """Euros excluding tax; a comma or a point before the decimals."""

    default_error_messages = {
        "invalid": _("Write a price in digits, for example 0.45."),
    }

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        )
        super().__init__(min_value=Decimal(0), max_digits=12, decimal_places=4, **kwargs)

    def to_python(self, value: object) -> Decimal | None:
        """The amount, a comma taken for a point."""
        if isinstance(value, str):
            value = value.translate(SPACES).replace(",", ".").removesuffix("€")
        return super().to_python(value)
