"""A hospital signs up: from its number in the register to the file handed in."""

import pytest
from django.urls import reverse

from accounts.organisations import OrganisationStatus, SiretCheck
from buyers import operations
from buyers.enums import BuyerRole
from buyers.models import Buyer
from core.errors import DomainError
from journal.models import Delivery, Event
from tests.factories import finess, siret


pytestmark = pytest.mark.django_db
NEW = "/buyer/new/"
ENGLISH = {"accept-language": "en"}
FROM_FILE = ENGLISH | {"referer": "http://testserver/buyer/file/"}
REST = {
    "kind": "HOSPITAL",
    "street": "900 route de Paris",
    "phone": "04 74 00 00 00",
    "beds": "320",
    "icu_beds": "24",
    "staff": "900",
    "group": "",
}
BY_HAND = REST | {
    "name": "Clinique inventée",
    "postcode": "35000",
    "city": "Rennes",
    "department": "",
}


@pytest.fixture
def alice(make):
    return make.User(language="en")


def second_step(**numbers):
    values = {"kind": "HOSPITAL", "finess": "", "siret": "", **numbers}
    return NEW + "?" + "&".join(f"{name}={value}" for name, value in values.items())


def test_new_asks_for_a_number_first(sign_in, alice):
    client = sign_in(alice)
    values = {"kind": "HOSPITAL", "finess": "", "siret": ""}
    page = client.post(NEW, values, headers=ENGLISH)
    assert "Give the FINESS number" in page.content.decode()
    number = finess(9001)
    page = client.post(NEW, values | {"finess": f" {number[:2]} {number[2:]} "})
    assert page.url == second_step(finess=number)


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"finess": "010780915"}, "finess", "key of this FINESS"),
        ({"finess": "12"}, "finess", "9 characters"),
        ({"siret": "73282932000075"}, "siret", "key of this SIRET"),
        ({"siret": "0" * 14}, "siret", "belongs to no company"),
        ({"kind": "CASTLE", "finess": "010780914"}, "kind", "CASTLE"),
    ],
)
def test_new_names_the_wrong_number(sign_in, alice, values, field, message):
    values = {"kind": "HOSPITAL", "finess": "", "siret": ""} | values
    page = sign_in(alice).post(NEW, values, headers=ENGLISH)
    assert list(page.context["form"].errors) == [field]
    assert message in page.content.decode()


@pytest.mark.parametrize("number", ["finess", "siret"])
def test_new_is_filled_in_and_verified_by_the_register(sign_in, alice, entry, number):
    known = entry()
    url = second_step(**{number: getattr(known, number)})
    client = sign_in(alice)
    page = client.get(url, headers=ENGLISH)
    text = page.content.decode()
    assert "verified by the register" in text
    assert "CENTRE HOSPITALIER INVENTE" in text
    assert "name" not in page.context["form"].fields
    numbers = {"finess": "", "siret": "", number: getattr(known, number)}
    client.post(url, REST | numbers)
    buyer = Buyer.objects.get()
    assert (buyer.name, buyer.siret_check) == (known.name, SiretCheck.REGISTER)
    assert (buyer.finess, buyer.siret) == (known.finess, known.siret)
    assert buyer.legal_entity_finess == known.legal_entity_finess
    assert (buyer.postcode, buyer.city, buyer.department) == ("01440", "VIRIAT", "01")
    assert buyer.sites.get().street == "900 route de Paris"
    assert buyer.members.get().role == BuyerRole.MANAGER


def test_new_cannot_type_over_the_register(sign_in, alice, entry):
    known = entry()
    url = second_step(finess=known.finess)
    values = BY_HAND | {"finess": known.finess, "siret": "", "name": "Another name"}
    sign_in(alice).post(url, values)
    assert Buyer.objects.get().name == known.name


