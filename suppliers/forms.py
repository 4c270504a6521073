from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import (
    ADDRESS_WIDGETS,
    FileForm,
    department_field,
    postcode_field,
    siret_field,
)
from core.forms import OperationForm
from suppliers.enums import Activity, DocumentKind
from suppliers.models import Certificate, Supplier
from suppliers.operations.proofs import CERTIFYING


class SupplierForm(FileForm):
    siret = siret_field(required=True)
    postcode = postcode_field()
    department = department_field()
    activities = forms.MultipleChoiceField(
        label=_("What you make or trade"),
        choices=Activity.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Supplier
        fields = [
            "name",
            "siret",
            "street",
            "postcode",
            "city",
            "department",
            "phone",
            "activities",
            "gel_regime",
        ]
        widgets = ADDRESS_WIDGETS
        help_texts = {
            "gel_regime": _("Only if you make hydroalcoholic gel (arrêté of 13 March 2020)."),
            "phone": _("The ministry calls back at the number of an official register."),
        }


class UploadField(forms.FileField):
    """The content decides what is allowed; the browser only offers the right files first."""

    widget = forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"})


class DocumentForm(OperationForm, forms.Form):
    kind = forms.ChoiceField(label=_("What it is"), choices=DocumentKind.choices)
    upload = UploadField(
        label=_("File"), help_text=_("PDF, PNG or JPEG, at most 10 MB."), allow_empty_file=True
    )


class CertificateForm(OperationForm, forms.ModelForm):
    class Meta:
        model = Certificate
        fields = [
            "document",
            "standard",
            "standard_class",
            "body_number",
            "scope",
            "issued_on",
            "expires_on",
        ]
        widgets = {
            "body_number": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            "issued_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "expires_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        help_texts = {
            "document": _("Hand the file in first; here you choose which one it is."),
            "body_number": _("4 digits after the CE mark; needed for EN 149."),
        }

    def __init__(self, *args, supplier, **kwargs):
        super().__init__(*args, **kwargs)
        documents = supplier.documents.filter(kind__in=CERTIFYING)
        self.fields["document"].queryset = documents
        self.fields["document"].to_field_name = "public_id"

    def _post_clean(self):
        """The operation checks and writes."""
