"""What a buyer asks for."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from buyers.models import Buyer, Site
from catalog.models import Offer, Product
from core.units import MAX_UNITS
from orders.enums import OrderStatus


class OrderNumber(models.Model):
    """The last order number given out in a year; its row lock keeps the numbers without gaps."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders by who may see them."""

    def visible_to(self, user: User) -> "OrderQuerySet":
        """Ministry: all that were placed. Members of the buyer: their organisation's."""
        if user.has_ministry_role():
            return self.exclude(status=OrderStatus.DRAFT)
        return self.filter(buyer__members__user=user)

    def locked(self) -> "OrderQuerySet":
        """For an operation: the row is held until its transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)

    def for_listing(self) -> "OrderQuerySet":
        """With all that a list shows."""
        return self.select_related("buyer", "site", "placed_by").prefetch_related(
            "lines", "lines__product"
        )


class Order(models.Model):
    """A buyer's order; as a DRAFT it is the buyer's basket, without a number yet."""

    number = models.CharField(_("number"), max_length=11, unique=True, null=True, editable=False)
    buyer = models.ForeignKey(Buyer, models.PROTECT, related_name="orders")
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, related_name="orders", verbose_name=_("delivered to")
    )
    status = models.CharField(
        _("status"), max_length=30, choices=OrderStatus.choices, default=OrderStatus.DRAFT
    )
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="placed_orders",
        verbose_name=_("prepared by"),
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    purchase_order = models.CharField(_("your order number"), max_length=60, blank=True)
    idempotency_key = models.UUIDField(null=True, blank=True, editable=False)
    request_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("placed"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=OrderStatus.values), name="order_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[OrderStatus.DRAFT, OrderStatus.CANCELED])
                | Q(number__isnull=False, site__isnull=False),
                name="order_placed_has_number_and_site",
                violation_error_message=_("Choose where the goods are to be delivered."),
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="order_approval_paired",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("placed_by")),
                name="order_approved_by_someone_else",
                violation_error_message=_("Nobody approves their own order."),
            ),
            models.UniqueConstraint(
                fields=["buyer", "idempotency_key"], name="order_once_per_idempotency_key"
            ),
            models.UniqueConstraint(
                fields=["buyer", "placed_by"],
                condition=Q(status=OrderStatus.DRAFT, idempotency_key=None),
                name="order_one_basket_per_person",
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(_("basket"))

    @property
    def public_ref(self) -> str:
        return self.number or f"basket-{self.pk}"


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    """Lines by who may see them and by what they wait for."""

    def visible_to(self, user: User) -> "OrderLineQuerySet":
        """Those of the orders that the person may see."""
        return self.filter(order__in=Order.objects.visible_to(user))

    def waiting(self) -> "OrderLineQuerySet":
        """Scarce units that were placed and not allocated yet."""
        return self.filter(
            order__status__in=[OrderStatus.SUBMITTED, OrderStatus.IN_PROGRESS],
            waits_for_round=True,
            requested_units__gt=F("allocated_units") + F("canceled_units"),
        )

    def locked(self) -> "OrderLineQuerySet":
        """For an operation: the rows are held, in primary-key order."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class OrderLine(models.Model):
    """One product on an order: a picked offer, or a need that any eligible offer may serve.

    Counts are whole single units. `requested = allocated + canceled + still waiting`.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(Product, models.PROTECT, related_name="order_lines")
    offer = models.ForeignKey(
        Offer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="order_lines",
        verbose_name=_("offer chosen"),
    )
    requested_units = models.PositiveBigIntegerField(_("asked for"))
    min_useful_units = models.PositiveBigIntegerField(_("minimum useful"), default=0)
    needed_by = models.DateField(_("needed by"), null=True, blank=True)
    max_unit_price_eur = models.DecimalField(
        _("highest unit price (€ excl. tax)"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
    )
    waits_for_round = models.BooleanField(default=False, editable=False)
    allocated_units = models.PositiveBigIntegerField(_("allocated"), default=0)
    accepted_units = models.PositiveBigIntegerField(_("accepted"), default=0)
    shipped_units = models.PositiveBigIntegerField(_("shipped"), default=0)
    received_units = models.PositiveBigIntegerField(_("received"), default=0)
    canceled_units = models.PositiveBigIntegerField(_("cancelled"), default=0)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["order_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_position_unique"),
            models.CheckConstraint(
                condition=Q(requested_units__gte=1, requested_units__lte=MAX_UNITS),
                name="line_requested_plausible",
                violation_error_message=_("Ask for between 1 and a billion units."),
            ),
            models.CheckConstraint(
                condition=Q(min_useful_units__lte=F("requested_units")),
                name="line_minimum_within_request",
                violation_error_message=_("The minimum useful is not above the quantity."),
            ),
            models.CheckConstraint(
                condition=Q(received_units__lte=F("shipped_units"))
                & Q(shipped_units__lte=F("accepted_units"))
                & Q(accepted_units__lte=F("allocated_units"))
                & Q(requested_units__gte=F("allocated_units") + F("canceled_units")),
                name="line_counts_in_order",
                violation_error_message=_("The counts of this line contradict each other."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} × {self.requested_units}"

    @property
    def public_ref(self) -> str:
        return f"{self.order.public_ref}/{self.position}"

    @property
    def waiting_units(self) -> int:
        """Asked for, neither allocated nor cancelled."""
        return self.requested_units - self.allocated_units - self.canceled_units

    @property
    def offered_price_eur(self) -> Decimal | None:
        """What a unit of the picked offer costs, excluding tax; None for a need.

        That of the quantity asked for; a scarce line pays by what a round gives it, so its price
        is at most the offer's own.
        """
        if self.offer is None:
            return None
        if self.waits_for_round:
            return self.offer.unit_price_eur
        return self.offer.price_for(self.requested_units)

    @property
    def is_settled(self) -> bool:
        """Nothing more will come: all received or cancelled."""
        return self.received_units + self.canceled_units == self.requested_units


class Substitute(models.Model):
    """Another product that the buyer would take instead, in order of preference."""

    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="substitutes")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("substitute")
        verbose_name_plural = _("substitutes")
        ordering = ["line_id", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["line", "rank"], name="substitute_rank_unique"),
            models.UniqueConstraint(fields=["line", "product"], name="substitute_product_unique"),
        ]

    def __str__(self) -> str:
        return str(self.product)