def test_new_unknown_to_the_register_is_checked_by_hand(sign_in, alice):
    url = second_step(siret=siret(3))
    client = sign_in(alice)
    text = client.get(url, headers=ENGLISH).content.decode()
    assert "a reviewer will check the number by hand" in text
    client.post(url, BY_HAND | {"siret": siret(3), "finess": ""})
    buyer = Buyer.objects.get()
    assert (buyer.siret_check, buyer.department) == (SiretCheck.NOT_DONE, "35")


def test_new_with_another_siret_than_the_registers_is_refused(sign_in, alice, entry):
    known = entry()
    numbers = {"finess": known.finess, "siret": siret(4)}
    page = sign_in(alice).post(second_step(**numbers), REST | numbers, headers=ENGLISH)
    assert f"The register gives another SIRET for this establishment: {known.siret}" in (
        page.content.decode()
    )
    assert not Buyer.objects.exists()


def test_new_with_a_siret_of_several_establishments_asks_for_the_finess(alice, entry):
    known = entry()
    entry(finess=finess(9002))
    with pytest.raises(DomainError) as refusal:
        operations.create(by=alice, kind="HOSPITAL", siret=known.siret)
    assert refusal.value.field == "finess"


def test_new_corsican_finess(alice, entry):
    known = entry(finess="2A0000212", postcode="20169", department="2A", siret="")
    buyer = operations.create(by=alice, kind="HOSPITAL", finess="2a 0000212")
    assert (buyer.finess, buyer.department, buyer.siret) == (known.finess, "2A", None)


def test_new_of_a_registered_establishment_says_whom_to_ask(sign_in, alice, make, entry):
    known = entry()
    make.Buyer(finess=known.finess)
    page = sign_in(alice).post(
        second_step(finess=known.finess), REST | {"finess": known.finess}, headers=ENGLISH
    )
    assert "exists already. Ask one of its managers" in page.content.decode()
    assert Buyer.objects.count() == 1


def test_new_more_intensive_beds_than_beds_is_refused(sign_in, alice):
    values = BY_HAND | {"siret": siret(3), "beds": "3", "icu_beds": "4"}
    page = sign_in(alice).post(second_step(siret=siret(3)), values, headers=ENGLISH)
    assert "Intensive-care beds are part of the beds" in page.content.decode()


@pytest.mark.parametrize("beds", ["-1", "1000000000000", "many"])
def test_new_with_impossible_beds_is_refused(sign_in, alice, beds):
    values = BY_HAND | {"siret": siret(3), "beds": beds}
    page = sign_in(alice).post(second_step(siret=siret(3)), values)
    assert list(page.context["form"].errors) == ["beds"]


def test_submit_reaches_every_reviewer(sign_in, complete, make):
    buyer, alice = complete()
    reviewer = make.User(reviewer=True)
    sign_in(alice).post(reverse("buyers:submit"))
    buyer.refresh_from_db()
    assert buyer.status == OrganisationStatus.PENDING_APPROVAL
    event = Event.objects.get(verb="buyers.submitted")
    assert set(event.deliveries.values_list("recipient", flat=True)) == {reviewer.pk}


def test_submit_twice_counts_once(sign_in, complete):
    _buyer, alice = complete()
    client = sign_in(alice)
    client.post(reverse("buyers:submit"))
    page = client.post(reverse("buyers:submit"), follow=True, headers=FROM_FILE)
    assert "handed in already" in page.content.decode()
    assert Event.objects.filter(verb="buyers.submitted").count() == 1


def test_submit_of_an_incomplete_file_names_what_is_missing(sign_in, make, alice):
    make.BuyerMember(buyer=make.Buyer(beds=0, icu_beds=0, phone=""), user=alice)
    client = sign_in(alice)
    text = client.get(reverse("buyers:file"), headers=ENGLISH).content.decode()
    assert "3 things are still missing" in text
    page = client.post(reverse("buyers:submit"), follow=True, headers=FROM_FILE)
    text = page.content.decode()
    assert "Still missing: Telephone; Number of beds; A place of delivery" in text


