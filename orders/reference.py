"""The allocation policy that a new installation starts with."""

import datetime

from buyers.enums import BuyerKind
from orders.enums import Basis
from orders.models import AllocationPolicy


FIRST_POLICY = {
    "name": "Besoin vérifié, soins d'abord",
    "basis": Basis.NEED,
    "tiers": {
        BuyerKind.HOSPITAL: 1,
        BuyerKind.NURSING_HOME: 1,
        BuyerKind.CARE_AT_HOME: 2,
        BuyerKind.PUBLIC_BODY: 3,
        BuyerKind.RESELLER: 4,
        BuyerKind.MANUFACTURER: 4,
    },
}


def load() -> None:
    """Insert the first policy where there is none at all; never touch one."""
    if not AllocationPolicy.objects.exists():
        AllocationPolicy.objects.create(
            **FIRST_POLICY,
            legal_reference="Politique de départ, à confirmer par une instruction",
            valid_from=datetime.date(2020, 1, 1),
        )
