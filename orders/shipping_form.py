"""The form of one consignment, its lots proposed first expired first out."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.fields import DayField
from catalog.picking import Pick, Wanted, picks
from core.forms import OperationForm
from orders.fields import UnitsField
from orders.models import SupplierOrder, SupplierOrderLine


def _left(line: SupplierOrderLine) -> int:
    return line.accepted_units - line.shipped_units


class ShipForm(OperationForm, forms.Form):
    """One consignment: who carries it, and which lots are in it."""

    FEW, MANY = 2, 8
    """Rows for lots that each line has at least and at most."""

    carrier = forms.CharField(label=_("Carrier"), max_length=60)
    tracking_number = forms.CharField(
        label=_("Tracking number"),
        max_length=60,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    parcels = UnitsField(label=_("Parcels or pallets"), most=9999, initial=1)

    def __init__(self, *args: object, supplier_order: SupplierOrder, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [
            line
            for line in supplier_order.lines.select_related("offer__product")
            if line.accepted_units > line.shipped_units
        ]
        wanted = [Wanted(line.pk, line.offer_id, _left(line)) for line in self.lines]
        proposed = {} if self.is_bound else picks(wanted, day=timezone.localdate())
        self.places: list[tuple[SupplierOrderLine, int]] = []
        for line in self.lines:
            self._add_lots(line, proposed.get(line.pk, []))

    def _add_lots(self, line: SupplierOrderLine, proposed: list[Pick]) -> None:
        """First expired first; as many rows as were sent in, or one to spare."""
        sent = sum(f"lot_{line.pk}_{row}" in self.data for row in range(1, self.MANY + 1))
        rows = min(max(self.FEW, sent, len(proposed) + 1), self.MANY)
        for row in range(1, rows + 1):
            pick = proposed[row - 1] if row <= len(proposed) else None
            self.places.append((line, row))
            self._add_row(line, row, pick)

    def _add_row(self, line: SupplierOrderLine, row: int, pick: Pick | None) -> None:
        key, lot = f"{line.pk}_{row}", pick.lot if pick else None
        self.fields[f"lot_{key}"] = forms.CharField(
            label=_("Lot number"),
            max_length=40,
            required=False,
            initial=lot.number if lot else "",
            widget=forms.TextInput({"autocomplete": "off"}),
        )
        self.fields[f"units_{key}"] = UnitsField(
            label=_("Units"),
            least=0,
            most=_left(line),
            required=False,
            initial=pick.units if pick else None,
        )
        self.fields[f"expires_{key}"] = DayField(
            label=_("Use by"), required=False, initial=lot.expires_on if lot else None
        )

    def rows(self) -> list[dict]:
        """One row per line and lot, for the page's table."""
        return [
            {
                "line": line,
                "lot": lot,
                "left_units": _left(line),
                "lot_number": self[f"lot_{line.pk}_{lot}"],
                "units": self[f"units_{line.pk}_{lot}"],
                "expires_on": self[f"expires_{line.pk}_{lot}"],
            }
            for line, lot in self.places
        ]

    def clean(self) -> dict[str, object]:
        """A lot has units and units have a lot; something is in the consignment."""
        for line, lot in self.places:
            key = f"{line.pk}_{lot}"
            units = self.cleaned_data.get(f"units_{key}")
            number = self.cleaned_data.get(f"lot_{key}")
            if units and not number:
                self.add_error(f"lot_{key}", _("Give the lot number printed on the packs."))
            if number and not units and f"units_{key}" not in self.errors:
                self.add_error(f"units_{key}", _("Say how many units of this lot."))
        if not self.errors and not self.consigned():
            raise forms.ValidationError(_("Nothing is in this consignment: give units and lot."))
        return self.cleaned_data

    def details(self) -> dict[str, str | int]:
        """Who carries it, under which number, in how many parcels."""
        names = ("carrier", "tracking_number", "parcels")
        return {name: self.cleaned_data[name] for name in names}

    def consigned(self) -> list[dict]:
        """The rows that hold units, as `operations.ship` takes them."""
        return [
            {
                "line": line,
                "lot_number": self.cleaned_data[f"lot_{line.pk}_{lot}"],
                "units": self.cleaned_data[f"units_{line.pk}_{lot}"],
                "expires_on": self.cleaned_data[f"expires_{line.pk}_{lot}"],
            }
            for line, lot in self.places
            if self.cleaned_data.get(f"units_{line.pk}_{lot}")
        ]
