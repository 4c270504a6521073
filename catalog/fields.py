"""Quantities, prices, days and lists of departments as people type them."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from core.places import validate_department
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
        super().__init__(localize=False, **kwargs)
        self.validators += [
            MinValueValidator(least, _("At least %(limit_value)s: correct the figure.")),
            MaxValueValidator(most, _("At most %(limit_value)s: correct the figure.")),
        ]

    def to_python(self, value: object) -> int | None:
        """The number without the spaces between its thousands."""
        return super().to_python(value.translate(SPACES) if isinstance(value, str) else value)


class PriceField(forms.DecimalField):
    """Euros excluding tax; a comma or a point before the decimals."""

    default_error_messages = {
        "invalid": _("Write a price in digits, for example 0.45."),
        "required": _("Give a price; 0 is a donation."),
        "min_value": _("A price is not negative; 0 is a donation."),
    }

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        )
        super().__init__(min_value=Decimal(0), max_digits=12, decimal_places=4, **kwargs)
        self.validators = [
            MinValueValidator(Decimal(0), self.error_messages["min_value"])
            if isinstance(each, MinValueValidator)
            else each
            for each in self.validators
        ]

    def to_python(self, value: object) -> Decimal | None:
        """The amount, a comma taken for a point."""
        if isinstance(value, str):
            value = value.translate(SPACES).removesuffix("€").replace(",", ".")
        return super().to_python(value)

    def prepare_value(self, value: object) -> object:
        """2.5000 is shown as 2.50 (2,50 in French), and 0.0873 with its four decimals."""
        if not isinstance(value, Decimal):
            return value
        plain = value.normalize()
        places = max(2, -int(plain.as_tuple().exponent))
        return number_format(value, places, use_l10n=True)


class DayField(forms.DateField):
    """A day, from the browser's own calendar."""

    default_error_messages = {
        "invalid": _("Write a day as year-month-day, for example 2020-04-30.")
    }

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("widget", forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
        super().__init__(input_formats=["%Y-%m-%d", "%d/%m/%Y"], **kwargs)


class DepartmentsField(forms.CharField):
    """Department codes, separated by commas or spaces; empty stands for all of France."""

    def to_python(self, value: object) -> list[str]:
        """“75, 92 2a” → ["75", "92", "2A"], each once."""
        words = super().to_python(value).upper().replace(",", " ").replace(";", " ").split()
        return list(dict.fromkeys(words))

    def validate(self, value: list[str]) -> None:
        """Every code is a department of today."""
        super().validate(value)
        wrong = []
        for code in value:
            try:
                validate_department(code)
            except ValidationError as error:
                wrong.append(error)
        if wrong:
            raise ValidationError(wrong)

    def run_validators(self, value: list[str]) -> None:
        """Those of text do not apply to a list."""

    def prepare_value(self, value: object) -> object:
        """Codes with commas between them; what was typed stays as it is."""
        return ", ".join(value) if isinstance(value, list) else value
