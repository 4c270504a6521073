"""The prices of larger quantities as rows of two fields each, named as the API names them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy as _

from catalog.checks import MAX_TIERS, Tier
from catalog.fields import PriceField, UnitsField
from catalog.models import PriceTier
from catalog.prices import euros


QUANTITY, PRICE = "from_units", "unit_price_eur"
HEADS = (_("From (units)"), _("Unit price (€ excl. tax)"))
NAMES = [f"tiers.{row}.{name}" for row in range(MAX_TIERS) for name in (QUANTITY, PRICE)]
"""In the order of the page."""


def fields() -> Iterator[tuple[str, forms.Field]]:
    """An empty form's rows, by name."""
    for row in range(MAX_TIERS):
        words, (quantity, price) = {"row": row + 1}, _names(row)
        label = gettext("Row %(row)d: from how many units on") % words
        yield quantity, UnitsField(label=label, least=2, required=False)
        yield (
            price,
            PriceField(label=gettext("Row %(row)d: price of a unit") % words, required=False),
        )


def initial(tiers: Iterable[PriceTier]) -> dict[str, Any]:
    """What the rows show of an offer as it stands."""
    return {
        f"tiers.{row}.{name}": getattr(tier, name)
        for row, tier in enumerate(tiers)
        for name in (QUANTITY, PRICE)
    }


def in_words(tiers: Sequence[PriceTier]) -> str:
    """What a folded part says of them."""
    if not tiers:
        return gettext("none")
    last = tiers[-1]
    return gettext("down to %(price)s € from %(units)s units on") % {
        "price": euros(last.unit_price_eur),
        "units": number_format(last.from_units, force_grouping=True),
    }


def take(form: forms.Form) -> list[Tier]:
    """The rows that were filled in, out of the form's cleaned data.

    A row of which one half is missing gets an error at that half. Empty rows in between are closed
    up, so that the rows on the page are those that the operation counts.
    """
    found, kept = [], []
    for row in range(MAX_TIERS):
        names = _names(row)
        values = [form.cleaned_data.pop(name, None) for name in names]
        if None not in values:
            found.append(Tier(*values))
            kept.append(row)
        elif values != [None, None]:
            _complain(form, names[values.index(None)], row)
    if not form.errors.keys() & set(NAMES):
        _close_up(form, kept)
    return found


def _names(row: int) -> list[str]:
    return [f"tiers.{row}.{name}" for name in (QUANTITY, PRICE)]


def _close_up(form: forms.Form, kept: list[int]) -> None:
    typed = {new: [form.data[name] for name in _names(old)] for new, old in enumerate(kept)}
    form.data = form.data.copy()
    for row in range(MAX_TIERS):
        form.data.update(dict(zip(_names(row), typed.get(row, ["", ""]), strict=True)))


def _complain(form: forms.Form, name: str, row: int) -> None:
    if name not in form.errors:
        message = _("Row %(row)d: give both the quantity and the price, or neither.")
        form.add_error(name, ValidationError(message, params={"row": row + 1}))
