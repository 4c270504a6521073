from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_info, gettext, gettext_lazy as _

from accounts.filing import clean_postcode
from accounts.models import User
from core.forms import OperationForm
from core.identifiers import clean_siret
from core.places import department_choices


class SignupDetails(forms.Form):
    """What signing up asks beside e-mail and password."""

    full_name = forms.CharField(
        label=_("First and last name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the person exists."""
        user.full_name = self.cleaned_data["full_name"]
        user.language = request.LANGUAGE_CODE[:2]
        user.save(update_fields=["full_name", "language"])


def _text(attrs):
    return forms.TextInput(attrs=attrs)


def siret_field(*, required):
    return forms.CharField(
        label=_("SIRET number"),
        help_text=_("14 digits, on the Kbis extract and on invoices."),
        max_length=20,
        required=required,
        widget=_text({"inputmode": "numeric", "autocomplete": "off"}),
    )


def postcode_field(*, required=False):
    return forms.CharField(
        label=_("Postcode"),
        max_length=6,
        required=required,
        widget=_text({"inputmode": "numeric", "autocomplete": "postal-code"}),
    )


def department_field():
    return forms.ChoiceField(
        label=_("Department"),
        help_text=_("Left empty, it is found from the postcode."),
        choices=lambda: [("", gettext("from the postcode")), *department_choices()],
        required=False,
    )


ADDRESS_WIDGETS = {
    "name": _text({"autocomplete": "organization"}),
    "street": _text({"autocomplete": "address-line1"}),
    "city": _text({"autocomplete": "address-level2"}),
    "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
}


class FileForm(OperationForm, forms.ModelForm):
    """Part of an organisation's file; the operation checks the rest and writes the row."""

    def _post_clean(self):
        """Leave the instance alone: it is what the page shows until the operation has agreed."""

    def clean_siret(self):
        value = self.cleaned_data["siret"]
        return clean_siret(value) if value else ""

    def clean_postcode(self):
        value = self.cleaned_data["postcode"]
        return clean_postcode(value) if value else ""


class AccountForm(forms.ModelForm):
    """What people may change about themselves."""

    language = forms.ChoiceField(
        label=_("Language of pages and e-mails"),
        choices=[
            (code, get_language_info(code)["name_local"].capitalize())
            for code, _name in settings.LANGUAGES
        ],
        widget=forms.RadioSelect,
    )

    class Meta:
        model = User
        fields = ["full_name", "language"]
        labels = {"full_name": _("First and last name")}
        widgets = {"full_name": forms.TextInput(attrs={"autocomplete": "name"})}
