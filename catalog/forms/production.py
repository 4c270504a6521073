"""The weeks to come, each with the units that the supplier will make."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from catalog.fields import UnitsField
from catalog.models import Offer
from catalog.promises import coming_weeks, week_of
from core.forms import OperationForm


WEEKS_SHOWN = 8


class ProductionForm(OperationForm, forms.Form):
    """One field a week, named as errors name it; empty stands for nothing."""

    def __init__(self, *args, offer: Offer, **kwargs):
        super().__init__(*args, **kwargs)
        held = {slot.week_starts_on: slot.units for slot in offer.slots.all()}
        self.mondays = coming_weeks(timezone.localdate(), WEEKS_SHOWN)
        for monday in self.mondays:
            words = {
                "week": monday.isocalendar().week,
                "first": date_format(monday, "j F"),
                "last": date_format(monday + timedelta(days=6), "j F"),
            }
            self.fields[f"weeks.{week_of(monday)}"] = UnitsField(
                label=gettext("Week %(week)d, %(first)s to %(last)s") % words,
                least=0,
                required=False,
                initial=held.get(monday),
            )

    def weeks(self):
        """Units by Monday, as the operation takes them."""
        return {day: self.cleaned_data[f"weeks.{week_of(day)}"] or 0 for day in self.mondays}
