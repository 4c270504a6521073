"""The stock table as a spreadsheet: a real keyboard, a real clipboard, and the same without JS."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from catalog import audit, stock
from catalog.models import Offer
from tests import factories
from tests.browser.people import PHONE, Person


pytestmark = pytest.mark.django_db(transaction=True)
TABLE = "/offers/stock/"
PASTED = "1\u202f500\t2,75\t7\r\n2 000\t3,1 €\t8\r\n"


@pytest.fixture
def member():
    return factories.SupplierMemberFactory()


@pytest.fixture
def offers(member):
    return [
        factories.OfferFactory(
            supplier=member.supplier,
            product=factories.ProductFactory(name=f"Produit {letter}"),
            supplier_reference=f"REF-{letter}",
        )
        for letter in "ABC"
    ]


@pytest.fixture
def maker(browser, live_server, member, offers):
    people = []

    def _maker(**context):
        someone = Person(browser, live_server.url, **context)
        people.append(someone)
        someone.sign_in(member.user.email)
        someone.open(TABLE)
        return someone

    yield _maker
    for someone in people:
        someone.leave()


def cell(maker, offer, name="on_hand_units"):
    return maker.page.locator(f"input[name='{offer.public_id}-{name}']")


def paste(maker, text):
    """As Ctrl+V does: the focused element gets a paste event with the clipboard's text."""
    maker.page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const event = new ClipboardEvent(
                "paste", { clipboardData: data, bubbles: true, cancelable: true });
            document.activeElement.dispatchEvent(event);
        }""",
        text,
    )


def values(maker, offer):
    names = ("on_hand_units", "unit_price_eur", "lead_time_days")
    return [cell(maker, offer, name).input_value() for name in names]


def stored():
    rows = Offer.objects.order_by("product__name")
    return list(rows.values_list("on_hand_units", "unit_price_eur", "lead_time_days"))


def test_keys_move_like_in_a_spreadsheet(maker, offers):
    maker = maker()
    first, second, third = offers
    key = maker.page.keyboard.press
    cell(maker, first).focus()
    for press, where, name in (
        ("ArrowDown", second, "on_hand_units"),
        ("Enter", third, "on_hand_units"),
        ("ArrowDown", third, "on_hand_units"),  # there is no row below
        ("Shift+Enter", second, "on_hand_units"),
        ("ArrowUp", first, "on_hand_units"),
        ("ArrowRight", first, "unit_price_eur"),
        ("ArrowRight", first, "lead_time_days"),
        ("ArrowLeft", first, "unit_price_eur"),
    ):
        key(press)
        expect(cell(maker, where, name)).to_be_focused()
    maker.page.keyboard.type("9,5")
    key("ArrowLeft")  # inside a text the caret moves
    expect(cell(maker, first, "unit_price_eur")).to_be_focused()
    key("Escape")
    assert values(maker, first) == ["1000", "2,00", "2"]
    assert stored() == [(1000, Decimal(2), 2)] * 3


def test_paste_marks_counts_takes_back_and_saves(maker, offers):
    maker = maker()
    first, second, third = offers
    cell(maker, first).focus()
    maker.look("stock-table")
    paste(maker, PASTED)
    assert values(maker, first) == ["1500", "2,75", "7"]
    assert values(maker, second) == ["2000", "3,1", "8"]
    assert values(maker, third) == ["1000", "2,00", "2"]
    maker.sees("6 cellules modifiées")
    assert maker.page.locator("[data-changed]").count() == 6
    assert (
        maker.page.locator("[data-changed]").first.get_attribute("data-changed") == "avant : 1000"
    )
    maker.look("stock-table-changed")
    maker.page.keyboard.press("Control+z")
    assert values(maker, second) == ["1000", "2,00", "2"]
    maker.sees("rien n’est modifié")
    paste(maker, PASTED)
    cell(maker, third, "lead_time_days").focus()
    maker.page.keyboard.type("5")
    maker.page.keyboard.press("ArrowUp")
    maker.sees("7 cellules modifiées")
    maker.page.get_by_role("button", name="Annuler").click()
    maker.sees("6 cellules modifiées")
    assert stored() == [(1000, Decimal(2), 2)] * 3
    cell(maker, third).focus()
    maker.page.keyboard.press("Control+Enter")
    maker.sees("2 lignes sont enregistrées")
    assert stored() == [(1500, Decimal("2.75"), 7), (2000, Decimal("3.1"), 8), (1000, 2, 2)]
    assert audit.differences() == []


def test_paste_larger_than_the_page_says_what_was_left_out(maker, offers):
    maker = maker()
    cell(maker, offers[2], "lead_time_days").focus()
    paste(maker, "4\t5\n6\t7\n")
    assert values(maker, offers[2]) == ["1000", "2,00", "4"]
    maker.sees("3 cellules collées n’ont pas trouvé place")


def test_wrong_row_stays_with_its_message_and_can_be_corrected(maker, offers):
    maker = maker()
    first, second, _third = offers
    stock.reserve(second.pk, 100, cause="order-line:1", by=None)
    cell(maker, first).focus()
    paste(maker, "1500\n50")
    maker.page.keyboard.press("Control+Enter")
    maker.sees("1 ligne est enregistrée", "1 ligne n’est pas enregistrée", "100 unités")
    maker.look("stock-table-wrong")
    assert values(maker, second)[0] == "50"
    cell(maker, second).fill("150")
    maker.page.get_by_role("button", name="Tout enregistrer").click()
    maker.sees("1 ligne est enregistrée")
    assert [row[0] for row in stored()] == [1500, 150, 1000]


@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_table_works_without_javascript(maker, offers, screen):
    maker = maker(java_script_enabled=False, **({"viewport": PHONE} if screen == "phone" else {}))
    cell(maker, offers[0]).fill("1 234")
    cell(maker, offers[1], "unit_price_eur").fill("1,5")
    maker.page.get_by_role("button", name="Tout enregistrer").click()
    maker.sees("2 lignes sont enregistrées")
    assert stored()[0][0] == 1234
    assert stored()[1][1] == Decimal("1.5")
