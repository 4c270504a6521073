"""Proposing a sheet by the pages and by the API; deciding on it in the admin and by the API."""

import pytest
from django.urls import reverse

from catalog import operations
from catalog.enums import SheetStatus
from catalog.models import Category, Product
from tests.catalog.test_admin import url


pytestmark = pytest.mark.django_db

TYPED = {
    "name": "Flacon PEHD 250 ml",
    "unit_name": "flacon",
    "container_ml": "250",
    "material": "PEHD",
    "neck": "28",
}
LIST = reverse("catalog:sheets")
NEW = reverse("catalog:new_sheet")
DESCRIBE = reverse("catalog:describe_sheet", args=["flacons"])
API = "/api/v1/sheets/"


@pytest.fixture
def seller(sign_in, shop, law):
    return sign_in(shop.user)


def propose(shop, name="Flacon PEHD 250 ml", shelf="flacons"):
    return operations.propose_sheet(
        shop.supplier,
        by=shop.user,
        category=Category.objects.get(slug=shelf),
        differs=True,
        name=name,
        unit_name="flacon",
        attributes={key: TYPED[key] for key in ("container_ml", "material", "neck")},
    )


def test_first_step_leads_to_the_fields_of_the_category(seller):
    assert "Proposer une fiche" in seller.get(LIST).text
    page = seller.get(NEW)
    assert "Emballages · Flacons" in page.text
    assert ">Emballages<" not in page.text
    answer = seller.get(NEW, {"category": "flacons", "name": "Flacon PET 500", "gtin": ""})
    assert answer["Location"] == f"{DESCRIBE}?name=Flacon+PET+500&gtin="
    wrong = seller.get(NEW, {"category": "nothing", "name": ""})
    assert set(wrong.context["form"].errors) == {"category", "name"}


def test_second_step_shows_sheets_alike_and_asks_whether_it_differs(seller):
    page = seller.get(DESCRIBE, {"name": "Flacon PET 500"})
    assert [each.slug for each in page.context["alike"]] == ["flacon-500-ml", "flacon-100-ml"]
    assert f"{reverse('catalog:new_offer')}?product=flacon-500-ml" in page.text
    page = seller.post(DESCRIBE, TYPED | {"name": "Flacon PET 500"})
    assert set(page.context["form"].errors) == {"differs"}
    answer = seller.post(DESCRIBE, TYPED | {"name": "Flacon PET 500", "differs": "on"})
    sheet = Product.objects.get(slug="flacon-pet-500")
    assert answer["Location"] == reverse("catalog:sheet", args=[sheet.slug])
    assert sheet.name in seller.get(LIST).text


def test_everything_wrong_is_shown_at_its_field_and_kept(seller):
    page = seller.post(DESCRIBE, TYPED | {"neck": "wide", "container_ml": "", "cpv": "33140000"})
    assert set(page.context["form"].errors) == {"neck", "container_ml"}
    assert 'value="wide"' in page.text
    page = seller.post(DESCRIBE, TYPED | {"cpv": "33140000"})
    assert set(page.context["form"].errors) == {"cpv"}
    assert not Product.objects.exclude(status=SheetStatus.ACCEPTED).exists()


def test_what_is_asked_is_read_and_corrected(seller, shop, make):
    sheet = propose(shop)
    page = reverse("catalog:sheet", args=[sheet.slug])
    assert seller.get(page).context["form"] is None
    assert seller.post(page, TYPED).context["form"] is None
    operations.request_sheet_changes(sheet, by=make.User(reviewer=True), reason_text="Quel col ?")
    shown = seller.get(page)
    assert "Quel col ?" in shown.text
    assert 'value="28"' in shown.text
    assert seller.post(page, TYPED | {"neck": "24"})["Location"] == page
    sheet.refresh_from_db()
    assert (sheet.status, sheet.attributes["neck"]) == (SheetStatus.PROPOSED, 24)


@pytest.mark.parametrize("verb", ["refuse_sheet", "accept_sheet", "merge_sheet"])
def test_answer_is_shown_to_the_company(seller, shop, make, verb):
    sheet, reviewer = propose(shop), make.User(reviewer=True)
    more = {
        "refuse_sheet": {"reason_text": "Hors du champ."},
        "accept_sheet": {},
        "merge_sheet": {"into": Product.objects.get(slug="flacon-500-ml")},
    }[verb]
    getattr(operations, verb)(sheet, by=reviewer, **more)
    said = {
        "refuse_sheet": "Hors du champ.",
        "accept_sheet": f"/catalogue/{sheet.slug}/",
        "merge_sheet": "/catalogue/flacon-500-ml/",
    }[verb]
    assert said in seller.get(reverse("catalog:sheet", args=[sheet.slug])).text


def test_own_proposal_may_be_chosen_for_an_offer(seller, shop):
    sheet = propose(shop)
    page = seller.get(f"{reverse('catalog:new_offer')}?product={sheet.slug}")
    assert sheet in page.context["form"].fields["product"].queryset


