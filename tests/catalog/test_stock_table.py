"""The stock table: many rows saved at once, each judged on its own."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.organisations import DecisionReason, OrganisationStatus
from catalog import audit, operations, stock
from catalog.models import Offer
from stopcovid.middleware import owner_token
from suppliers.models import Supplier
from tests.catalog.test_pages_public import queries_of
from tests.factories import PASSWORD


pytestmark = pytest.mark.django_db
TABLE = "/offers/stock/"


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


def sheet(*rows):
    """What a browser sends: the cells, beside what the page showed; rows are (offer, changes)."""
    data = {"offer": [str(offer.public_id) for offer, _changes in rows]}
    for offer, changes in rows:
        shown = {
            "on_hand_units": offer.on_hand_units,
            "unit_price_eur": offer.unit_price_eur,
            "lead_time_days": offer.lead_time_days,
        }
        data |= {f"initial-{offer.public_id}-{name}": value for name, value in shown.items()}
        data |= {f"{offer.public_id}-{name}": value for name, value in (shown | changes).items()}
    return data


def fresh(offer):
    offer = Offer.objects.get(pk=offer.pk)
    return offer.on_hand_units, offer.unit_price_eur, offer.lead_time_days


def errors_of(page, offer):
    row = next(row for row, _why in page.context["rows"] if row.offer == offer)
    return {name: " ".join(each) for name, each in row.errors.items()}


def test_table_saves_what_changed_and_nothing_else(make, sign_in, shop):
    first, second, third = (make.Offer(supplier=shop.supplier) for _ in range(3))
    typed = {"on_hand_units": "1 500", "unit_price_eur": "2,75", "lead_time_days": "7"}
    page = sign_in(shop.user).post(
        TABLE, sheet((first, typed), (second, {}), (third, {"unit_price_eur": "3"})), follow=True
    )
    assert "2 rows are saved." in page.text
    assert fresh(first) == (1500, Decimal("2.75"), 7)
    assert fresh(second) == (1000, Decimal(2), 2)
    assert fresh(third) == (1000, Decimal(3), 2)
    assert second.movements.count() == 1
    assert audit.differences() == []


def test_table_keeps_bad_rows_and_saves_good_ones(make, sign_in, shop, exercise):
    good, promised, dear, odd = (
        make.Offer(supplier=shop.supplier, product=make.Product(gel=True)) for _ in range(4)
    )
    stock.reserve(promised.pk, 100, cause="order-line:1", by=None)
    page = sign_in(shop.user).post(
        TABLE,
        sheet(
            (good, {"on_hand_units": "5"}),
            (promised, {"on_hand_units": "99", "lead_time_days": "9"}),
            (dear, {"unit_price_eur": "99"}),
            (odd, {"on_hand_units": "many", "lead_time_days": "400"}),
        ),
    )
    assert page.status_code == 200
    assert "1 row is saved." in page.text
    assert "3 rows are not saved" in page.text
    assert "100 units are promised" in errors_of(page, promised)["on_hand_units"]
    assert "2020-858" in errors_of(page, dear)["unit_price_eur"]
    assert errors_of(page, odd).keys() == {"on_hand_units", "lead_time_days"}
    assert errors_of(page, good) == {}
    assert 'value="many"' in page.text
    assert fresh(good)[0] == 5
    # a row is saved whole or not at all: its lead time was right, its count was not
    assert fresh(promised) == (1000, Decimal(2), 2)


def test_table_refuses_a_count_of_a_stock_that_moved_meanwhile(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier)
    seen = sheet((offer, {"on_hand_units": "900"}))
    operations.declare_stock(offer, by=shop.user, on_hand_units=700)
    page = sign_in(shop.user).post(TABLE, seen)
    assert "changed to 700" in errors_of(page, offer)["on_hand_units"]
    assert fresh(offer)[0] == 700
    # what the page showed stays what it showed, so that a second try is refused as well
    assert f'name="initial-{offer.public_id}-on_hand_units" value="1000"' in page.text


def test_table_does_not_undo_a_change_that_nobody_typed_over(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier)
    seen = sheet((offer, {"lead_time_days": "5"}))
    operations.update_offer(offer, by=shop.user, unit_price_eur=Decimal("1.9"))
    sign_in(shop.user).post(TABLE, seen)
    assert fresh(offer) == (1000, Decimal("1.9"), 5)


def test_table_unchanged_says_so_and_books_nothing(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier)
    page = sign_in(shop.user).post(TABLE, sheet((offer, {"on_hand_units": "1 000"})), follow=True)
    assert "Nothing was changed" in page.text
    assert offer.movements.count() == 1


def test_table_of_a_suspended_company_explains_each_row(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier)
    Supplier.objects.filter(pk=shop.supplier.pk).update(
        status=OrganisationStatus.SUSPENDED, reason_code=DecisionReason.OTHER
    )
    page = sign_in(shop.user).post(TABLE, sheet((offer, {"on_hand_units": "5"})))
    assert "not approved at present" in errors_of(page, offer)["__all__"]
    assert "not approved at present" in page.text
    assert fresh(offer)[0] == 1000


@pytest.mark.parametrize("named", ["rival", "nonsense", "page"])
def test_table_with_rows_that_are_not_theirs_changes_nothing(make, sign_in, shop, named):
    own = make.Offer(supplier=shop.supplier)
    data = sheet((own, {"on_hand_units": "5"}))
    if named == "rival":
        data = sheet((own, {"on_hand_units": "5"}), (make.Offer(), {"on_hand_units": "5"}))
    elif named == "nonsense":
        data["offer"].append("1' OR 1=1")
    else:
        data["offer"] += [str(make.Offer(supplier=shop.supplier).public_id) for _ in range(24)]
    assert sign_in(shop.user).post(TABLE, data).status_code == 404
    assert fresh(own)[0] == 1000


def test_table_shows_24_rows_a_page_at_a_flat_number_of_statements(make, sign_in, shop, exercise):
    client, counts = sign_in(shop.user), []
    for many in (2, 18, 10):
        for _each in range(many):
            make.Offer(supplier=shop.supplier, product=make.Product(gel=True))
        counts.append(queries_of(client, TABLE))
    assert counts[0] == counts[1] == counts[2]
    assert counts[0] <= 12
    assert len(client.get(TABLE).context["rows"]) == 24
    assert len(client.get(f"{TABLE}?page=2").context["rows"]) == 6


def test_table_rows_with_errors_cost_no_statement_more(make, sign_in, shop):
    client, counts = sign_in(shop.user), []
    for many in (2, 20):
        rows = [(make.Offer(supplier=shop.supplier), {"on_hand_units": "x"}) for _ in range(many)]
        with CaptureQueriesContext(connection) as captured:
            client.post(TABLE, sheet(*rows))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_table_empty_says_how_to_begin(sign_in, shop):
    assert "No offer yet" in sign_in(shop.user).get(TABLE).text


def test_table_is_hidden_from_buyers(sign_in, ward):
    assert sign_in(ward.user).get(TABLE).status_code == 404


def test_table_comes_back_as_typed_after_the_session_ended(make, client, shop):
    offer = make.Offer(supplier=shop.supplier)
    typed = sheet((offer, {"on_hand_units": "777"})) | {"form_owner": owner_token(shop.user.pk)}
    client.post(TABLE, typed)
    client.post("/accounts/login/", {"login": shop.user.email, "password": PASSWORD})
    page = client.get(TABLE)
    assert 'value="777"' in page.text
    assert f'name="initial-{offer.public_id}-on_hand_units" value="1000"' in page.text
    assert fresh(offer)[0] == 1000
