"""A file for a product sheet."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.enums import SheetFileKind
from core.forms import OperationForm


class SheetFileForm(OperationForm, forms.Form):
    """What it is, the file, and for a photo what it shows."""

    kind = forms.ChoiceField(label=_("What it is"), choices=SheetFileKind.choices)
    upload = forms.FileField(
        label=_("File"),
        help_text=_("Safety data sheet: PDF. Photo: JPEG, PNG or WebP. At most 10 MB."),
        allow_empty_file=True,
        widget=forms.ClearableFileInput({"accept": ".pdf,.png,.jpg,.jpeg,.webp"}),
        error_messages={"required": _("Choose a file.")},
    )
    alt = forms.CharField(
        label=_("What the photo shows"),
        max_length=200,
        required=False,
        help_text=_("For those who cannot see it. Needed for photos."),
    )
