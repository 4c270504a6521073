from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BuyerKind(TextChoices):
    """What kind of organisation buys; priority and price ceilings depend on it."""

    HOSPITAL = "HOSPITAL", _("hospital or clinic")
    NURSING_HOME = "NURSING_HOME", _("nursing home")
    CARE_AT_HOME = "CARE_AT_HOME", _("care at home, ambulance, practice")
    PUBLIC_BODY = "PUBLIC_BODY", _("public body")
    MANUFACTURER = "MANUFACTURER", _("manufacturer buying raw materials or packaging")
    RESELLER = "RESELLER", _("reseller or pharmacy")


CARE_KINDS = frozenset({BuyerKind.HOSPITAL, BuyerKind.NURSING_HOME, BuyerKind.CARE_AT_HOME})
"""Kinds whose size is counted in beds or carers."""


class BuyerRole(TextChoices):
    """What a member may do for a buyer."""

    REQUESTER = "REQUESTER", _("requester: prepares and places orders within a limit")
    APPROVER = "APPROVER", _("approver: approves the requesters' orders")
    MANAGER = "MANAGER", _("manager: all of it, and members, sites, keys")
