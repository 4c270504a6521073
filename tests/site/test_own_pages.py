"""Inbox, organisation and keys: each person's own, and nobody else's."""

from datetime import timedelta

import pytest
from django.urls import reverse
from knox.models import AuthToken

from accounts.models import User
from buyers.enums import BuyerRole
from journal import operations as journal
from journal.models import Delivery, Event
from stopcovid import keys
from suppliers.enums import SupplierRole


pytestmark = pytest.mark.django_db
NOTIFICATIONS = "/api/v1/notifications/"


@pytest.fixture
def tell(make):
    """An event about an organisation, delivered to these people."""

    def _tell(*people, url="/account/"):
        journal.record(
            "accounts.key_revoked",
            make.User(),
            by=None,
            to=people,
            payload={"organisation": "Gel & Cie", "person": "Eve", "key": "abc", "url": url},
        )
        return Delivery.objects.filter(recipient__in=people, channel="IN_APP").first()

    return _tell


def test_inbox_shows_own_news_only(sign_in, make, tell):
    alice, charlie = make.User(), make.User()
    tell(alice)
    assert "Gel &amp; Cie" in sign_in(alice).get(reverse("journal:inbox")).text
    assert "Gel" not in sign_in(charlie).get(reverse("journal:inbox")).text


def test_inbox_costs_the_same_for_2_and_20(sign_in, make, tell, django_assert_max_num_queries):
    alice = make.User()
    client = sign_in(alice)
    for many in (2, 18):
        for _number in range(many):
            tell(alice)
        with django_assert_max_num_queries(8):
            client.get(reverse("journal:inbox"))


def test_inbox_item_is_opened_and_leads_to_its_page(sign_in, make, tell):
    alice = make.User()
    item = tell(alice)
    response = sign_in(alice).post(reverse("journal:open", args=[item.pk]))
    item.refresh_from_db()
    assert response.url == "/account/"
    assert item.read_at is not None


def test_inbox_item_never_leads_away(sign_in, make, tell):
    alice = make.User()
    for url in ("//evil.example/", "https://evil.example/", ""):
        item = tell(alice, url=url)
        response = sign_in(alice).post(reverse("journal:open", args=[item.pk]))
        assert response.url == reverse("journal:inbox")


def test_inbox_item_of_somebody_else_is_not_found(sign_in, make, tell):
    item = tell(make.User())
    response = sign_in(make.User()).post(reverse("journal:open", args=[item.pk]))
    item.refresh_from_db()
    assert response.status_code == 404
    assert item.read_at is None


def test_inbox_is_read_as_a_whole(sign_in, make, tell):
    alice, bob = make.User(), make.User()
    tell(alice), tell(bob)
    sign_in(alice).post(reverse("journal:read_all"))
    assert not Delivery.objects.inbox(alice).unread().exists()
    assert Delivery.objects.inbox(bob).unread().exists()


def test_organisation_is_switched_among_own_seats(sign_in, make):
    seat = make.SupplierMember()
    hospital = make.BuyerMember(user=seat.user)
    client = sign_in(seat.user)
    client.post(reverse("organisation"), {"organisation": f"buyer:{hospital.buyer_id}"})
    page = client.get(reverse("account"))
    assert page.wsgi_request.buyer == hospital.buyer
    assert page.wsgi_request.supplier is None
    client.post(reverse("organisation"), {"organisation": f"supplier:{seat.supplier_id}"})
    assert client.get(reverse("account")).wsgi_request.supplier == seat.supplier


def test_organisation_of_strangers_is_not_found(sign_in, make):
    seat, foreign = make.SupplierMember(), make.BuyerMember()
    client = sign_in(seat.user)
    for name in (f"buyer:{foreign.buyer_id}", f"supplier:{seat.supplier_id + 999}", "x", ""):
        response = client.post(reverse("organisation"), {"organisation": name})
        assert response.status_code == 404
    assert client.get(reverse("account")).wsgi_request.supplier == seat.supplier


