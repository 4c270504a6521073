"""What suppliers type about offers and buyers about needs; the operations judge it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.fields import DepartmentsField, PriceField, UnitsField
from catalog.models import Offer, Product
from core.forms import OperationForm
from suppliers.models import Supplier


TERMS = [
    "unit_price_eur",
    "pack_units",
    "min_order_units",
    "max_per_buyer_units",
    "lead_time_days",
    "departments",
    "certificate",
    "supplier_reference",
]


class SheetField(forms.ModelChoiceField):
    """A product sheet, under the reader's name for it."""

    def label_from_instance(self, product):
        """Shelf first, so that typing finds it."""
        return f"{product.category.title} · {product.title}"


class TermsForm(OperationForm, forms.ModelForm):
    """The terms of an offer."""

    unit_price_eur = PriceField(
        label=_("Unit price (€ excl. tax)"),
        help_text=_("For one single unit, delivery not included. 0 is a donation."),
    )
    pack_units = UnitsField(
        label=_("Units per pack"), help_text=_("You ship whole packs only."), initial=1
    )
    min_order_units = UnitsField(
        label=_("Minimum order (units)"),
        help_text=_("A whole number of packs; 1 stands for one pack."),
        initial=1,
    )
    max_per_buyer_units = UnitsField(
        label=_("Most units per buyer"), required=False, help_text=_("Empty: no limit.")
    )
    lead_time_days = UnitsField(
        label=_("Lead time (days)"),
        least=0,
        most=365,
        help_text=_("From your acceptance to delivery."),
        initial=2,
    )
    departments = DepartmentsField(
        label=_("Departments served"),
        required=False,
        help_text=_("Codes such as 75, 92, 2A. Empty: all of France."),
    )
    supplier_reference = forms.CharField(
        label=_("Your reference"),
        max_length=60,
        required=False,
        help_text=_("Only you see it."),
    )

    class Meta:
        model = Offer
        fields = TERMS

    def __init__(self, *args, supplier: Supplier, product: Product | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        proofs = supplier.certificates.all()
        field = self.fields["certificate"]
        if product is not None:
            proofs = proofs.filter(standard=product.standard)
            field.help_text = _("Needed for: %(standard)s.") % {
                "standard": product.get_standard_display()
            }
        else:
            field.help_text = _("For products with a standard to be certified.")
        field.queryset = proofs
        field.empty_label = _("none")
        if product is not None and not product.standard:
            del self.fields["certificate"]

    def _post_clean(self):
        """The operation builds and judges the offer; the form only reads what was typed."""


class NewOfferForm(TermsForm):
    """A new offer: of which sheet, with how much in stock."""

    product = SheetField(
        Product.objects.none(),
        to_field_name="slug",
        label=_("Product sheet"),
        empty_label=_("choose"),
        error_messages={"required": _("Choose what you offer.")},
    )
    on_hand_units = UnitsField(
        label=_("Stock (units)"),
        least=0,
        help_text=_("What stands in your warehouse now, in single units."),
    )
    field_order = ["product", "unit_price_eur", "on_hand_units"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        sheets = Product.objects.visible_to(user).filter(is_active=True)
        self.fields["product"].queryset = sheets.select_related("category")


class StockForm(OperationForm, forms.Form):
    """An absolute count; `expected_on_hand_units` is what the page showed."""

    on_hand_units = UnitsField(
        label=_("Stock (units)"),
        least=0,
        help_text=_("Count everything in the warehouse, units promised to buyers included."),
    )
    expected_on_hand_units = forms.IntegerField(required=False, widget=forms.HiddenInput)


class PickForm(forms.Form):
    """How much of a picked offer; posted to the basket, which judges it."""

    requested_units = UnitsField(
        label=_("Quantity (units)"), help_text=_("In single units, not in boxes or pallets.")
    )


class NeedForm(PickForm):
    """A need that the next round serves; posted to the basket, which judges it."""

    min_useful_units = UnitsField(
        label=_("Minimum useful (units)"),
        least=0,
        required=False,
        help_text=_("Below this quantity you would rather receive nothing. Empty: any."),
    )
    needed_by = forms.DateField(
        label=_("Needed by"),
        required=False,
        help_text=_("Empty: as soon as possible."),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    max_unit_price_eur = PriceField(
        label=_("Highest unit price (€ excl. tax)"),
        required=False,
        help_text=_("Empty: any price within the legal ceiling."),
    )
    substitutes = forms.ModelMultipleChoiceField(
        Product.objects.none(),
        to_field_name="slug",
        label=_("Would also do"),
        required=False,
        help_text=_("At most three, in the order shown."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, substitutes, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["substitutes"]
        field.queryset = substitutes
        field.label_from_instance = lambda product: product.title
        if not substitutes:
            del self.fields["substitutes"]
