"""What can be traded: shelves and product sheets."""

import math

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext_lazy as _

from accounts.models import User
from catalog.enums import (
    Dispenser,
    HazardClass,
    PackingGroup,
    ProductKind,
    SheetStatus,
    Trade,
)
from core.identifiers import validate_cpv, validate_gtin
from suppliers.enums import Standard
from suppliers.models import Supplier


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
    kind = models.CharField(
        _("kind in law"),
        max_length=15,
        choices=ProductKind.choices,
        default=ProductKind.OTHER,
        help_text=_("Of the sheets that suppliers propose here."),
    )
    standard = models.CharField(
        _("standard to be certified"), max_length=10, choices=Standard.choices, blank=True
    )
    needs_safety_sheet = models.BooleanField(
        _("safety data sheet required"),
        default=False,
        help_text=_("Before a sheet is accepted here."),
    )
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
            return self.filter(status=SheetStatus.ACCEPTED)
        return self.filter(is_active=True)

    def open_to(self, user: User | AnonymousUser) -> "ProductQuerySet":
        """As `visible_to`, and the proposals: of one's own companies, for the ministry all."""
        if not user.is_authenticated:
            return self.visible_to(user)
        if user.has_ministry_role():
            return self
        return self.filter(Q(is_active=True) | self._own(user))

    def proposals(self, user: User | AnonymousUser) -> "ProductQuerySet":
        """What one's companies have proposed, whatever became of it; for the ministry all."""
        proposed = self.filter(proposed_for__isnull=False)
        if not user.is_authenticated:
            return self.none()
        return proposed if user.has_ministry_role() else proposed.filter(self._own(user))

    def offered_on(self, supplier: Supplier) -> "ProductQuerySet":
        """Sheets that a company may prepare offers on: active ones, and its own proposals."""
        waiting = Q(status__in=[SheetStatus.PROPOSED, SheetStatus.CHANGES_REQUESTED])
        return self.filter(Q(is_active=True) | waiting & Q(proposed_for=supplier))

    def merged_from(self, slug: str) -> "ProductQuerySet":
        """The sheet into which the one of that address went."""
        return self.filter(is_active=True, merged__slug=slug, merged__status=SheetStatus.MERGED)

    def locked(self) -> "ProductQuerySet":
        """For an operation: the rows are held, in one order, until its transaction ends."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    @staticmethod
    def _own(user: User) -> Q:
        return Q(proposed_for__in=user.supplier_memberships.values("supplier"))


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
    un_number = models.CharField(
        _("UN number"),
        max_length=4,
        blank=True,
        validators=[
            RegexValidator(r"^[0-9]{4}$", _("A UN number has four digits, without “UN”: 1170."))
        ],
    )
    hazard_class = models.CharField(
        _("hazard class (ADR)"), max_length=3, choices=HazardClass.choices, blank=True
    )
    packing_group = models.CharField(
        _("packing group"), max_length=3, choices=PackingGroup.choices, blank=True
    )
    unit_name = models.CharField(_("unit"), max_length=30, default="unité")
    cpv = models.CharField(_("CPV code"), max_length=10, blank=True, validators=[validate_cpv])
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
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=SheetStatus.choices,
        default=SheetStatus.ACCEPTED,
        editable=False,
    )
    proposed_for = models.ForeignKey(
        Supplier,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="proposed_sheets",
        verbose_name=_("proposed for"),
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    proposed_at = models.DateTimeField(_("proposed"), null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    reason_text = models.TextField(_("explanation"), blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="merged",
        verbose_name=_("merged into"),
    )

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
            models.CheckConstraint(
                condition=Q(un_number="") | Q(un_number__regex=r"^[0-9]{4}$"),
                name="product_un_number_of_four_digits",
                violation_error_message=_("A UN number has four digits, without “UN”: 1170."),
            ),
            models.CheckConstraint(
                condition=Q(hazard_class__in=["", *HazardClass.values])
                & Q(packing_group__in=["", *PackingGroup.values]),
                name="product_hazard_known",
            ),
            models.CheckConstraint(
                condition=Q(un_number="", packing_group="")
                | (~Q(un_number="") & ~Q(hazard_class="")),
                name="product_hazard_complete",
                violation_error_message=_(
                    "A UN number goes with a hazard class, a packing group with both."
                ),
            ),
            models.CheckConstraint(
                condition=Q(gtin=None) | Q(gtin__regex=r"^[0-9]{14}$"),
                name="product_gtin_padded",
                violation_error_message=_("A GTIN is stored with 14 digits, zeros in front."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=SheetStatus.values), name="product_status_known"
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(status=SheetStatus.ACCEPTED),
                name="product_active_is_accepted",
                violation_error_message=_("Only an accepted sheet is active."),
            ),
            models.CheckConstraint(
                condition=Q(status=SheetStatus.MERGED) ^ Q(merged_into=None),
                name="product_merged_names_other",
                violation_error_message=_("A merged sheet names the one it went into."),
            ),
            models.CheckConstraint(
                condition=Q(proposed_for=None, proposed_by=None, proposed_at=None)
                | Q(
                    proposed_for__isnull=False,
                    proposed_by__isnull=False,
                    proposed_at__isnull=False,
                ),
                name="product_proposal_complete",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[SheetStatus.ACCEPTED, SheetStatus.MERGED])
                | Q(proposed_for__isnull=False),
                name="product_proposed_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[SheetStatus.CHANGES_REQUESTED, SheetStatus.REFUSED])
                | ~Q(reason_text=""),
                name="product_refusal_has_reason",
                violation_error_message=_("A reason is needed."),
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

    @property
    def is_accepted(self) -> bool:
        """The ministry vouches for the sheet."""
        return self.status == SheetStatus.ACCEPTED

    def weekly_need_units(self, beds: int, carers: int) -> int:
        """The reference need of a place of that size for one week, rounded up."""
        need = self.weekly_units_per_bed * beds + self.weekly_units_per_carer * carers
        return math.ceil(need)


class GtinAlias(models.Model):
    """A GTIN of a sheet that was merged: the sheet that stayed is found by it, too."""

    gtin = models.CharField(_("GTIN"), max_length=14, unique=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="gtin_aliases")

    class Meta:
        verbose_name = _("former GTIN")
        verbose_name_plural = _("former GTINs")
        ordering = ["gtin"]
        constraints = [
            models.CheckConstraint(
                condition=Q(gtin__regex=r"^[0-9]{14}$"), name="alias_gtin_padded"
            )
        ]

    def __str__(self) -> str:
        return self.gtin
