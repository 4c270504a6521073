"""Two worlds that differ in a rival's price and stock alone answer the same, byte for byte.

Asked of every list of the catalogue with every value of every filter, read off the filter classes:
a new one is asked without being named here.
"""

import re

import pytest
from django.core.cache import cache
from django.db import connection, reset_queries
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from catalog import standing
from catalog.api.offers import OfferFilter
from catalog.filters import ProductFilter
from catalog.models import Offer
from tests.permissions.cells import MATRIX, ROUTES, undone


pytestmark = pytest.mark.django_db

OUTSIDERS = ("anonymous", "supplier manager B")
SECRETS = {
    "sold out at another price": {
        "unit_price_eur": "0.6161",
        "on_hand_units": F("reserved_units"),
        "in_lots_units": 0,
    }
}
LISTS = {
    "catalog:search": ProductFilter,
    "catalog:map": ProductFilter,
    "catalog:export_sheets": ProductFilter,
    "catalog:product": None,
    "catalog:offers": None,
    "catalog:sheets": None,
    "catalog:new_sheet": None,
    "catalog:describe_sheet": None,
    "catalog:sheet_files": None,
    "catalog:new_import": None,
    "catalog:import_template": None,
    "catalog:stock_table": None,
    "catalog:export_offers": None,
    "catalog:export_movements": None,
    "catalog:searches": None,
    "api:product-list": ProductFilter,
    "api:product-detail": None,
    "api:product-facets": ProductFilter,
    "api:product-supply": ProductFilter,
    "api:product-export": ProductFilter,
    "api:offer-list": OfferFilter,
    "api:offer-export": OfferFilter,
    "api:stock-movement-list": None,
    "api:stock-movement-export": None,
    "api:price-change-list": None,
    "api:scheduled-price-list": None,
    "api:sheet-file-list": None,
    "api:certificate-list": None,
    "catalog:certificate_sheets": None,
    "api:import-template": None,
}
"""The readable routes of the catalogue, with what they are narrowed down by."""
LISTED = "product|offer|category|stock-movement|price-change|scheduled-price|sheet-file"
LISTED += "|certificate"
ELSEWHERE = {"api:category-list": "shelves have no offers"}
ONE_OF_A_KIND = re.compile(r'name="(csrfmiddlewaretoken|form_owner)"\s+value="[^"]*"')
FEW = 2
"""So many values of a long list of choices are tried."""


def values_of(field):
    """What somebody may ask of one filter."""
    choices = field.extra.get("choices", ())
    choices = [str(code) for code, _label in (choices() if callable(choices) else choices)]
    if len(choices) > 12:
        choices = [*choices[:FEW], "75"]
    words = [] if choices else ["true", "ample", "73.3131"]
    return [*choices, *words]


def questions(filter_class):
    """Every filter with every value, one at a time, and what every list takes."""
    yield {}
    yield {"page_size": "100", "page": "1"}
    yield {"ordering": "unit_price_eur", "sort": "units", "status": "ON_SALE"}
    filters = filter_class.base_filters if filter_class else {}
    for name, field in filters.items():
        yield from ({name: value} for value in values_of(field))
    if "category" in filters:
        yield from (
            {"category": "test-goods", "property_sterile": value} for value in ("true", "false")
        )
    if "order" in filters:
        yield from ({"order": value} for value in ("price", "-price", "stock"))


def seen(stage, principal, route, asked):
    """Status, headers and body, without what is new in each answer; and the statements asked."""
    row = MATRIX.rows[route, "GET"]
    reset_queries()  # Django keeps the last 9,000
    with CaptureQueriesContext(connection) as captured:
        response, _changed = stage._send(
            principal,
            "GET",
            stage._url(route, row.url_args),
            {"query_params": asked, "headers": {}},
        )
    return ONE_OF_A_KIND.sub("", response.everything), response.status_code, len(captured)


def catch_up():
    """The search reads facts that the worker keeps; what it has found for others is forgotten.

    (That answers stay kept when a price moves: tests/catalog/test_facts.py.)
    """
    for _verdicts in standing.catch_up():
        pass
    cache.clear()


def told_apart(stage, principal, routes=None):
    """The secrets and questions by which this principal can tell the two worlds apart."""
    stage.world.side, stage.foreign = stage.world.b, None
    asked = [
        (route, question) for route in routes or LISTS for question in questions(LISTS[route])
    ]
    catch_up()
    before = [seen(stage, principal, *each) for each in asked]
    rival = Offer.objects.filter(supplier=stage.world.a.supplier)
    apart = set()
    for secret, change in SECRETS.items():
        with undone():
            assert rival.update(**change) > 1
            catch_up()
            after = [seen(stage, principal, *each) for each in asked]
        apart |= {
            (secret, route, str(question))
            for (route, question), *worlds in zip(asked, before, after, strict=True)
            if worlds[0] != worlds[1]
        }
    return apart


@pytest.mark.parametrize("principal", OUTSIDERS)
def test_rival_s_secret_changes_no_byte(stage, principal):
    assert told_apart(stage, principal) == set()


def test_whoever_may_buy_does_see_the_difference(stage):
    """Or the test above would prove nothing."""
    apart = told_apart(stage, "buyer manager B", ["catalog:product", "api:offer-list"])
    assert {(secret, route) for secret, route, _question in apart} == {
        (secret, route) for secret in SECRETS for route in ("catalog:product", "api:offer-list")
    }


def test_every_readable_list_of_the_catalogue_is_asked():
    readable = {
        route
        for route, method in MATRIX.rows
        if method == "GET"
        and route in ROUTES
        and (route.startswith("catalog:") or re.match(rf"api:({LISTED})-", route))
    }
    own = {"catalog:offer", "catalog:sheet", "catalog:import", "catalog:import_errors"}
    own |= {"catalog:new_offer", "catalog:sheet_file"}
    own |= {
        f"api:{name}-detail" for name in ("offer", "scheduled-price", "sheet-file", "certificate")
    }
    assert readable - own - set(LISTS) - set(ELSEWHERE) == set()
