import pytest
from django.utils import timezone, translation

from buyers.models import RegisterEntry
from tests.factories import finess, siret


@pytest.fixture(autouse=True)
def _english():
    """Operations called without a request speak English here."""
    with translation.override("en"):
        yield


@pytest.fixture
def entry(db):
    """An invented hospital of the register."""

    def _entry(**fields):
        values = {
            "finess": finess(9001),
            "legal_entity_finess": finess(9000),
            "short_name": "CH INVENTE",
            "name": "CENTRE HOSPITALIER INVENTE",
            "department": "01",
            "postcode": "01440",
            "city": "VIRIAT",
            "category": "Centre Hospitalier (C.H.)",
            "legal_status": "Etablissement public de santé",
            "siret": siret(9001),
            "imported_at": timezone.now(),
        }
        return RegisterEntry.objects.create(**values | fields)

    return _entry


@pytest.fixture
def complete(make):
    """A hospital whose file lacks nothing, with Alice as its manager."""

    def _complete(**fields):
        seat = make.BuyerMember(buyer=make.Buyer(**fields), user=make.User(language="en"))
        make.Site(buyer=seat.buyer)
        return seat.buyer, seat.user

    return _complete
