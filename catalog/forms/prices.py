"""A price to come as a supplier types it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.fields import DayField, PriceField
from catalog.forms import tiers
from catalog.forms.sections import Part, Section, sections_of
from catalog.models import Offer
from core.forms import OperationForm


PARTS = [
    Part(_("New price"), ["takes_effect_on", "unit_price_eur"]),
    Part(
        _("Lower prices for large quantities from then on"),
        tiers.NAMES,
        folded=True,
        heads=tiers.HEADS,
    ),
]


class SchedulePriceForm(OperationForm, forms.Form):
    """A day, a price and the rows of lower prices, which begin as those of today."""

    takes_effect_on = DayField(
        label=_("In force from"),
        help_text=_("From midnight of that day, Paris time."),
        error_messages={"required": _("Say from which day on.")},
    )
    unit_price_eur = PriceField(
        label=_("Unit price (€ excl. tax)"),
        help_text=_("Held against the ceiling of that day, now and once more on the day."),
    )

    def __init__(self, *args, offer: Offer, **kwargs):
        self.held = list(offer.tiers.all())
        super().__init__(*args, initial=tiers.initial(self.held), **kwargs)
        self.fields |= dict(tiers.fields())

    def clean(self):
        """The rows of prices become one value, `tiers`."""
        cleaned = super().clean()
        cleaned["tiers"] = tiers.take(self)
        return cleaned

    def sections(self) -> list[Section]:
        """Day and price; the rows are folded, with what they say in words."""
        return sections_of(self, PARTS)

    def in_words(self, _part: Part) -> str:
        """What the folded rows say at present."""
        return tiers.in_words(self.held)
