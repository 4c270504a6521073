"""Who may certify what: an extract of the European register of notified bodies."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from suppliers.enums import Legislation


class NotifiedBody(models.Model):
    """A body, and the texts that it is notified for (NANDO, the Commission's register)."""

    number = models.CharField(
        _("number"),
        max_length=4,
        unique=True,
        validators=[RegexValidator(r"^\d{4}$", _("A notified body has a number of 4 digits."))],
    )
    name = models.CharField(_("name"), max_length=150)
    country = models.CharField(_("country"), max_length=2)
    notified_for = ArrayField(
        models.CharField(max_length=10, choices=Legislation.choices),
        verbose_name=_("notified for"),
    )
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("notified body")
        verbose_name_plural = _("notified bodies")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^\d{4}$"), name="notifiedbody_number_of_4_digits"
            ),
            models.CheckConstraint(
                condition=Q(
                    notified_for__contained_by=Legislation.values, notified_for__len__gt=0
                ),
                name="notifiedbody_texts_known",
                violation_error_message=_("Say which texts the body is notified for."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.name}"

    @property
    def public_ref(self) -> str:
        return self.number

    @property
    def texts(self) -> str:
        """What it is notified for, in words."""
        return ", ".join(str(Legislation(code).label) for code in self.notified_for)
