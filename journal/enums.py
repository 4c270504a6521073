from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Channel(TextChoices):
    """How news reaches a person."""

    IN_APP = "IN_APP", _("in the product")
    EMAIL = "EMAIL", _("by e-mail")


class DeliveryStatus(TextChoices):
    """Where a delivery stands; DEAD means that every attempt failed."""

    PENDING = "PENDING", _("pending")
    SENT = "SENT", _("sent")
    DEAD = "DEAD", _("given up")
