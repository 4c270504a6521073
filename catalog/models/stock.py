"""What is physically there beneath the counters: the lots of an offer."""

import uuid
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.enums import LotStatus
from catalog.models.offers import Offer
from core.units import MAX_UNITS


class LotQuerySet(models.QuerySet["Lot"]):
    """Lots by who may see them and in the order in which they leave."""

    def visible_to(self, user: User | AnonymousUser) -> "LotQuerySet":
        """The ministry sees all, a supplier its own."""
        if not user.is_authenticated:
            return self.none()
        if user.has_ministry_role():
            return self
        return self.filter(offer__supplier__members__user=user)

    def locked(self) -> "LotQuerySet":
        """For an operation: the row is held until its transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)

    def to_pick(self, day: date) -> "LotQuerySet":
        """What may leave on `day`, first expired first out; without a date last."""
        fresh = Q(expires_on=None) | Q(expires_on__gte=day)
        usable = self.filter(fresh, status=LotStatus.AVAILABLE, left_units__gt=0)
        return usable.order_by(F("expires_on").asc(nulls_last=True), "made_on", "pk")

    def countable(self) -> "LotQuerySet":
        """What stands in the warehouse under a number, for sale or in quarantine."""
        return self.filter(status__in=[LotStatus.AVAILABLE, LotStatus.QUARANTINED])

    def past_date(self, day: date) -> "LotQuerySet":
        """Those still counted or kept although their date is over on `day`."""
        return self.countable().filter(expires_on__lt=day)


class Lot(models.Model):
    """Units of one offer that were made together, under the number printed on their packs."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="lots")
    number = models.CharField(_("lot number"), max_length=40)
    made_on = models.DateField(_("made on"), null=True, blank=True)
    expires_on = models.DateField(_("use by"), null=True, blank=True)
    received_units = models.PositiveBigIntegerField(_("received (units)"))
    left_units = models.PositiveBigIntegerField(_("left (units)"))
    status = models.CharField(
        _("status"), max_length=11, choices=LotStatus.choices, default=LotStatus.AVAILABLE
    )
    status_reason = models.CharField(_("reason"), max_length=300, blank=True)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = [F("expires_on").asc(nulls_last=True), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "number"],
                name="lot_number_once",
                violation_error_message=_("This lot is recorded already."),
            ),
            models.CheckConstraint(condition=~Q(number=""), name="lot_has_number"),
            models.CheckConstraint(
                condition=Q(status__in=LotStatus.values), name="lot_status_known"
            ),
            models.CheckConstraint(
                condition=Q(received_units__gte=1, received_units__lte=MAX_UNITS)
                & Q(left_units__gte=0, left_units__lte=F("received_units")),
                name="lot_left_within_received",
                violation_error_message=_("A lot does not hold more than was received of it."),
            ),
            models.CheckConstraint(
                condition=Q(status=LotStatus.RECALLED)
                | Q(status=LotStatus.EMPTY, left_units=0)
                | (~Q(status__in=[LotStatus.EMPTY, LotStatus.RECALLED]) & Q(left_units__gte=1)),
                name="lot_empty_when_nothing_is_left",
            ),
            models.CheckConstraint(
                condition=Q(made_on=None) | Q(expires_on=None) | Q(made_on__lte=F("expires_on")),
                name="lot_made_before_it_expires",
                violation_error_message=_("A lot is not made after its own date."),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[LotStatus.QUARANTINED, LotStatus.RECALLED])
                | ~Q(status_reason=""),
                name="lot_held_has_reason",
                violation_error_message=_("Say why."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_on"],
                condition=Q(status__in=[LotStatus.AVAILABLE, LotStatus.QUARANTINED]),
                name="lot_to_expire",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def public_ref(self) -> str:
        return str(self.public_id)
