"""Who sells what at which price, and the ledger of every unit."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.organisations import OrganisationStatus
from catalog.enums import LOSS_REASONS, Blocker, OfferStatus, StockReason
from catalog.models.products import Product
from core.places import validate_department
from core.units import MAX_UNITS, smallest_order
from suppliers.enums import ProofStatus
from suppliers.models import Certificate, Supplier


class OfferQuerySet(models.QuerySet["Offer"]):
    """Offers by who may see them and by whether they sell."""

    def visible_to(self, user: User | AnonymousUser) -> "OfferQuerySet":
        """The ministry sees all; a supplier its own; an approved buyer what is on sale."""
        if not user.is_authenticated:
            return self.none()
        if user.has_ministry_role():
            return self
        own = Q(supplier__in=user.supplier_memberships.values("supplier"))
        may_buy = user.buyer_memberships.filter(buyer__status=OrganisationStatus.APPROVED)
        day = timezone.localdate()
        today = self._within_days(day) & ~self.is_stale_on(day)
        return self.filter(own | (self._sells() & today & Q(models.Exists(may_buy))))

    def of_supplier(self, supplier: Supplier) -> "OfferQuerySet":
        """One company's shelf."""
        return self.filter(supplier=supplier)

    def on_sale(self) -> "OfferQuerySet":
        """Published, by an approved supplier, on an active sheet."""
        return self.filter(self._sells())

    def proven_on(self, day: date, fits: Q) -> "OfferQuerySet":
        """With an accepted certificate that is valid on `day` and `fits` wherever one is asked."""
        valid = Q(
            certificate__status=ProofStatus.ACCEPTED,
            certificate__issued_on__lte=day,
            certificate__expires_on__gte=day,
        )
        return self.filter(Q(product__standard="") | (fits & valid))

    def available_on(self, day: date) -> "OfferQuerySet":
        """Within the days of sale that the supplier has set, if any."""
        return self.filter(self._within_days(day))

    def to_confirm(self, day: date) -> "OfferQuerySet":
        """On sale, with a stock that its supplier is asked to confirm on `day`."""
        old = day - timedelta(days=settings.STOCK_ASK_AFTER_DAYS)
        return self.filter(status=OfferStatus.ON_SALE, stock_confirmed_on__lte=old)

    @staticmethod
    def is_stale_on(day: date) -> Q:
        """As `Offer.is_stale`."""
        return Q(stock_confirmed_on__lte=day - timedelta(days=settings.STOCK_STALE_AFTER_DAYS))

    def in_stock(self) -> "OfferQuerySet":
        """With at least the smallest order available."""
        return self.filter(self.holds_an_order())

    @staticmethod
    def runs_low() -> Q:
        """As `Offer.is_low`."""
        return Q(on_hand_units__lt=F("reserved_units") + F("low_stock_units"))

    @staticmethod
    def holds_an_order() -> Q:
        """At least the smallest order is available (see `smallest_order_units`)."""
        packs = (F("min_order_units") + F("pack_units") - 1) / F("pack_units")
        smallest = Greatest(F("pack_units"), packs * F("pack_units"))
        return Q(on_hand_units__gte=F("reserved_units") + smallest)

    def for_listing(self) -> "OfferQuerySet":
        """With all that a list shows."""
        joined = self.select_related("product", "product__category", "supplier", "certificate")
        return joined.prefetch_related("certificate__named_sheets")

    def with_tiers(self) -> "OfferQuerySet":
        """With the prices of larger quantities, in one more query."""
        return self.prefetch_related("tiers")

    def with_production(self) -> "OfferQuerySet":
        """With the weeks of production that were declared, in one more query."""
        return self.prefetch_related("slots")

    def locked(self) -> "OfferQuerySet":
        """For an operation: the row is held until its transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)

    def serving(self, department: str) -> "OfferQuerySet":
        """Delivered to `department`."""
        return self.filter(Q(departments=[]) | Q(departments__contains=[department]))

    @staticmethod
    def _sells() -> Q:
        return Q(
            status=OfferStatus.ON_SALE,
            supplier__status=OrganisationStatus.APPROVED,
            product__is_active=True,
        )

    @staticmethod
    def _within_days(day: date) -> Q:
        begun = Q(available_from=None) | Q(available_from__lte=day)
        return begun & (Q(available_until=None) | Q(available_until__gte=day))


def _not_published() -> list[str]:
    return [Blocker.DRAFT.value]


class Offer(models.Model):
    """A supplier's price and stock of one product; the counters move only with the ledger.

    `stopped_by` is the stored verdict, stock aside, and at most seconds old (`catalog.standing`).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="offers")
    product = models.ForeignKey(Product, models.PROTECT, related_name="offers")
    supplier_reference = models.CharField(_("your reference"), max_length=60, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=OfferStatus.choices, default=OfferStatus.DRAFT
    )
    unit_price_eur = models.DecimalField(
        _("unit price (€ excl. tax)"), max_digits=12, decimal_places=4
    )
    on_hand_units = models.PositiveBigIntegerField(_("stock (units)"), default=0)
    reserved_units = models.PositiveBigIntegerField(_("of which reserved"), default=0)
    in_lots_units = models.PositiveBigIntegerField(
        _("of which in lots"), default=0, editable=False
    )
    stock_confirmed_on = models.DateField(
        _("stock confirmed on"), default=timezone.localdate, db_default=Now(), editable=False
    )
    stock_asked_on = models.DateField(null=True, editable=False)
    pack_units = models.PositiveIntegerField(_("units per pack"), default=1)
    min_order_units = models.PositiveIntegerField(_("minimum order (units)"), default=1)
    max_per_buyer_units = models.PositiveIntegerField(
        _("most units per buyer"), null=True, blank=True
    )
    low_stock_units = models.PositiveIntegerField(
        _("tell me below (units)"), null=True, blank=True
    )
    low_stock_told = models.BooleanField(default=False, editable=False)
    lead_time_days = models.PositiveSmallIntegerField(_("lead time (days)"), default=2)
    departments = ArrayField(
        models.CharField(max_length=3, validators=[validate_department]),
        default=list,
        blank=True,
        verbose_name=_("departments served"),
        help_text=_("Empty: all of France."),
    )
    available_from = models.DateField(_("first day of sale"), null=True, blank=True)
    available_until = models.DateField(_("last day of sale"), null=True, blank=True)
    certificate = models.ForeignKey(
        Certificate,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="offers",
        verbose_name=_("certificate"),
    )
    price_rule_ids = ArrayField(models.IntegerField(), default=list, editable=False)
    stopped_by = ArrayField(
        models.CharField(max_length=30),
        default=_not_published,
        editable=False,
        verbose_name=_("kept off sale by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last change"), auto_now=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["product__name", "unit_price_eur", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reserved_units__gte=0, reserved_units__lte=F("on_hand_units")),
                name="offer_reserved_within_stock",
                violation_error_message=_("More units are reserved than there are in stock."),
            ),
            models.CheckConstraint(
                condition=Q(in_lots_units__gte=0, in_lots_units__lte=F("on_hand_units")),
                name="offer_lots_within_stock",
                violation_error_message=_("The lots hold more units than there are in stock."),
            ),
            models.CheckConstraint(
                condition=Q(unit_price_eur__gte=0),
                name="offer_price_not_negative",
                violation_error_message=_("A price is not negative; 0 is a donation."),
            ),
            models.CheckConstraint(
                condition=Q(on_hand_units__lte=MAX_UNITS),
                name="offer_stock_plausible",
                violation_error_message=_("More than a billion units: check the figure."),
            ),
            models.CheckConstraint(
                condition=Q(pack_units__gte=1),
                name="offer_pack_positive",
                violation_error_message=_("A pack holds at least one unit."),
            ),
            models.CheckConstraint(
                condition=Q(low_stock_units=None) | Q(low_stock_units__gte=1),
                name="offer_low_stock_positive",
                violation_error_message=_("At least 1 unit, or empty for no alert."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=OfferStatus.values), name="offer_status_known"
            ),
            models.CheckConstraint(
                condition=Q(max_per_buyer_units=None)
                | Q(max_per_buyer_units__gte=F("min_order_units")),
                name="offer_maximum_above_minimum",
                violation_error_message=_("The most per buyer is not below the minimum order."),
            ),
            models.CheckConstraint(
                condition=Q(available_from=None)
                | Q(available_until=None)
                | Q(available_until__gte=F("available_from")),
                name="offer_days_in_order",
                violation_error_message=_("The last day of sale is not before the first."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["product", "unit_price_eur"],
                condition=Q(status=OfferStatus.ON_SALE),
                name="offer_on_sale_by_price",
            ),
            models.Index(
                fields=["available_from", "available_until"],
                condition=Q(available_from__isnull=False) | Q(available_until__isnull=False),
                name="offer_with_days_of_sale",
            ),
            models.Index(fields=["supplier", "supplier_reference"], name="offer_by_reference"),
            models.Index(
                fields=["supplier"],
                condition=Q(low_stock_units__isnull=False),
                name="offer_with_alert",
            ),
            models.Index(
                fields=["stock_confirmed_on"],
                condition=~Q(stopped_by__contains=[Blocker.STOCK_NOT_CONFIRMED]),
                name="offer_to_confirm",
            ),
            models.Index(
                fields=["stock_confirmed_on"],
                condition=Q(stopped_by__contains=[Blocker.STOCK_NOT_CONFIRMED]),
                name="offer_not_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.supplier}"

    @property
    def public_ref(self) -> str:
        return str(self.public_id)

    @property
    def is_published(self) -> bool:
        """The supplier wants it to sell; `availability.blockers` says whether it does."""
        return self.status == OfferStatus.ON_SALE

    @property
    def is_donation(self) -> bool:
        """It costs nothing."""
        return not self.unit_price_eur

    @property
    def available_units(self) -> int:
        """On hand and not promised to anyone."""
        return self.on_hand_units - self.reserved_units

    def is_stale(self, day: date) -> bool:
        """Its stock has not been confirmed for so long that it is off sale on `day`."""
        stale_on = self.stock_confirmed_on + timedelta(days=settings.STOCK_STALE_AFTER_DAYS)
        return day >= stale_on

    @property
    def is_low(self) -> bool:
        """Less is available than the supplier wants to be told of."""
        return self.low_stock_units is not None and self.available_units < self.low_stock_units

    @property
    def smallest_order_units(self) -> int:
        """The least that one line can take."""
        return smallest_order(self.pack_units, self.min_order_units)

    def price_for(self, units: int) -> Decimal:
        """What each unit of a line of `units` costs: EUR excluding tax."""
        reached = [tier.unit_price_eur for tier in self.tiers.all() if tier.from_units <= units]
        return min(reached, default=self.unit_price_eur)

    @property
    def lowest_price_eur(self) -> Decimal:
        """What a unit costs at the largest quantities."""
        return self.price_for(MAX_UNITS)

    def serves(self, department: str) -> bool:
        """Delivers to `department`."""
        return not self.departments or department in self.departments


class StockMovementQuerySet(models.QuerySet["StockMovement"]):
    """The ledger by who may read it."""

    def visible_to(self, user: User | AnonymousUser) -> "StockMovementQuerySet":
        """The ministry reads all, a supplier its own."""
        if not user.is_authenticated:
            return self.none()
        if user.has_ministry_role():
            return self
        return self.filter(offer__supplier__members__user=user)


class StockMovement(models.Model):
    """One line of the stock ledger; PostgreSQL refuses to change it.

    `cause` names the act ("order-line:17", "shipment:4"); with `reason` it is unique per offer,
    so that an act that is repeated cannot be booked twice. With a lot, what is on hand changes
    in that lot; `delta_lot_units` is what it physically gained or lost, sellable or not.
    """

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="movements")
    lot = models.ForeignKey(
        "catalog.Lot",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="movements",
        db_index=False,
        verbose_name=_("lot"),
    )
    delta_on_hand_units = models.BigIntegerField()
    delta_reserved_units = models.BigIntegerField()
    delta_lot_units = models.BigIntegerField(db_default=0)
    reason = models.CharField(max_length=10, choices=StockReason.choices)
    cause = models.CharField(max_length=80)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = StockMovementQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock ledger")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["offer", "reason", "cause"], name="movement_booked_once"
            ),
            models.CheckConstraint(
                condition=~Q(delta_on_hand_units=0, delta_reserved_units=0, delta_lot_units=0),
                name="movement_moves_something",
            ),
            models.CheckConstraint(
                condition=~Q(reason__in=LOSS_REASONS)
                | Q(delta_on_hand_units__lte=0, delta_lot_units__lte=0),
                name="movement_loss_takes_away",
            ),
            models.CheckConstraint(
                condition=~Q(reason=StockReason.FOUND)
                | Q(delta_on_hand_units__gte=0, delta_lot_units__gte=0),
                name="movement_found_adds",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=StockReason.values), name="movement_reason_known"
            ),
            models.CheckConstraint(
                condition=Q(lot__isnull=False) | Q(delta_lot_units=0),
                name="movement_names_its_lot",
            ),
        ]
        indexes = [
            models.Index(fields=["lot"], condition=Q(lot__isnull=False), name="movement_of_lot")
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.reason} {self.delta_on_hand_units:+}"
