"""Places of delivery and the people of a hospital."""

import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from buyers import operations
from buyers.enums import BuyerRole
from buyers.models import BuyerMember, Site
from core.errors import DomainError, NotPermitted, StaleState
from journal.models import Delivery


pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
FROM_MEMBERS = ENGLISH | {"referer": "http://testserver/buyer/members/"}
SITE = {
    "name": "Pharmacie centrale",
    "finess": "",
    "street": "1 rue du Quai",
    "postcode": "97410",
    "city": "Saint-Pierre",
    "department": "",
    "instructions": "Porte C",
}


@pytest.fixture
def seat(make):
    return make.BuyerMember(user=make.User(language="en"))


def test_add_site_overseas(sign_in, seat):
    assert sign_in(seat.user).post(reverse("buyers:add_site"), SITE).status_code == 302
    site = seat.buyer.sites.get()
    assert (site.department, site.instructions) == ("974", "Porte C")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"postcode": "1"}, "postcode"),
        ({"postcode": ""}, "postcode"),
        ({"department": "75"}, "department"),
        ({"name": ""}, "name"),
        ({"street": ""}, "street"),
        ({"finess": "123456789"}, "finess"),
        ({"postcode": "98000"}, "department"),
    ],
)
def test_add_site_names_the_field(sign_in, seat, changes, field):
    page = sign_in(seat.user).post(reverse("buyers:add_site"), SITE | changes)
    assert list(page.context["form"].errors) == [field]
    assert not Site.objects.exists()


def test_add_site_of_a_known_name_says_so(sign_in, seat, make):
    make.Site(buyer=seat.buyer, name=SITE["name"])
    page = sign_in(seat.user).post(reverse("buyers:add_site"), SITE, headers=ENGLISH)
    assert list(page.context["form"].errors) == ["name"]
    assert "You have a site of this name already" in page.content.decode()


def test_edit_site_changes_it(sign_in, seat, make):
    site = make.Site(buyer=seat.buyer)
    url = reverse("buyers:edit_site", args=[site.public_id])
    client = sign_in(seat.user)
    assert site.name in client.get(url).content.decode()
    client.post(url, SITE)
    site.refresh_from_db()
    assert site.name == "Pharmacie centrale"


def test_edit_site_of_another_hospital_is_not_found(sign_in, seat, make):
    url = reverse("buyers:edit_site", args=[make.Site().public_id])
    assert sign_in(seat.user).get(url).status_code == 404
    assert sign_in(seat.user).post(url, SITE).status_code == 404


def test_site_of_a_refused_hospital_is_closed(make):
    buyer = make.Buyer(suspended=True, status="REFUSED")
    alice = make.BuyerMember(buyer=buyer).user
    with pytest.raises(StaleState):
        operations.add_site(buyer, by=alice, **SITE)


@pytest.mark.parametrize("name", ["sites", "members"])
def test_list_asks_as_often_for_twenty_rows_as_for_two(sign_in, seat, make, name):
    client = sign_in(seat.user)
    counts = []
    for rows in (2, 18):
        for _each in range(rows):
            make.Site(buyer=seat.buyer)
            make.BuyerMember(buyer=seat.buyer)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(f"buyers:{name}"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_add_member_gives_role_and_limit(sign_in, seat, make):
    bob = make.User(email="bob@hopital.example")
    values = {
        "user_email": " Bob@Hopital.example",
        "role": "REQUESTER",
        "order_limit_eur": "5000.00",
    }
    sign_in(seat.user).post(reverse("buyers:members"), values, headers=ENGLISH)
    member = BuyerMember.objects.get(user=bob)
    assert (member.role, member.order_limit_eur) == ("REQUESTER", Decimal(5000))
    assert Delivery.objects.filter(recipient=bob, event__verb="buyers.member_added").exists()


def test_add_member_limit_is_for_requesters(seat, make):
    member = operations.add_member(
        seat.buyer,
        by=seat.user,
        user_email=make.User().email,
        role="APPROVER",
        order_limit_eur=Decimal(10),
    )
    assert member.order_limit_eur is None


@pytest.mark.parametrize(
    ("email", "message"),
    [("nobody@example.org", "Nobody has signed up"), ("not an address", "valid email")],
)
def test_add_member_unknown_says_so(sign_in, seat, email, message):
    values = {"user_email": email, "role": "APPROVER"}
    page = sign_in(seat.user).post(reverse("buyers:members"), values, headers=ENGLISH)
    assert list(page.context["form"].errors) == ["user_email"]
    assert message in page.content.decode()
    assert f'value="{email}"' in page.content.decode()


def test_add_member_twice_says_so(sign_in, seat):
    values = {"user_email": seat.user.email, "role": "APPROVER"}
    page = sign_in(seat.user).post(reverse("buyers:members"), values, headers=ENGLISH)
    assert "is a member already" in page.content.decode()


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_service": True}])
def test_add_member_who_cannot_sign_in_is_unknown(seat, make, fields):
    with pytest.raises(DomainError):
        operations.add_member(
            seat.buyer, by=seat.user, user_email=make.User(**fields).email, role="APPROVER"
        )


def test_remove_member_by_the_manager(sign_in, seat, make):
    bob = make.BuyerMember(buyer=seat.buyer, role=BuyerRole.REQUESTER)
    sign_in(seat.user).post(reverse("buyers:remove_member", args=[bob.pk]))
    assert not BuyerMember.objects.filter(pk=bob.pk).exists()
    assert Delivery.objects.filter(recipient=bob.user).exists()


def test_remove_member_last_manager_stays(sign_in, seat):
    client = sign_in(seat.user)
    url = reverse("buyers:remove_member", args=[seat.pk])
    page = client.post(url, follow=True, headers=FROM_MEMBERS)
    assert "The last manager cannot leave" in page.content.decode()
    assert BuyerMember.objects.filter(pk=seat.pk).exists()


def test_remove_member_manager_leaves_when_another_stays(sign_in, seat, make):
    make.BuyerMember(buyer=seat.buyer)
    sign_in(seat.user).post(reverse("buyers:remove_member", args=[seat.pk]))
    assert not BuyerMember.objects.filter(pk=seat.pk).exists()


def test_remove_member_requester_removes_only_themself(sign_in, seat, make):
    bob = make.BuyerMember(buyer=seat.buyer, role=BuyerRole.REQUESTER)
    client = sign_in(bob.user)
    assert client.post(reverse("buyers:remove_member", args=[seat.pk])).status_code == 403
    with pytest.raises(NotPermitted):
        operations.remove_member(seat.buyer, by=bob.user, member=seat)
    client.post(reverse("buyers:remove_member", args=[bob.pk]))
    assert not BuyerMember.objects.filter(pk=bob.pk).exists()


def test_remove_member_of_another_hospital_is_not_found(sign_in, seat, make):
    other = make.BuyerMember()
    url = reverse("buyers:remove_member", args=[other.pk])
    assert sign_in(seat.user).post(url).status_code == 404
    with pytest.raises(NotPermitted):
        operations.remove_member(seat.buyer, by=seat.user, member=other)


@pytest.mark.django_db(transaction=True)
def test_remove_member_two_managers_leave_at_once_one_stays(make):
    seats = [make.BuyerMember()]
    seats.append(make.BuyerMember(buyer=seats[0].buyer))
    start = threading.Barrier(2)

    def leave(seat):
        start.wait()
        try:
            operations.remove_member(seat.buyer, by=seat.user, member=seat)
        except DomainError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=(seat,)) for seat in seats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert BuyerMember.objects.count() == 1
