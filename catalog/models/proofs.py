"""Which product sheets a certificate names."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Product
from suppliers.models import Certificate


class CoveredSheet(models.Model):
    """A sheet that a certificate names: it then proves the sheets it names, and no others."""

    certificate = models.ForeignKey(
        Certificate, models.CASCADE, related_name="named_sheets", verbose_name=_("certificate")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", verbose_name=_("product sheet")
    )

    class Meta:
        verbose_name = _("product that a certificate names")
        verbose_name_plural = _("products that certificates name")
        ordering = ["certificate_id", "product__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "product"],
                name="covered_sheet_once",
                violation_error_message=_("The certificate names this product already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.product)
