"""How often a saved search tells of something new."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AlertPace(TextChoices):
    """How soon a person hears of new hits of a saved search."""

    NONE = "NONE", _("no alert")
    DAILY = "DAILY", _("once a day")
    IMMEDIATE = "IMMEDIATE", _("at once")
