"""The law on prices and VAT as dated rows."""

from datetime import date
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.enums import BuyerSide, Dispenser, ProductKind, TaxBasis


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

    @property
    def concerns(self) -> dict[str, object]:
        """Which product sheets the rule is about, as look-ups; nothing: all of them."""
        raise NotImplementedError

    def holds_on(self, day: date) -> bool:
        """Valid on `day`, first and last day included."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


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
                condition=Q(per_litre_eur__isnull=False, per_litre_eur__gt=0)
                | Q(per_unit_eur__isnull=False, per_unit_eur__gt=0),
                name="pricerule_has_figure",
                violation_error_message=_("Give a ceiling per litre or per unit."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.legal_reference} ({self.get_product_kind_display()})"

    @property
    def concerns(self) -> dict[str, object]:
        """Sheets of its kind."""
        return {"kind": self.product_kind}


class PriceCoefficient(DatedRule):
    """A factor that the minister put on a ceiling for certain containers."""

    product_kind = models.CharField(_("kind in law"), max_length=15, choices=ProductKind.choices)
    dispenser = models.CharField(_("dispenser"), max_length=15, choices=Dispenser.choices)
    min_container_ml = models.PositiveIntegerField(_("container above (ml)"), default=0)
    max_container_ml = models.DecimalField(
        _("container up to (ml)"),
        max_digits=10,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("“Under 5 ml” is 4.999."),
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

    @property
    def concerns(self) -> dict[str, object]:
        """Sheets of its kind that are put up in this way."""
        return {"kind": self.product_kind, "dispenser": self.dispenser}


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

    @property
    def concerns(self) -> dict[str, object]:
        """Sheets of its kind; the standard rate, all."""
        return {"kind": self.product_kind} if self.product_kind else {}
