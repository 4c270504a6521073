"""What suppliers type about their offers; the operations judge it."""

from django import forms
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy as _

from catalog.availability import fits, names
from catalog.fields import DayField, DepartmentsField, PriceField, UnitsField
from catalog.forms import tiers
from catalog.forms.sections import Part, Section, sections_of
from catalog.models import Offer, Product
from catalog.prices import RuleBook
from core.forms import OperationForm
from suppliers.models import Supplier


TERMS = [
    "unit_price_eur",
    "pack_units",
    "min_order_units",
    "max_per_buyer_units",
    "low_stock_units",
    "lead_time_days",
    "departments",
    "certificate",
    "available_from",
    "available_until",
    "supplier_reference",
]
PARTS = [
    Part(_("Price"), ["product", "unit_price_eur", "on_hand_units"]),
    Part(_("Quantities"), ["pack_units", "min_order_units", "max_per_buyer_units"]),
    Part(_("Lower prices for large quantities"), tiers.NAMES, folded=True, heads=tiers.HEADS),
    Part(_("Delivery"), ["lead_time_days"]),
    Part(_("Where you deliver"), ["departments"], folded=True),
    Part(_("Proof"), ["certificate"]),
    Part(_("Days of sale"), ["available_from", "available_until"], folded=True),
    Part(_("Alert for low stock"), ["low_stock_units"], folded=True),
    Part(_("Your reference"), ["supplier_reference"], folded=True),
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
    low_stock_units = UnitsField(
        label=_("Tell me below (units available)"),
        required=False,
        help_text=_("One message when less is available than that. Empty: no alert."),
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
        help_text=_("A region stands for all its departments. Nothing ticked: all of France."),
    )
    available_from = DayField(
        label=_("First day of sale"), required=False, help_text=_("Empty: at once.")
    )
    available_until = DayField(
        label=_("Last day of sale"),
        required=False,
        help_text=_("That day included. Empty: until you withdraw it."),
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
        self.fields |= dict(tiers.fields())
        if self.instance.pk and not self.initial.keys() & set(tiers.NAMES):
            self.initial |= tiers.initial(self.instance.tiers.all())
        self._offer_proofs(supplier, product)

    def _offer_proofs(self, supplier: Supplier, product: Product | None) -> None:
        """Certificates to choose from: of a sheet that is known, those that prove it."""
        if product is not None and not product.standard:
            del self.fields["certificate"]
            return
        field, proofs = self.fields["certificate"], supplier.certificates.all()
        field.help_text = _("For products with a standard to be certified.")
        if product is not None:
            rules = RuleBook(timezone.localdate())
            own = proofs.prefetch_related("named_sheets")
            fitting = [each for each in own if fits(product, each, rules)]
            proofs = proofs.filter(pk__in=[each.pk for each in fitting if names(each, product)])
            field.help_text = _("Needed for: %(standard)s.") % {
                "standard": product.get_standard_display()
            }
            if any(not names(each, product) for each in fitting):
                field.help_text = format_lazy(
                    "{} {}",
                    field.help_text,
                    _("Certificates that name other products only are left out."),
                )
        field.queryset = proofs
        field.empty_label = _("none")

    def clean(self):
        """The rows of prices become one value, `tiers`."""
        cleaned = super().clean()
        cleaned["tiers"] = tiers.take(self)
        return cleaned

    def _post_clean(self):
        """The operation builds and judges the offer; the form only reads what was typed."""

    def sections(self) -> list[Section]:
        """The fields by what they are about; what few need is folded, with its state in words."""
        return sections_of(self, PARTS)

    def in_words(self, part: Part) -> str:
        """What a folded part says at present."""
        first = part.fields[0]
        if first == "departments":
            return ", ".join(self.instance.departments) or gettext("all of France")
        if first in tiers.NAMES:
            return tiers.in_words(list(self.instance.tiers.all()) if self.instance.pk else [])
        if first == "available_from":
            return self._days_in_words()
        if first == "low_stock_units":
            return self._alert_in_words()
        return self.instance.supplier_reference or gettext("none")

    def _alert_in_words(self) -> str:
        least = self.instance.low_stock_units
        if least is None:
            return gettext("none")
        units = number_format(least, force_grouping=True)
        return gettext("below %(units)s units available") % {"units": units}

    def _days_in_words(self) -> str:
        first, last = (
            each and date_format(each, "j F Y")
            for each in (self.instance.available_from, self.instance.available_until)
        )
        if first and last:
            return gettext("from %(first)s to %(last)s") % {"first": first, "last": last}
        if first:
            return gettext("from %(first)s on") % {"first": first}
        return gettext("until %(last)s") % {"last": last} if last else gettext("no limit")


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
        sheets = Product.objects.open_to(user).offered_on(kwargs["supplier"])
        self.fields["product"].queryset = sheets.select_related("category")


class StockForm(OperationForm, forms.Form):
    """An absolute count; `expected_on_hand_units` is what the page showed."""

    on_hand_units = UnitsField(
        label=_("Stock (units)"),
        least=0,
        help_text=_("Count everything in the warehouse, units promised to buyers included."),
    )
    expected_on_hand_units = forms.IntegerField(required=False, widget=forms.HiddenInput)
