"""Which proofs count as equal, and which formulas may be made, as dated rows."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.enums import ANY_FORMULA, GelFormulaCode
from catalog.models.rules import DatedRule
from suppliers.enums import CERTIFIED_STANDARDS, Standard
from suppliers.models import Certificate


class GelFormula(DatedRule):
    """The permission to make one of the fixed formulas (arrêté of 13 March 2020, TREX2007745A)."""

    code = models.CharField(_("formula"), max_length=2, choices=GelFormulaCode.choices)
    composition = models.TextField(_("composition"), blank=True)

    class Meta(DatedRule.Meta):
        verbose_name = _("permitted gel formula")
        verbose_name_plural = _("permitted gel formulas")
        ordering = ["code", "valid_from"]
        constraints = [
            *DatedRule.Meta.constraints,
            models.CheckConstraint(
                condition=Q(code__in=GelFormulaCode.values), name="gelformula_code_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} ({self.legal_reference})"

    @property
    def concerns(self) -> dict[str, object]:
        """Gel sheets of this formula, or of any."""
        return {"attributes__formula__in": [self.code, ANY_FORMULA]}


class StandardEquivalence(DatedRule):
    """A foreign standard and class that counts as one that a sheet asks for, while it holds."""

    standard = models.CharField(_("standard asked for"), max_length=20, choices=Standard.choices)
    standard_class = models.CharField(_("class asked for"), max_length=20, blank=True)
    equivalent_standard = models.CharField(
        _("equivalent standard"), max_length=20, choices=CERTIFIED_STANDARDS
    )
    equivalent_class = models.CharField(_("equivalent class"), max_length=20, blank=True)

    class Meta(DatedRule.Meta):
        verbose_name = _("equivalence of standards")
        verbose_name_plural = _("equivalences of standards")
        ordering = ["standard", "standard_class", "equivalent_standard", "valid_from"]
        constraints = [
            *DatedRule.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(standard=F("equivalent_standard")),
                name="standardequivalence_of_two",
                violation_error_message=_("A standard is always equivalent to itself."),
            ),
        ]

    def __str__(self) -> str:
        asked, given = self.standard_class, self.equivalent_class
        return f"{self.equivalent_standard} {given} ~ {self.standard} {asked}"

    @property
    def concerns(self) -> dict[str, object]:
        """Sheets that ask for the standard, of the class if one is named."""
        of_class = {"standard_class": self.standard_class} if self.standard_class else {}
        return {"standard": self.standard, **of_class}

    def covers(self, standard: str, standard_class: str, certificate: Certificate) -> bool:
        """The certificate counts for a sheet that asks for this standard and class."""
        return (
            self.standard == standard
            and self.standard_class in ("", standard_class)
            and certificate.standard == self.equivalent_standard
            and certificate.standard_class == self.equivalent_class
        )

    def condition(self) -> Q:
        """As `covers`, of an offer's certificate and product, as a query."""
        asked = {f"product__{name}": value for name, value in self.concerns.items()}
        return Q(
            **asked,
            certificate__standard=self.equivalent_standard,
            certificate__standard_class=self.equivalent_class,
        )
