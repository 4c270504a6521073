"""How dangerous goods travel: asked for where the shelf says so, and shown to all."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override

from catalog import operations
from catalog.enums import HazardClass, PackingGroup
from catalog.models import Attribute, Category, Product
from core.errors import DomainError
from tests.catalog.test_constraints import refused
from tests.factories import PDF


pytestmark = pytest.mark.django_db
DRUM = {
    "name": "Fût de 60 litres",
    "name_en": "60-litre drum",
    "unit_name": "fût",
    "differs": True,
}
ETHANOL = {
    "purity_pct_vol": "96",
    "un_number": "1170",
    "hazard_class": "3",
    "packing_group": "II",
}


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def propose(law, shop):
    def _propose(shelf="ethanol", **said):
        return operations.propose_sheet(
            shop.supplier,
            by=shop.user,
            category=Category.objects.get(slug=shelf),
            **DRUM,
            attributes={**ETHANOL, **said},
        )

    return _propose


def test_values_stand_in_columns_and_are_shown(propose, make, client, shop, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    sheet = propose()
    operations.hand_in_file(
        sheet,
        by=shop.user,
        supplier=shop.supplier,
        kind="SAFETY",
        upload=SimpleUploadedFile("fds.pdf", PDF),
    )
    assert (sheet.un_number, sheet.hazard_class, sheet.packing_group) == ("1170", "3", "II")
    operations.accept_sheet(sheet, by=make.User(reviewer=True))
    page = client.get(f"/catalogue/{sheet.slug}/").text
    for words in ("1170", "3 – flammable liquids", "II – medium danger"):
        assert words in page
    shown = client.get(f"/api/v1/products/{sheet.slug}/").json()
    assert (shown["un_number"], shown["hazard_class"], shown["packing_group"]) == (
        "1170",
        "3",
        "II",
    )


@pytest.mark.parametrize("shelf", ["hygiene-des-mains", "ethanol", "isopropanol"])
@pytest.mark.parametrize("key", ["un_number", "hazard_class", "packing_group"])
def test_flammable_goods_need_all_three(law, shelf, key):
    asked = {each.key: each for each in Attribute.objects.of(Category.objects.get(slug=shelf))}
    assert asked[key].is_required


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"un_number": ""}, "un_number"),
        ({"un_number": "UN 1170"}, "un_number"),
        ({"un_number": "117"}, "un_number"),
        ({"hazard_class": "10"}, "hazard_class"),
        ({"packing_group": "IV"}, "packing_group"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(propose, said, field):
    with pytest.raises(DomainError) as caught:
        propose(**said)
    assert caught.value.field == field


def test_other_raw_materials_may_leave_them_out(propose):
    sheet = propose("glycerol", un_number="", hazard_class="", packing_group="")
    assert (sheet.un_number, sheet.hazard_class, sheet.packing_group) == ("", "", "")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"un_number": "11A0"}, "product_un_number_of_four_digits"),
        ({"hazard_class": "4.4"}, "product_hazard_known"),
        ({"packing_group": "IV"}, "product_hazard_known"),
        ({"hazard_class": ""}, "product_hazard_complete"),
        ({"un_number": ""}, "product_hazard_complete"),
    ],
)
def test_constraints(make, change, name):
    sheet = make.Product(un_number="1170", hazard_class="3", packing_group="II")
    refused(name, lambda: Product.objects.filter(pk=sheet.pk).update(**change))


def test_lists_of_the_shelves_are_those_of_the_columns(law):
    for key, kind in (("hazard_class", HazardClass), ("packing_group", PackingGroup)):
        for attribute in Attribute.objects.filter(key=key):
            assert [each["value"] for each in attribute.choices] == kind.values
            with override("en"):
                labels = [str(each.label) for each in kind]
            assert [each["label_en"] for each in attribute.choices] == labels
