import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.organisations import OrganisationStatus
from catalog.enums import (
    BuyerSide,
    Dispenser,
    OfferStatus,
    ProductKind,
    StockReason,
    TaxBasis,
    Trade,
)
from core.identifiers import validate_gtin
from core.places import validate_department
from core.units import MAX_UNITS, smallest_order
from suppliers.enums import Standard
from suppliers.models import Certificate, Supplier


class Category(models.Model):
    """A shelf of the catalogue."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    trade = models.CharField(_("for"), max_length=10, choices=Trade.choices)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    """Product sheets by who may see them."""

    def visible_to(self, user: User | AnonymousUser) -> "ProductQuerySet":
        """Sheets are public while active; the ministry sees retired ones too."""
        if user.is_authenticated and user.has_ministry_role():
            return self
        return self.filter(is_active=True)


class Product(models.Model):
    """A product sheet: what the thing is, shared by every supplier's offers of it."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=150)
    name_en = models.CharField(_("name in English"), max_length=150)
    description = models.TextField(_("description"), blank=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    kind = models.CharField(
        _("kind in law"), max_length=15, choices=ProductKind.choices, default=ProductKind.OTHER
    )
    standard = models.CharField(
        _("standard to be certified"), max_length=10, choices=Standard.choices, blank=True
    )
    standard_class = models.CharField(_("class"), max_length=20, blank=True)
    container_ml = models.PositiveIntegerField(_("container (ml)"), null=True, blank=True)
    dispenser = models.CharField(
        _("dispenser"), max_length=15, choices=Dispenser.choices, blank=True
    )
    has_valve = models.BooleanField(_("exhalation valve"), default=False)
    unit_name = models.CharField(_("unit"), max_length=30, default="unité")
    cpv = models.CharField(_("CPV code"), max_length=10, blank=True)
    gtin = models.CharField(
        _("GTIN"), max_length=14, null=True, blank=True, unique=True, validators=[validate_gtin]
    )
    attributes = models.JSONField(_("further properties"), default=dict, blank=True)
    managed = models.BooleanField(
        _("scarce: shared out in rounds"),
        default=False,
        help_text=_("Orders of a scarce product wait for the next allocation round."),
    )
    weekly_units_per_bed = models.DecimalField(
        _("reference need per bed and week"), max_digits=8, decimal_places=2, default=0
    )
    weekly_units_per_carer = models.DecimalField(
        _("reference need per carer and week"), max_digits=8, decimal_places=2, default=0
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product sheet")
        verbose_name_plural = _("product sheets")
        ordering = ["category__position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ProductKind.values), name="product_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind=ProductKind.GEL) | Q(container_ml__gt=0),
                name="product_gel_has_container",
                violation_error_message=_("The price law needs the container's volume."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_ref(self) -> str:
        return self.slug


class DatedQuerySet(models.QuerySet[Any]):
    """Rules by the day on which they hold."""

    def in_force(self, day: date) -> "DatedQuerySet":
        """Valid on `day`, first and last day included."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=day), valid_from__lte=day)


class DatedRule(models.Model):
    """A figure of law with its source and the days on which it holds (Paris time)."""

    legal_reference = models.CharField(_("legal reference"), max_length=200)
    valid_from = models.DateField(_("from (inclusive)"))
    valid_until = models.DateField(_("until (inclusive)"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="%(class)s_dates_in_order",
                violation_error_message=_("A rule ends after it begins."),
            )
        ]

    @property
    def public_ref(self) -> str:
        return str(self.pk)


class PriceRule(DatedRule):
    """A price ceiling: per litre, per unit or both; the lower wins."""

    product_kind = models.CharField(_("kind in law"), max_length=15, choices=ProductKind.choices)
    buyer_side = models.CharField(_("sold to"), max_length=10, choices=BuyerSide.choices)
    min_container_ml = models.PositiveIntegerField(_("container above (ml)"), default=0)
    max_container_ml = models.PositiveIntegerField(
        _("container up to (ml)"), null=True, blank=True
    )
    per_litre_eur = models.DecimalField(
        _("per litre (€)"), max_digits=10, decimal_places=4, null=True, blank=True
    )
    per_unit_eur = models.DecimalField(
        _("per unit (€)"), max_digits=10, decimal_places=4, null=True, blank=True
    )
    tax_basis = models.CharField(_("figures"), max_length=3, choices=TaxBasis.choices)

    class Meta(DatedRule.Meta):
        verbose_name = _("price ceiling")
        verbose_name_plural = _("price ceilings")
        ordering = ["product_kind", "buyer_side", "min_container_ml", "valid_from"]
        constraints = [
            *DatedRule.Meta.constraints,
            models.CheckConstraint(
                condition=Q(per_litre_eur__gt=0) | Q(per_unit_eur__gt=0),
                name="pricerule_has_figure",
                violation_error_message=_("Give a ceiling per litre or per unit."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.legal_reference} ({self.get_product_kind_display()})"


class PriceCoefficient(DatedRule):
    """A factor that the minister put on a ceiling for certain containers."""

    product_kind = models.CharField(_("kind in law"), max_length=15, choices=ProductKind.choices)
    dispenser = models.CharField(_("dispenser"), max_length=15, choices=Dispenser.choices)
    min_container_ml = models.PositiveIntegerField(_("container above (ml)"), default=0)
    max_container_ml = models.PositiveIntegerField(
        _("container up to (ml)"), null=True, blank=True
    )
    factor = models.DecimalField(
        _("factor"),
        max_digits=4,
        decimal_places=2,
        validators=[MinValueValidator(0.5), MaxValueValidator(1.5)],
    )

    class Meta(DatedRule.Meta):
        verbose_name = _("correcting coefficient")
        verbose_name_plural = _("correcting coefficients")
        ordering = ["product_kind", "dispenser", "valid_from"]

    def __str__(self) -> str:
        return f"{self.legal_reference} × {self.factor}"


class VatRule(DatedRule):
    """A VAT rate for a kind of goods; the standard rate where none is more special."""

    product_kind = models.CharField(
        _("kind in law"), max_length=15, choices=ProductKind.choices, blank=True
    )
    without_valve_only = models.BooleanField(_("only without exhalation valve"), default=False)
    rate_pct = models.DecimalField(_("rate (%)"), max_digits=4, decimal_places=2)

    class Meta(DatedRule.Meta):
        verbose_name = _("VAT rate")
        verbose_name_plural = _("VAT rates")
        ordering = ["product_kind", "valid_from"]

    def __str__(self) -> str:
        return f"{self.rate_pct} % ({self.legal_reference})"


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
        return self.filter(own | (self._sells() & Q(models.Exists(may_buy))))

    def of_supplier(self, supplier: Supplier) -> "OfferQuerySet":
        """One company's shelf."""
        return self.filter(supplier=supplier)

    def on_sale(self) -> "OfferQuerySet":
        """Published, by an approved supplier, on an active sheet."""
        return self.filter(self._sells())

    def for_listing(self) -> "OfferQuerySet":
        """With all that a list shows."""
        return self.select_related("product", "product__category", "supplier", "certificate")

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


class Offer(models.Model):
    """A supplier's price and stock of one product; the counters move only with the ledger."""

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
    pack_units = models.PositiveIntegerField(_("units per pack"), default=1)
    min_order_units = models.PositiveIntegerField(_("minimum order (units)"), default=1)
    max_per_buyer_units = models.PositiveIntegerField(
        _("most units per buyer"), null=True, blank=True
    )
    lead_time_days = models.PositiveSmallIntegerField(_("lead time (days)"), default=2)
    departments = ArrayField(
        models.CharField(max_length=3, validators=[validate_department]),
        default=list,
        blank=True,
        verbose_name=_("departments served"),
        help_text=_("Empty: all of France."),
    )
    certificate = models.ForeignKey(
        Certificate,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="offers",
        verbose_name=_("certificate"),
    )
    price_rule_ids = ArrayField(models.IntegerField(), default=list, editable=False)
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
                condition=Q(status__in=OfferStatus.values), name="offer_status_known"
            ),
            models.CheckConstraint(
                condition=Q(max_per_buyer_units=None)
                | Q(max_per_buyer_units__gte=F("min_order_units")),
                name="offer_maximum_above_minimum",
                violation_error_message=_("The most per buyer is not below the minimum order."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["product", "unit_price_eur"],
                condition=Q(status=OfferStatus.ON_SALE),
                name="offer_on_sale_by_price",
            )
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.supplier}"

    @property
    def public_ref(self) -> str:
        return str(self.public_id)

    @property
    def available_units(self) -> int:
        """On hand and not promised to anyone."""
        return self.on_hand_units - self.reserved_units

    @property
    def smallest_order_units(self) -> int:
        """The least that one line can take."""
        return smallest_order(self.pack_units, self.min_order_units)

    def serves(self, department: str) -> bool:
        """Delivers to `department`."""
        return not self.departments or department in self.departments


class StockMovementQuerySet(models.QuerySet["StockMovement"]):
    """The ledger by who may read it."""

    def visible_to(self, user: User | AnonymousUser) -> "StockMovementQuerySet":
        """The ministry reads all, a supplier its own."""
        if user.has_ministry_role():
            return self
        return self.filter(offer__supplier__members__user=user)


class StockMovement(models.Model):
    """One line of the stock ledger; PostgreSQL refuses to change it.

    `cause` names the act ("order-line:17", "shipment:4"); with `reason` it is unique per offer,
    so that an act that is repeated cannot be booked twice.
    """

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="movements")
    delta_on_hand_units = models.BigIntegerField()
    delta_reserved_units = models.BigIntegerField()
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
                condition=~Q(delta_on_hand_units=0, delta_reserved_units=0),
                name="movement_moves_something",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=StockReason.values), name="movement_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.reason} {self.delta_on_hand_units:+}"
