"""What a supplier types about a lot; the operation judges it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.fields import DayField
from core.forms import OperationForm
from orders.fields import UnitsField


class LotForm(OperationForm, forms.Form):
    """A lot that came out of production, or that stands in the warehouse already."""

    number = forms.CharField(
        label=_("Lot number"),
        max_length=40,
        help_text=_("As printed on the packs."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    units = UnitsField(label=_("Units"))
    made_on = DayField(label=_("Made on"), required=False)
    expires_on = DayField(
        label=_("Use by"),
        required=False,
        help_text=_("The lot goes off sale the day after. Empty: it does not expire."),
    )
    counted = forms.BooleanField(
        label=_("These units are part of the stock already"),
        required=False,
        help_text=_("Tick it for goods that you have counted before; new goods add to the stock."),
    )
