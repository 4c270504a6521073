"""Quantities, prices and days as people type them, departments as they tick them."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from core.places import Department, regions, validate_department
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


REGION = "R"
"""Stands before the code of a region: R11 is all of Île-de-France, 11 the Aude."""


class RegionsSelect(forms.CheckboxSelectMultiple):
    """A tick box for each region, and folded below it one for each of its departments."""

    template_name = "catalog/includes/regions.html"

    def format_value(self, value: object) -> list[str]:
        """Codes of departments and regions, as a list or as somebody typed them."""
        words = " ".join(value) if isinstance(value, list | tuple) else str(value or "")
        return words.upper().replace(",", " ").replace(";", " ").split()

    def get_context(self, name: str, value: object, attrs: dict[str, object]) -> dict[str, object]:
        """The regions as the template shows them; a whole one is ticked itself, not its parts."""
        context = super().get_context(name, value, attrs)
        ticked, id_ = set(self.format_value(value)), context["widget"]["attrs"].get("id", name)
        context["regions"] = [_region(*each, ticked, id_) for each in regions().items()]
        return context


def _region(code: str, inside: list[Department], ticked: set[str], id_: str) -> dict[str, object]:
    served = [place for place in inside if place.code in ticked]
    whole = REGION + code in ticked or len(served) == len(inside)
    alone = len(inside) == 1
    return {
        "value": inside[0].code if alone else REGION + code,
        "name": inside[0] if alone else inside[0].region,
        "id": f"{id_}-{REGION}{code}",
        "is_ticked": whole,
        "served": 0 if whole else len(served),
        "all": len(inside),
        "parts": []
        if alone
        else [
            {
                "value": place.code,
                "name": place,
                "id": f"{id_}-{place.code}",
                "is_ticked": not whole and place in served,
            }
            for place in inside
        ],
    }


class DepartmentsField(forms.CharField):
    """Departments, ticked one by one or by region; empty stands for all of France."""

    widget = RegionsSelect

    def to_python(self, value: object) -> list[str]:
        """["75", "R94"] or “75, r94” → ["75", "2A", "2B"], each once."""
        found = []
        for word in self.widget.format_value(value):
            region = regions().get(word.removeprefix(REGION)) if word[0] == REGION else None
            found += [place.code for place in region] if region else [word]
        return list(dict.fromkeys(found))

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
