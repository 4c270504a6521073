from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import (
    ADDRESS_WIDGETS,
    FileForm,
    department_field,
    postcode_field,
    siret_field,
)
from buyers.enums import BuyerKind, BuyerRole
from buyers.models import Buyer, Site
from core.forms import OperationForm
from core.identifiers import clean_finess, clean_siret


KNOWN_TO_REGISTER = ["name", "postcode", "city", "department"]
"""What the register says needs no field, and cannot be typed over."""


def finess_field():
    return forms.CharField(
        label=_("FINESS number"),
        help_text=_("9 characters; of the establishment, not of its legal entity."),
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class NumbersForm(OperationForm, forms.Form):
    """The first step: which establishment, of which kind."""

    kind = forms.ChoiceField(label=_("What you are"), choices=BuyerKind.choices)
    finess = finess_field()
    siret = siret_field(required=False)

    def clean_finess(self):
        return clean_finess(self.cleaned_data["finess"]) if self.cleaned_data["finess"] else ""

    def clean_siret(self):
        return clean_siret(self.cleaned_data["siret"]) if self.cleaned_data["siret"] else ""

    def clean(self):
        numbers = (self.cleaned_data.get("finess"), self.cleaned_data.get("siret"))
        if not self.errors and not any(numbers):
            self.add_error("finess", _("Give the FINESS number; without one, the SIRET number."))


class BuyerForm(FileForm):
    """The file itself; `entry` is what the register knows of the establishment."""

    finess = finess_field()
    siret = siret_field(required=False)
    postcode = postcode_field()
    department = department_field()

    class Meta:
        model = Buyer
        fields = [
            "kind",
            "finess",
            "siret",
            "name",
            "group",
            "street",
            "postcode",
            "city",
            "department",
            "phone",
            "beds",
            "icu_beds",
            "staff",
        ]
        widgets = ADDRESS_WIDGETS
        help_texts = {
            "beds": _("Fair shares of scarce goods are reckoned from these figures."),
            "icu_beds": _("Part of the beds above."),
            "group": _("If you belong to one."),
        }

    def __init__(self, *args, entry=None, **kwargs):
        super().__init__(*args, **kwargs)
        if entry is not None:
            for name in KNOWN_TO_REGISTER:
                del self.fields[name]

    def clean_finess(self):
        return clean_finess(self.cleaned_data["finess"]) if self.cleaned_data["finess"] else ""


class NewBuyerForm(BuyerForm):
    """The second step: the numbers were given in the first."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("kind", "finess", "siret"):
            self.fields[name].widget = forms.HiddenInput()


class SiteForm(FileForm):
    postcode = postcode_field(required=True)
    department = department_field()

    class Meta:
        model = Site
        fields = ["name", "finess", "street", "postcode", "city", "department", "instructions"]
        widgets = ADDRESS_WIDGETS | {"name": forms.TextInput(attrs={"autocomplete": "off"})}
        help_texts = {
            "name": _("As the driver knows it. Example: central pharmacy."),
            "instructions": _("Gate, hours, whom to call."),
        }

    clean_finess = BuyerForm.clean_finess


class MemberForm(OperationForm, forms.Form):
    user_email = forms.EmailField(
        label=_("E-mail address"), help_text=_("The one with which the person signs in here.")
    )
    role = forms.ChoiceField(label=_("Role"), choices=BuyerRole.choices)
    order_limit_eur = forms.DecimalField(
        label=_("Orders without approval up to (€ excl. tax)"),
        help_text=_("For requesters. Empty: no limit."),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        required=False,
    )