def test_seat_that_was_taken_away_is_no_longer_used(sign_in, make):
    seat = make.SupplierMember()
    other = make.BuyerMember(user=seat.user)
    client = sign_in(seat.user)
    client.post(reverse("organisation"), {"organisation": f"buyer:{other.buyer_id}"})
    other.delete()
    request = client.get(reverse("account")).wsgi_request
    assert (request.supplier, request.buyer) == (seat.supplier, None)


@pytest.fixture(params=["SupplierMember", "BuyerMember"])
def manager(request, make):
    return getattr(make, request.param)(role="MANAGER")


def ask(client, token):
    return client.get(NOTIFICATIONS, headers={"authorization": f"Token {token}"}).status_code


def make_key(client):
    """Presses the button; the key, shown on the page that follows."""
    page = client.post(reverse("issue_key"), follow=True)
    return page.context["new_key"]


def test_key_is_made_shown_once_and_revoked(sign_in, client, manager, make):
    client = sign_in(manager.user)
    key = make_key(client)
    page = client.get(reverse("keys")).text
    assert key not in page
    assert key[:15] in page
    assert ask(client, key) == 200
    client.post(reverse("revoke_key"), {"key": key[:15]})
    assert ask(client, key) == 401
    verbs = list(Event.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["accounts.key_issued", "accounts.key_revoked"]


def test_key_is_known_to_the_database_by_its_hash_only(sign_in, manager):
    key = make_key(sign_in(manager.user))
    assert key not in str(list(AuthToken.objects.values()))
    assert key not in str(list(Event.objects.values()))


def test_key_acts_for_its_organisation_alone(sign_in, manager):
    make_key(sign_in(manager.user))
    account = User.objects.get(is_service=True)
    assert not account.has_usable_password()
    seats = [*account.supplier_memberships.all(), *account.buyer_memberships.all()]
    assert len(seats) == 1
    assert keys.service_account(manager) == account


def test_key_is_told_to_the_other_managers_by_mail(sign_in, manager, make):
    name = type(manager).__name__.removesuffix("Member").lower()
    other = getattr(make, type(manager).__name__)(**{name: getattr(manager, name)}, role="MANAGER")
    make_key(sign_in(manager.user))
    mails = Delivery.objects.filter(channel="EMAIL")
    assert [mail.recipient for mail in mails] == [other.user]


def test_key_expires_after_a_year(sign_in, manager):
    make_key(sign_in(manager.user))
    token = AuthToken.objects.get()
    assert round((token.expiry - token.created) / timedelta(days=1)) == 365


def test_key_of_a_deactivated_account_is_refused(sign_in, client, manager):
    client = sign_in(manager.user)
    key = make_key(client)
    User.objects.filter(is_service=True).update(is_active=False)
    assert ask(client, key) == 401


@pytest.mark.parametrize(
    ("factory", "role"),
    [
        ("SupplierMember", SupplierRole.MEMBER),
        ("BuyerMember", BuyerRole.REQUESTER),
        ("BuyerMember", BuyerRole.APPROVER),
    ],
)
def test_key_is_for_managers_alone(sign_in, make, factory, role):
    member = getattr(make, factory)(role=role)
    client = sign_in(member.user)
    for response in (client.get(reverse("keys")), client.post(reverse("issue_key"))):
        assert response.status_code in {302, 403}
    assert not AuthToken.objects.exists()


def test_key_page_does_not_send_a_member_in_circles(sign_in, make):
    member = make.SupplierMember(role=SupplierRole.MEMBER)
    response = sign_in(member.user).get(
        reverse("keys"), headers={"referer": f"http://testserver{reverse('keys')}"}
    )
    assert response.url == reverse("home")


def test_key_of_strangers_is_not_revoked(sign_in, make):
    mine, foreign = make.SupplierMember(role="MANAGER"), make.BuyerMember(role="MANAGER")
    client = sign_in(foreign.user)
    key = make_key(client)
    sign_in(mine.user).post(reverse("revoke_key"), {"key": key[:15]})
    assert ask(client, key) == 200


def test_key_is_revoked_twice_without_a_second_entry(sign_in, manager):
    client = sign_in(manager.user)
    key = make_key(client)
    for _press in range(2):
        client.post(reverse("revoke_key"), {"key": key[:15]})
    assert Event.objects.filter(verb="accounts.key_revoked").count() == 1
