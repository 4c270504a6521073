"""What a supplier answers, sends, and what arrives."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.money import to_cents
from orders.enums import SupplierOrderStatus
from orders.models.orders import Order, OrderLine
from orders.models.rounds import Allocation
from suppliers.models import Supplier


class SupplierOrderQuerySet(models.QuerySet["SupplierOrder"]):
    """Supplier orders by who may see them."""

    def visible_to(self, user: User) -> "SupplierOrderQuerySet":
        """The ministry all; a supplier its own; a buyer those of its orders."""
        if user.has_ministry_role():
            return self
        return self.filter(
            Q(supplier__in=user.supplier_memberships.values("supplier"))
            | Q(order__buyer__in=user.buyer_memberships.values("buyer"))
        )

    def locked(self) -> "SupplierOrderQuerySet":
        """For an operation: the row is held until its transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)

    def for_listing(self) -> "SupplierOrderQuerySet":
        """With all that a list shows."""
        return self.select_related(
            "order", "order__buyer", "order__site", "supplier"
        ).prefetch_related("lines", "lines__offer__product")


class SupplierOrder(models.Model):
    """One supplier's part of one order, as one round or one submission made it."""

    number = models.CharField(_("number"), max_length=20, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="supplier_orders")
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="supplier_orders")
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=SupplierOrderStatus.choices,
        default=SupplierOrderStatus.WAITING_ACCEPTANCE,
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    accept_by = models.DateTimeField(_("to be answered by"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    refusal_reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = SupplierOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("supplier order")
        verbose_name_plural = _("supplier orders")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=SupplierOrderStatus.values),
                name="supplier_order_status_known",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                name="supplier_order_answer_paired",
            ),
            models.CheckConstraint(
                condition=~Q(status=SupplierOrderStatus.REFUSED) | ~Q(refusal_reason=""),
                name="supplier_order_refusal_has_reason",
                violation_error_message=_("Say why you refuse."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["accept_by"],
                condition=Q(status=SupplierOrderStatus.WAITING_ACCEPTANCE),
                name="supplier_order_due",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def public_ref(self) -> str:
        return self.number


class SupplierOrderLine(models.Model):
    """One allocation as the supplier sees it; price and VAT are frozen here."""

    supplier_order = models.ForeignKey(
        SupplierOrder, models.PROTECT, related_name="lines", db_constraint=False
    )
    order_line = models.ForeignKey(
        OrderLine, models.PROTECT, related_name="supplier_lines", db_constraint=False
    )
    allocation = models.OneToOneField(
        Allocation, models.PROTECT, related_name="supplier_line", db_constraint=False
    )
    offer = models.ForeignKey(
        "catalog.Offer", models.PROTECT, related_name="supplier_lines", db_constraint=False
    )
    unit_price_eur = models.DecimalField(
        _("unit price (€ excl. tax)"), max_digits=12, decimal_places=4
    )
    vat_rate_pct = models.DecimalField(_("VAT (%)"), max_digits=4, decimal_places=2)
    units = models.PositiveBigIntegerField(_("ordered"))
    accepted_units = models.PositiveBigIntegerField(_("accepted"), default=0)
    shipped_units = models.PositiveBigIntegerField(_("shipped"), default=0)
    received_units = models.PositiveBigIntegerField(_("received"), default=0)

    class Meta:
        verbose_name = _("supplier order line")
        verbose_name_plural = _("supplier order lines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(units__gte=1)
                & Q(accepted_units__lte=F("units"))
                & Q(shipped_units__lte=F("accepted_units"))
                & Q(received_units__lte=F("shipped_units")),
                name="supplier_line_counts_in_order",
                violation_error_message=_("The counts of this line contradict each other."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.offer.product} × {self.units}"

    @property
    def amount_eur(self) -> Decimal:
        """Ordered units at the frozen price, excluding tax, to the cent."""
        return to_cents(self.unit_price_eur * self.units)


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    """Shipments by who may see them."""

    def visible_to(self, user: User) -> "ShipmentQuerySet":
        """Those of the supplier orders that the person may see."""
        return self.filter(supplier_order__in=SupplierOrder.objects.visible_to(user))

    def locked(self) -> "ShipmentQuerySet":
        """For an operation: the row is held until its transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)


class Shipment(models.Model):
    """One consignment of one supplier order."""

    number = models.CharField(_("number"), max_length=24, unique=True)
    supplier_order = models.ForeignKey(SupplierOrder, models.PROTECT, related_name="shipments")
    carrier = models.CharField(_("carrier"), max_length=60)
    tracking_number = models.CharField(_("tracking number"), max_length=60, blank=True)
    parcels = models.PositiveSmallIntegerField(_("parcels"), default=1)
    shipped_at = models.DateTimeField(_("shipped"), auto_now_add=True)
    shipped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def public_ref(self) -> str:
        return self.number


class ShipmentLine(models.Model):
    """Units of one lot on a shipment."""

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="lines")
    supplier_line = models.ForeignKey(
        SupplierOrderLine, models.PROTECT, related_name="shipment_lines"
    )
    lot_number = models.CharField(_("lot number"), max_length=40)
    expires_on = models.DateField(_("use by"), null=True, blank=True)
    units = models.PositiveBigIntegerField(_("units"))

    class Meta:
        verbose_name = _("shipment line")
        verbose_name_plural = _("shipment lines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gte=1), name="shipment_line_has_units"),
            models.UniqueConstraint(
                fields=["shipment", "supplier_line", "lot_number"], name="shipment_line_lot_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lot_number} × {self.units}"


class Receipt(models.Model):
    """The buyer's record of what arrived; one for each shipment."""

    shipment = models.OneToOneField(Shipment, models.PROTECT, related_name="receipt")
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    note = models.CharField(_("remark"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.shipment}"


class ReceiptLine(models.Model):
    """What arrived of one shipment line; the rest is missing or refused."""

    receipt = models.ForeignKey(Receipt, models.CASCADE, related_name="lines")
    shipment_line = models.OneToOneField(ShipmentLine, models.PROTECT, related_name="receipt_line")
    received_units = models.PositiveBigIntegerField(_("received in good order"))
    refused_units = models.PositiveBigIntegerField(_("damaged or refused"), default=0)

    class Meta:
        verbose_name = _("receipt line")
        verbose_name_plural = _("receipt lines")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.received_units}"


class ShortfallQuerySet(models.QuerySet["Shortfall"]):
    """Shortfalls by who may see them."""

    def visible_to(self, user: User) -> "ShortfallQuerySet":
        """The ministry all, a supplier its own."""
        if user.has_ministry_role():
            return self
        return self.filter(offer__supplier__members__user=user)

    def for_listing(self) -> "ShortfallQuerySet":
        """With all that a list shows."""
        return self.select_related("offer__product", "offer__supplier", "lot").prefetch_related(
            "parts__supplier_line__supplier_order__order__buyer"
        )


class Shortfall(models.Model):
    """Promised units that no longer fitted: a lot was held back, or a count found less."""

    offer = models.ForeignKey("catalog.Offer", models.PROTECT, related_name="shortfalls")
    lot = models.ForeignKey("catalog.Lot", models.PROTECT, null=True, related_name="shortfalls")
    units = models.PositiveBigIntegerField(_("units short"))
    at = models.DateTimeField(_("since"), auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = ShortfallQuerySet.as_manager()

    class Meta:
        verbose_name = _("shortfall")
        verbose_name_plural = _("shortfalls")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gte=1), name="shortfall_has_units")
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} −{self.units}"

    @property
    def public_ref(self) -> str:
        return str(self.pk)


class ShortfallPart(models.Model):
    """One supplier order line whose promise gave way, and by how much."""

    shortfall = models.ForeignKey(Shortfall, models.CASCADE, related_name="parts")
    supplier_line = models.ForeignKey(
        SupplierOrderLine, models.PROTECT, related_name="shortfall_parts"
    )
    units = models.PositiveBigIntegerField(_("units taken back"))

    class Meta:
        verbose_name = _("promise taken back")
        verbose_name_plural = _("promises taken back")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gte=1), name="shortfall_part_has_units"),
            models.UniqueConstraint(
                fields=["shortfall", "supplier_line"], name="shortfall_part_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_line_id} −{self.units}"
