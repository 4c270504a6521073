"""What buyers type about quantities and needs; posted to the basket, which judges it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.fields import DayField, PriceField, UnitsField
from catalog.models import Product


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
    needed_by = DayField(
        label=_("Needed by"), required=False, help_text=_("Empty: as soon as possible.")
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
