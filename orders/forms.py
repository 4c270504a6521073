"""What people type about orders; the operations judge it."""

import datetime

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from buyers.models import Buyer, Site
from catalog.fields import DayField
from catalog.models import Offer, Product
from core.forms import OperationForm
from orders.fields import PriceField, UnitsField
from orders.models import (
    AllocationPolicy,
    AllocationRound,
    Shipment,
    ShipmentLine,
    SupplierOrder,
    SupplierOrderLine,
)


class LineForm(OperationForm, forms.Form):
    """One product for the basket: a picked offer, or a need that any supplier may serve."""

    product = forms.ModelChoiceField(
        Product.objects.none(), to_field_name="slug", widget=forms.HiddenInput
    )
    offer = forms.ModelChoiceField(
        Offer.objects.none(), to_field_name="public_id", required=False, widget=forms.HiddenInput
    )
    requested_units = UnitsField(
        label=_("Quantity"), help_text=_("In single units, not in boxes or pallets.")
    )
    min_useful_units = UnitsField(
        label=_("Minimum useful"),
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
        widget=forms.CheckboxSelectMultiple,
    )

    NEED_ONLY = ("min_useful_units", "max_unit_price_eur", "substitutes")

    def __init__(self, *args, user: User, product: Product, **kwargs):
        super().__init__(*args, **kwargs)
        visible = Product.objects.visible_to(user)
        self.fields["product"].queryset = visible
        self.fields["offer"].queryset = Offer.objects.visible_to(user).on_sale()
        if not product.managed:
            for name in self.NEED_ONLY:
                del self.fields[name]
            return
        others = visible.exclude(pk=product.pk).filter(category=product.category, managed=True)
        self.fields["substitutes"].queryset = others
        self.fields["substitutes"].label_from_instance = lambda each: each.title
        if not others:
            del self.fields["substitutes"]

    def clean_min_useful_units(self) -> int:
        return self.cleaned_data["min_useful_units"] or 0

    def clean_needed_by(self) -> datetime.date | None:
        day = self.cleaned_data["needed_by"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("This day is past: choose today or later."))
        return day


class PlaceForm(OperationForm, forms.Form):
    """Where the basket is to be delivered, and under which number of the buyer's own."""

    site = forms.ModelChoiceField(
        Site.objects.none(),
        to_field_name="public_id",
        label=_("Delivered to"),
        empty_label=None,
        error_messages={"required": _("Choose where the goods are to be delivered.")},
    )
    purchase_order = forms.CharField(
        label=_("Your own order number"),
        max_length=60,
        required=False,
        help_text=_("It will stand on the delivery notes."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, *args, buyer: Buyer, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = buyer.sites.all()


class ReasonForm(OperationForm, forms.Form):
    """Why: a sentence that the other side will read."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("The other side will read this sentence."),
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": _("Say why in a sentence.")},
    )


class AcceptForm(OperationForm, forms.Form):
    """How many units of each line the supplier will deliver; all of them unless changed."""

    def __init__(self, *args, supplier_order: SupplierOrder, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = list(supplier_order.lines.select_related("offer__product"))
        for line in self.lines:
            self.fields[f"line_{line.pk}"] = UnitsField(
                label=line.offer.product.title,
                least=0,
                most=line.units,
                initial=line.units,
            )

    def rows(self) -> list[tuple[SupplierOrderLine, forms.BoundField]]:
        return [(line, self[f"line_{line.pk}"]) for line in self.lines]

    def accepted(self) -> dict[int, int]:
        """Units by the key of the supplier order's line."""
        return {line.pk: self.cleaned_data[f"line_{line.pk}"] for line in self.lines}


class ReceiveForm(OperationForm, forms.Form):
    """What arrived of a shipment: all in good order unless changed."""

    note = forms.CharField(
        label=_("Remark"),
        max_length=300,
        required=False,
        help_text=_("For example: two boxes crushed. The supplier will read it."),
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args, shipment: Shipment, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = list(shipment.lines.select_related("supplier_line__offer__product"))
        for line in self.lines:
            self.fields[f"received_{line.pk}"] = UnitsField(
                label=_("Received in good order"), least=0, most=line.units, initial=line.units
            )
            self.fields[f"refused_{line.pk}"] = UnitsField(
                label=_("Damaged or refused"),
                least=0,
                most=line.units,
                initial=0,
                required=False,
            )
        self.order_fields([name for name in self.fields if name != "note"])

    def rows(self) -> list[tuple[ShipmentLine, forms.BoundField, forms.BoundField]]:
        return [
            (line, self[f"received_{line.pk}"], self[f"refused_{line.pk}"]) for line in self.lines
        ]

    def clean(self):
        for line in self.lines:
            received = self.cleaned_data.get(f"received_{line.pk}") or 0
            refused = self.cleaned_data.get(f"refused_{line.pk}") or 0
            if received + refused > line.units:
                self.add_error(
                    f"refused_{line.pk}",
                    _("Received and refused together are more than the %(units)s units sent.")
                    % {"units": line.units},
                )
        return self.cleaned_data

    def counted(self) -> dict[int, tuple[int, int]]:
        """Received and refused units by the key of the shipment's line."""
        return {
            line.pk: (
                self.cleaned_data[f"received_{line.pk}"],
                self.cleaned_data[f"refused_{line.pk}"] or 0,
            )
            for line in self.lines
        }


class SimulationForm(forms.Form):
    """Which policy to try, on the snapshot of a round or (empty) on the market as it stands."""

    use_required_attribute = False  # it would read the policies once more
    policy = forms.ModelChoiceField(
        AllocationPolicy.objects.all(), label=_("Policy to try"), empty_label=None
    )
    base = forms.ModelChoiceField(
        AllocationRound.objects.all(), required=False, widget=forms.HiddenInput
    )