def test_list_costs_the_same_for_2_and_20_rows(
    seller, shop, django_assert_max_num_queries, django_assert_num_queries
):
    for number in range(2):
        propose(shop, f"Flacon {number}")
    with django_assert_max_num_queries(30) as counted:
        seller.get(LIST)
    for number in range(18):
        propose(shop, f"Bouteille {number}")
    with django_assert_num_queries(len(counted)):
        seller.get(LIST)


# --- the ministry ---
@pytest.fixture
def desk(make, sign_in, law):
    return sign_in(make.User(reviewer=True))


def test_review_page_shows_the_sheet_its_doubles_and_offers(desk, shop):
    sheet = propose(shop, "Flacon PET 500ml")
    operations.create_offer(shop.supplier, by=shop.user, product=sheet, unit_price_eur=7)
    page = desk.get(url("product", "change", sheet.pk)).text
    for said in (str(shop.supplier), "flacon-500-ml", "7,00", 'value="accept"', 'value="merge"'):
        assert said in page
    assert sheet.name in desk.get(url("product", "changelist")).text


@pytest.mark.parametrize(
    ("posted", "status"),
    [
        ({"decision": "accept"}, "ACCEPTED"),
        ({"decision": "refuse", "reason_text": "Non."}, "REFUSED"),
        ({"decision": "request_changes", "reason_text": "Col ?"}, "CHANGES_REQUESTED"),
        ({"decision": "merge", "into": "flacon-500-ml"}, "MERGED"),
        ({"decision": "refuse", "reason_text": ""}, "PROPOSED"),
        ({"decision": "merge", "into": "nothing"}, "PROPOSED"),
    ],
)
def test_reviewer_decides(desk, shop, posted, status):
    sheet = propose(shop)
    answer = desk.post(url("product", "change", sheet.pk), posted)
    assert answer.status_code == (200 if status == "PROPOSED" else 302)
    sheet.refresh_from_db()
    assert sheet.status == status


def test_unknown_decision_is_a_bad_request(desk, shop):
    assert desk.post(url("product", "change", propose(shop).pk), {}).status_code == 400


@pytest.mark.parametrize("role", ["allocator", "auditor"])
def test_other_roles_read(make, sign_in, law, shop, role):
    client, sheet = sign_in(make.User(**{role: True})), propose(shop)
    page = url("product", "change", sheet.pk)
    assert 'value="accept"' not in client.get(page).text
    assert client.post(page, {"decision": "accept"}).status_code == 403


def test_accepted_sheet_has_the_form_and_on_demand_the_review(desk, law):
    product = Product.objects.get(slug="flacon-500-ml")
    page = url("product", "change", product.pk)
    assert 'name="attributes"' in desk.get(page).text
    assert 'value="merge"' in desk.get(f"{page}?review=1").text


# --- the API ---
GIVEN = {
    "category": "flacons",
    "name": "Flacon PET 500",
    "unit_name": "flacon",
    "attributes": {"container_ml": 500, "material": "PET", "neck": 28},
}


def test_api_proposes_corrects_and_decides(seller, make, sign_in):
    answer = seller.post(API, GIVEN, content_type="application/json")
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["attr"] == "differs"
    answer = seller.post(API, GIVEN | {"differs": True}, content_type="application/json")
    assert answer.status_code == 201
    row = answer.json()
    assert (row["status"], row["container_ml"]) == ("PROPOSED", 500)
    assert row["attributes"] == {"material": "PET", "neck": 28}
    one = f"{API}{row['slug']}/"
    assert seller.get(one).json() == row
    assert seller.post(f"{one}accept/").status_code == 409
    desk = sign_in(make.User(reviewer=True))
    asked = {"reason_text": "Quel col ?"}
    answer = desk.post(f"{one}request_changes/", asked, content_type="application/json")
    assert answer.json()["status"] == "CHANGES_REQUESTED"
    seller = sign_in(Product.objects.get(slug=row["slug"]).proposed_by)
    change = {"name": "Flacon PET 510 ml", "differs": True}
    answer = seller.patch(one, change, content_type="application/json")
    assert answer.json()["status"] == "PROPOSED"
    desk = sign_in(make.User(reviewer=True))
    answer = desk.post(f"{one}merge/", {"into": "flacon-500-ml"}, content_type="application/json")
    assert answer.json()["slug"] == "flacon-500-ml"
    assert desk.get(one).json()["merged_into"] == "flacon-500-ml"


@pytest.mark.parametrize(
    ("given", "attr"),
    [
        ({"attributes": {"neck": 28}}, "container_ml"),
        ({"attributes": [1]}, "attributes"),
        ({"category": "emballages"}, "category"),
        ({"gtin": "123"}, "gtin"),
    ],
)
def test_api_names_what_is_wrong(seller, given, attr):
    answer = seller.post(API, GIVEN | {"differs": True} | given, content_type="application/json")
    assert answer.status_code in (400, 409)
    assert answer.json()["errors"][0]["attr"].startswith(attr)


def test_api_shows_proposals_to_their_company_alone(make, seller, shop, sign_in):
    sheet = propose(shop)
    assert [row["slug"] for row in seller.get(API).json()["results"]] == [sheet.slug]
    stranger = sign_in(make.SupplierMember().user)
    assert stranger.get(API).json()["results"] == []
    assert stranger.get(f"{API}{sheet.slug}/").status_code == 404
