"""Which product sheets a certificate names."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog import proofs
from catalog.models import Product
from catalog.prices import RuleBook
from core.forms import OperationForm
from suppliers.models import Certificate


class SheetsField(forms.ModelMultipleChoiceField):
    """Product sheets to tick, under the reader's name for each."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, product):
        """Shelf first, then the GTIN that stands on the box."""
        named = f"{product.category.title} · {product.title}"
        return f"{named} · {product.gtin}" if product.gtin else named


def sheets_field(**given) -> SheetsField:
    """The field of both forms, the supplier's and the reviewer's."""
    return SheetsField(
        Product.objects.none(),
        label=_("Products that it names"),
        required=False,
        help_text=_(
            "Tick what stands on the certificate: it then proves these products and no others. "
            "Nothing ticked: it speaks for every product of its standard."
        ),
        **given,
    )


def open_to(certificate: Certificate, *, also=()):
    """The sheets that the forms let choose."""
    return proofs.open_to(certificate, rules=RuleBook(timezone.localdate()), also=also)


class NamedSheetsForm(OperationForm, forms.Form):
    """The supplier's choice; `also`: slugs of sheets to be ticked beside those named."""

    products = sheets_field(to_field_name="slug")

    def __init__(self, *args, certificate: Certificate, also=(), **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["products"]
        field.queryset = open_to(certificate, also=also)
        named = certificate.named_sheets.values_list("product__slug", flat=True)
        self.initial.setdefault("products", [*named, *also])
