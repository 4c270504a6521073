"""What can be traded: shelves and product sheets."""

import math

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext_lazy as _

from accounts.models import User
from catalog.enums import Dispenser, ProductKind, Trade
from core.identifiers import validate_gtin
from suppliers.enums import Standard


def in_reader_language(french: str, english: str) -> str:
    """Reference data is bilingual; everyone but an English reader gets the French."""
    return english if english and get_language() == "en" else french


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

    @property
    def public_ref(self) -> str:
        return self.slug

    @property
    def title(self) -> str:
        """The name in the reader's language."""
        return in_reader_language(self.name, self.name_en)

    @property
    def path(self) -> list["Category"]:
        """From the top shelf down to this one; a query for each parent that was not joined."""
        above = self.parent.path if self.parent else []
        return [*above, self]


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
                condition=~Q(kind=ProductKind.GEL)
                | Q(container_ml__isnull=False, container_ml__gt=0),
                name="product_gel_has_container",
                violation_error_message=_("The price law needs the container's volume."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_ref(self) -> str:
        return self.slug

    @property
    def title(self) -> str:
        """The name in the reader's language."""
        return in_reader_language(self.name, self.name_en)

    def weekly_need_units(self, beds: int, carers: int) -> int:
        """The reference need of a place of that size for one week, rounded up."""
        need = self.weekly_units_per_bed * beds + self.weekly_units_per_carer * carers
        return math.ceil(need)