@pytest.mark.parametrize(
    ("kind", "lacking"),
    [("NURSING_HOME", 1), ("CARE_AT_HOME", 1), ("PUBLIC_BODY", 0), ("RESELLER", 0)],
)
def test_size_is_asked_of_carers_alone(complete, kind, lacking):
    buyer, _alice = complete(kind=kind, beds=0, icu_beds=0, staff=0)
    assert len(operations.missing(buyer)) == lacking


def test_edit_of_an_approved_size_returns_to_the_queue(sign_in, complete, make):
    buyer, alice = complete(approved=True)
    reviewer = make.User(reviewer=True)
    client = sign_in(alice)
    text = client.get(reverse("buyers:edit"), headers=ENGLISH).content.decode()
    assert "the ministry looks at your file again" in text
    values = BY_HAND | {"name": buyer.name, "siret": buyer.siret, "finess": buyer.finess}
    client.post(reverse("buyers:edit"), values)
    buyer.refresh_from_db()
    assert (buyer.status, buyer.beds) == (OrganisationStatus.PENDING_APPROVAL, 320)
    assert Delivery.objects.filter(recipient=reviewer, event__verb="buyers.submitted").exists()


def test_edit_of_an_approved_address_stays_approved_and_checked(complete):
    buyer, alice = complete(approved=True)
    buyer = operations.update(buyer, by=alice, street="2 rue Neuve", phone="01")
    assert (buyer.status, buyer.siret_check) == ("APPROVED", "MANUAL")


def test_edit_keeps_what_the_register_says(sign_in, alice, entry):
    known = entry()
    operations.create(by=alice, kind="HOSPITAL", finess=known.finess)
    client = sign_in(alice)
    page = client.get(reverse("buyers:edit"), headers=ENGLISH)
    assert "city" not in page.context["form"].fields
    numbers = {"finess": known.finess, "siret": known.siret}
    client.post(reverse("buyers:edit"), REST | numbers | {"name": "X", "city": "Paris"})
    buyer = Buyer.objects.get()
    assert (buyer.name, buyer.city, buyer.beds) == (known.name, "VIRIAT", 320)


def test_edit_of_the_number_forgets_the_registers_word(alice, entry):
    known = entry()
    buyer = operations.create(by=alice, kind="HOSPITAL", finess=known.finess)
    buyer = operations.update(buyer, by=alice, finess=finess(77), siret="")
    assert buyer.siret_check == SiretCheck.NOT_DONE


PAGES = ["file", "edit", "sites", "add_site", "members"]


@pytest.mark.parametrize("name", PAGES)
def test_pages_anonymous_signs_in_first(client, name):
    response = client.get(reverse(f"buyers:{name}"))
    assert (response.status_code, response.url.split("?")[0]) == (302, reverse("account_login"))


@pytest.mark.parametrize("name", [*PAGES, "submit"])
def test_pages_stranger_finds_nothing(sign_in, make, name):
    method = "post" if name == "submit" else "get"
    client = sign_in(make.SupplierMember().user)
    assert getattr(client, method)(reverse(f"buyers:{name}")).status_code == 404


@pytest.mark.parametrize("role", [BuyerRole.REQUESTER, BuyerRole.APPROVER])
@pytest.mark.parametrize(
    ("name", "method", "status"),
    [
        ("file", "get", 200),
        ("sites", "get", 200),
        ("members", "get", 200),
        ("members", "post", 403),
        ("edit", "get", 403),
        ("edit", "post", 403),
        ("add_site", "post", 403),
        ("submit", "post", 403),
    ],
)
def test_pages_other_roles_read_only(sign_in, make, role, name, method, status):
    client = sign_in(make.BuyerMember(role=role).user)
    assert getattr(client, method)(reverse(f"buyers:{name}")).status_code == status
