"""What people type about the searches that they keep."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.enums import AlertPace
from core.forms import OperationForm


class SaveSearchForm(OperationForm, forms.Form):
    """A name for the search on the page."""

    name = forms.CharField(label=_("Name of this search"), max_length=80)
    querystring = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)


class AlertForm(forms.Form):
    """How soon to hear of what is new."""

    alerts = forms.ChoiceField(label=_("Alert"), choices=AlertPace.choices)
