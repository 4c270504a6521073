"""What the rules of the market distinguish."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class GelFormulaCode(TextChoices):
    """The only formulas that the derogation of March 2020 permits, unmodified."""

    F1 = "F1", _("formula 1: solution of ethanol 80 %")
    F2 = "F2", _("formula 2: solution of isopropanol 80 %")
    F3 = "F3", _("formula 3: gel of ethanol 65 to 75 %, first recipe")
    F4 = "F4", _("formula 4: gel of ethanol 65 to 75 %, second recipe")


ANY_FORMULA = "ANY"
"""What a sheet says that leaves open by which of the formulas it is made."""


class LawChange(TextChoices):
    """What happened to a rule between two looks."""

    BEGAN = "BEGAN", _("began")
    ENDED = "ENDED", _("ended")
    CHANGED = "CHANGED", _("was changed")
    CERTIFICATES = "CERTIFICATES", _("certificates ended or began")


class BuyerSide(TextChoices):
    """Which side of trade a price is for; the ceilings differ."""

    END_USER = "END_USER", _("end user")
    RESELLER = "RESELLER", _("reseller")


class TaxBasis(TextChoices):
    """Whether a legal figure includes VAT."""

    INCLUDING = "TTC", _("including VAT")
    EXCLUDING = "HT", _("excluding VAT")
