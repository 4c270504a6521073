"""Terms of an offer that come in rows: lower prices by quantity, prices to come, past prices."""

import uuid
from datetime import date
from typing import Self, TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.enums import ScheduleStatus
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


Row = TypeVar("Row", bound=models.Model)


class OfferTermQuerySet(models.QuerySet[Row]):
    """Rows of offers that are nobody's business but the supplier's and the ministry's."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The ministry reads all, a supplier its own."""
        if not user.is_authenticated:
            return self.none()
        if user.has_ministry_role():
            return self
        return self.filter(offer__supplier__in=user.supplier_memberships.values("supplier"))


class ScheduledPriceQuerySet(OfferTermQuerySet["ScheduledPrice"]):
    """Prices to come, by whether their day is."""

    def due(self, day: date) -> "ScheduledPriceQuerySet":
        """Whose day has come, the earliest first."""
        waiting = self.filter(status=ScheduleStatus.SCHEDULED, takes_effect_on__lte=day)
        return waiting.order_by("takes_effect_on", "pk")

    def to_come(self, day: date) -> "ScheduledPriceQuerySet":
        """Whose day is after `day`."""
        return self.filter(status=ScheduleStatus.SCHEDULED, takes_effect_on__gt=day)

    def shown(self) -> "ScheduledPriceQuerySet":
        """To come, and those that the law of their day forbade; the latest day first."""
        told = [ScheduleStatus.SCHEDULED, ScheduleStatus.REFUSED]
        return self.filter(status__in=told).select_related("set_by").order_by("-takes_effect_on")

    def locked(self) -> "ScheduledPriceQuerySet":
        """For an operation: the row is held until its transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)


class ScheduledPrice(models.Model):
    """A price that an offer will have from a day on, if the law of that day allows it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="scheduled_prices")
    takes_effect_on = models.DateField(_("from"))
    unit_price_eur = models.DecimalField(
        _("unit price (€ excl. tax)"), max_digits=12, decimal_places=4
    )
    tiers = models.JSONField(_("lower prices for large quantities"), null=True)
    """Pairs of from_units and price, as text; null: those that the offer has on that day."""
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ScheduleStatus.choices,
        default=ScheduleStatus.SCHEDULED,
    )
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    set_at = models.DateTimeField(_("entered"), auto_now_add=True)
    decided_at = models.DateTimeField(_("applied, not applied or canceled"), null=True)
    refusal = models.TextField(_("why it was not applied"), blank=True)
    warning = models.TextField(_("why it will not be applied"), blank=True)
    """What the law known today will say against it on its day (`catalog.price_watch`)."""

    objects = ScheduledPriceQuerySet.as_manager()

    class Meta:
        verbose_name = _("price to come")
        verbose_name_plural = _("prices to come")
        ordering = ["offer_id", "takes_effect_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "takes_effect_on"],
                condition=Q(status=ScheduleStatus.SCHEDULED),
                name="scheduled_once_a_day",
                violation_error_message=_("One price a day: cancel the other one first."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=ScheduleStatus.values), name="scheduled_status_known"
            ),
            models.CheckConstraint(
                condition=Q(unit_price_eur__gte=0),
                name="scheduled_price_not_negative",
                violation_error_message=_("A price is not negative; 0 is a donation."),
            ),
            models.CheckConstraint(
                condition=Q(status=ScheduleStatus.SCHEDULED) ^ Q(decided_at__isnull=False),
                name="scheduled_or_decided",
            ),
            models.CheckConstraint(
                condition=Q(status=ScheduleStatus.REFUSED) ^ Q(refusal=""),
                name="scheduled_refusal_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(warning="") | Q(status=ScheduleStatus.SCHEDULED),
                name="scheduled_warning_before_its_day",
            ),
        ]
        indexes = [
            models.Index(
                fields=["takes_effect_on"],
                condition=Q(status=ScheduleStatus.SCHEDULED),
                name="scheduled_by_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.takes_effect_on} {self.unit_price_eur} €"

    @property
    def public_ref(self) -> str:
        return str(self.public_id)


class PriceChange(models.Model):
    """One change of an offer's prices; PostgreSQL refuses to alter it.

    `scheduled` is the price to come that caused it, if one did; `by` is then who had entered that.
    """

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="price_changes")
    at = models.DateTimeField(_("when"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    scheduled = models.OneToOneField(
        ScheduledPrice, models.PROTECT, null=True, related_name="change"
    )
    before_eur = models.DecimalField(
        _("from (€ excl. tax)"), max_digits=12, decimal_places=4, null=True
    )
    after_eur = models.DecimalField(_("to (€ excl. tax)"), max_digits=12, decimal_places=4)
    before_tiers = models.JSONField(default=list)
    after_tiers = models.JSONField(default=list)
    """Pairs of from_units and price, as text."""

    objects = OfferTermQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of price")
        verbose_name_plural = _("price history")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(before_eur=None)
                | ~Q(before_eur=F("after_eur"))
                | ~Q(before_tiers=F("after_tiers")),
                name="pricechange_changes_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.before_eur} → {self.after_eur} €"


class ProductionSlot(models.Model):
    """Units that the supplier declares to make in an ISO week; no order can take them yet."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="slots")
    week_starts_on = models.DateField(_("Monday of the week"))
    units = models.PositiveBigIntegerField(_("units"))

    class Meta:
        verbose_name = _("week of production")
        verbose_name_plural = _("weeks of production")
        ordering = ["offer_id", "week_starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "week_starts_on"], name="slot_once_a_week"),
            models.CheckConstraint(
                condition=Q(week_starts_on__iso_week_day=1),
                name="slot_begins_on_monday",
                violation_error_message=_("A week begins on Monday."),
            ),
            models.CheckConstraint(
                condition=Q(units__gte=1, units__lte=MAX_UNITS),
                name="slot_units_plausible",
                violation_error_message=_("Between 1 and a billion units: check the figure."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.week_starts_on} {self.units}"
