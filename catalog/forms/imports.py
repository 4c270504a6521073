"""A file about many offers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.enums import ImportKind, ImportMode
from core.forms import OperationForm


class ImportForm(OperationForm, forms.Form):
    """A file, what it says, and what becomes of wrong rows."""

    kind = forms.ChoiceField(
        label=_("What the file says"),
        choices=ImportKind.choices,
        initial=ImportKind.STOCK,
        widget=forms.RadioSelect,
    )
    upload = forms.FileField(
        label=_("File"),
        help_text=_("CSV or Excel (.xlsx), at most 32 MB and 250,000 rows."),
        allow_empty_file=True,
    )
    mode = forms.ChoiceField(
        label=_("If rows are wrong, apply"),
        choices=ImportMode.choices,
        initial=ImportMode.ALL_OR_NOTHING,
        widget=forms.RadioSelect,
        help_text=_("You see every change before anything is applied."),
    )
