"""Terms of an offer that come in rows: what it costs from which quantity on."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.offers import Offer
from core.units import MAX_UNITS


class PriceTier(models.Model):
    """From `from_units` on one line, each unit costs `unit_price_eur`; below, the offer's price.

    Prices fall strictly with rising quantity: `checks.tiers`, under the offer's lock.
    """

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="tiers")
    from_units = models.PositiveIntegerField(_("from (units)"))
    unit_price_eur = models.DecimalField(
        _("unit price (€ excl. tax)"), max_digits=12, decimal_places=4
    )

    class Meta:
        verbose_name = _("price tier")
        verbose_name_plural = _("price tiers")
        ordering = ["offer_id", "from_units"]
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "from_units"],
                name="tier_quantity_unique",
                violation_error_message=_("Two prices from the same quantity on: keep one."),
            ),
            models.UniqueConstraint(
                fields=["offer", "unit_price_eur"],
                name="tier_price_unique",
                violation_error_message=_("Two quantities at the same price: keep the lower."),
            ),
            models.CheckConstraint(
                condition=Q(from_units__gte=2, from_units__lte=MAX_UNITS),
                name="tier_quantity_plausible",
                violation_error_message=_("A lower price begins between 2 and a billion units."),
            ),
            models.CheckConstraint(
                condition=Q(unit_price_eur__gt=0),
                name="tier_price_positive",
                violation_error_message=_("A lower price is still above zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_units}+ {self.unit_price_eur} €"
