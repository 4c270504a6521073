"""What a supplier types about a stock count; the operation judges it."""

from collections.abc import Iterable, Iterator, Mapping

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from catalog.enums import StockReason
from catalog.models import Lot, Offer
from catalog.operations import Counted, book_units, reasons_for
from core.errors import DomainError
from core.forms import OperationForm
from orders.fields import UnitsField


Typed = Mapping[str, str] | None


class PlaceForm(OperationForm, forms.Form):
    """One lot of an offer, or what stands outside of lots; empty: it was not counted.

    `book_units` is what the book said when the page was shown.
    """

    counted_units = UnitsField(label=gettext_lazy("Counted (units)"), least=0, required=False)
    book_units = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), required=False)

    def __init__(self, data: Typed = None, *, offer: Offer, lot: Lot | None) -> None:
        self.offer, self.lot = offer, lot
        self.book = book_units(offer, lot)
        self.moved_from = None
        key = f"{offer.public_id}-{lot.public_id}" if lot else str(offer.public_id)
        super().__init__(data, prefix=key, initial={"book_units": self.book})
        self.fields["reason"].choices = [("", _("choose")), *StockReason.choices]

    @property
    def is_counted(self) -> bool:
        """A figure was typed, and it can be."""
        return self.is_valid() and self.cleaned_data["counted_units"] is not None

    @property
    def has_moved(self) -> bool:
        """Goods have moved since the page was shown: the count is of another moment."""
        return self.is_counted and self.cleaned_data["book_units"] != self.book

    @property
    def difference(self) -> int:
        """Units more than in the book of now; fewer are negative."""
        return self.cleaned_data["counted_units"] - self.book

    def offer_reasons(self) -> None:
        """Only what can explain the difference may be chosen."""
        fitting = [(each.value, each.label) for each in reasons_for(self.difference)]
        self.fields["reason"].choices = [("", _("choose")), *fitting]

    def counted(self) -> Counted:
        """The place as the operation takes it."""
        given = self.cleaned_data
        reason = StockReason(given["reason"]) if given["reason"] else None
        return Counted(given["counted_units"], given["book_units"], self.lot, reason)


class OfferCount:
    """The count of one offer: its lots, and what stands outside of them."""

    def __init__(self, offer: Offer, lots: Iterable[Lot], data: Typed = None) -> None:
        self.offer = offer
        self.places = [PlaceForm(data, offer=offer, lot=lot) for lot in [*lots, None]]
        self.give_way = bool(data and data.get(f"{offer.public_id}-give_way"))
        self.at_risk, self.refusal = [], ""

    @property
    def is_valid(self) -> bool:
        """Whether every figure that was typed can be."""
        return all(place.is_valid() for place in self.places)

    def counted(self) -> list[PlaceForm]:
        """The places that were counted."""
        return [place for place in self.places if place.is_counted]

    def ask_again(self) -> bool:
        """Take back the counts of places where goods have moved since; whether there are any."""
        moved = [place for place in self.counted() if place.has_moved]
        for place in moved:
            fresh = PlaceForm(offer=self.offer, lot=place.lot)
            fresh.moved_from = place.cleaned_data["book_units"]
            self.places[self.places.index(place)] = fresh
        return bool(moved)

    def refuse(self, error: DomainError) -> None:
        """Show the error at the place that it names (`places.0.reason`), or at the offer."""
        position, _dot, field = error.field.removeprefix("places.").partition(".")
        if position.isdigit():
            place = self.counted()[int(position)]
            place.add_error(field if field in place.fields else None, str(error))
        else:
            self.refusal = str(error)


def read(offers: Iterable[Offer], lots: Iterable[Lot], data: Typed = None) -> Iterator[OfferCount]:
    """The counts of these offers as typed, or empty."""
    lots = list(lots)
    for offer in offers:
        yield OfferCount(offer, [lot for lot in lots if lot.offer_id == offer.pk], data)
