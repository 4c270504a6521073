"""Rows of the stock table."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.fields import PriceField, UnitsField
from catalog.models import Offer
from core.forms import OperationForm


class StockRowForm(OperationForm, forms.Form):
    """One row of the stock table; only what differs from what the page showed is asked for."""

    on_hand_units = UnitsField(label=_("Stock (units)"), least=0, show_hidden_initial=True)
    unit_price_eur = PriceField(label=_("Unit price (€ excl. tax)"), show_hidden_initial=True)
    lead_time_days = UnitsField(
        label=_("Lead time (days)"), least=0, most=365, show_hidden_initial=True
    )

    def __init__(self, data=None, *, offer: Offer, **kwargs):
        self.offer = offer
        shown = {name: getattr(offer, name) for name in self.base_fields}
        super().__init__(data, prefix=str(offer.public_id), initial=shown, **kwargs)

    def cells(self) -> list[tuple[forms.BoundField, str]]:
        """Each cell, and the hidden note of what the page showed in it."""
        return [(cell, cell.as_hidden(only_initial=True)) for cell in self]

    def asked(self) -> dict:
        """The row as `operations.revise_all` takes it."""
        typed = {name: self.cleaned_data[name] for name in self.changed_data}
        counted = typed.pop("on_hand_units", None)
        return {
            "offer": self.offer,
            "on_hand_units": counted,
            "expected_on_hand_units": self._shown_count(),
            "terms": typed,
        }

    def _shown_count(self) -> int | None:
        cell = self["on_hand_units"]
        try:
            return cell.field.to_python(self.data.get(cell.html_initial_name))
        except forms.ValidationError:
            return None
