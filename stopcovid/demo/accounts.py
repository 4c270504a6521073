"""The people of the demonstration; the sign-in page lists them in demo mode, and only there."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _


class Seat(StrEnum):
    """The part that a demo account plays."""

    SUPPLIER = "supplier"
    SECOND_SUPPLIER = "second supplier"
    REQUESTER = "requester"
    APPROVER = "approver"
    REVIEWER = "reviewer"
    ALLOCATOR = "allocator"
    AUDITOR = "auditor"


@dataclass(frozen=True)
class DemoAccount:
    """One click on the sign-in page. The second factor's secret is no secret here."""

    seat: Seat
    email: str
    name: str
    role_text: Any
    totp_secret: str = ""
    password: str = "demonstration-2020"  # noqa: S105 - published on the demo's sign-in page


DEMO_ACCOUNTS = [
    DemoAccount(
        Seat.SUPPLIER, "fournisseur@demo.example", "Camille Flacon", _("supplier: makes gel")
    ),
    DemoAccount(
        Seat.SECOND_SUPPLIER,
        "fournisseur2@demo.example",
        "Dominique Tissu",
        _("second supplier: makes masks"),
    ),
    DemoAccount(
        Seat.REQUESTER,
        "demandeur@demo.example",
        "Claude Lits",
        _("hospital: prepares orders, alone up to €5,000"),
    ),
    DemoAccount(
        Seat.APPROVER,
        "valideur@demo.example",
        "Maxime Signature",
        _("hospital: approves larger orders"),
    ),
    DemoAccount(
        Seat.REVIEWER,
        "instruction@demo.example",
        "Sacha Dossier",
        _("ministry: approves organisations"),
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXA",
    ),
    DemoAccount(
        Seat.ALLOCATOR,
        "repartition@demo.example",
        "Charlie Partage",
        _("ministry: runs the allocation rounds"),
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXB",
    ),
    DemoAccount(
        Seat.AUDITOR,
        "audit@demo.example",
        "Alix Loupe",
        _("ministry: reads everything, changes nothing"),
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXC",
    ),
]


def listed() -> list[DemoAccount]:
    """The accounts to show: none outside demo mode."""
    return DEMO_ACCOUNTS if settings.DEMO else []
