"""Whatever stands behind the question mark, no page breaks and nothing is written."""

import itertools
from urllib.parse import quote

import pytest

from tests.permissions.cells import MATRIX, ROUTES


pytestmark = pytest.mark.django_db
NAMES = (
    *("q", "page", "page_size", "order", "ordering", "sort", "format", "search"),
    *("category", "department", "price", "lead_time", "distance", "gtin", "in_stock"),
    *("managed", "standard", "donation", "status", "product", "supplier", "offer", "kind"),
    *("site", "number", "since", "until", "next", "p", "o", "e", "all", "_changelist_filters"),
)
TEXTS = (
    *("%ff%fe", "%ed%a0%80", "%F0%9F%98%B7", "%E2%80%AE", "%0d%0aX-Evil:1"),
    *(quote(text) for text in ("'\";--", "a:b & !(c | d) <-> ", "%s%d{0}{{7*7}}", "../../etc")),
    *("<svg/onload=1>", "-1", "0", "9" * 400, "1e309", "NaN", "2020-13-45", "%C2%B2", "[]", "{}"),
    "x" * 6000,
)
TURNS = 4
"""So often every name is asked with another text."""
MANY = [f"{NAMES[0]}={number}" for number in range(900)]
READERS = ("anonymous", "buyer manager A", "supplier manager A", "reviewer", "superuser")


def reader_of(route):
    """Somebody whom this page answers."""
    return next((who for who in READERS if MATRIX.answer(route, "GET", who) == "ok"), None)


READABLE = [route for route, method in MATRIX.rows if method == "GET" and route in ROUTES]


@pytest.mark.parametrize("route", [each for each in READABLE if reader_of(each)])
def test_no_question_breaks_a_page(stage, route):
    answer(stage, route, "q=%00&product=%00")
    for turn in range(TURNS):
        texts = TEXTS[turn:] + TEXTS[:turn]
        asked = zip(NAMES, itertools.cycle(texts))
        answer(stage, route, "&".join(f"{name}={text}" for name, text in asked))
    answer(stage, route, "&".join(MANY))
    answer(stage, route, "&&==&%&q&=q&%")


def answer(stage, route, query):
    """Reads the whole page; an exception fails the test, and so does any trace left behind."""
    stage.world.side, stage.foreign = stage.world.a, None
    url = stage._url(route, MATRIX.rows[route, "GET"].url_args)
    options = {"query_params": None, "headers": {}}
    response, changed = stage._send(reader_of(route), "GET", f"{url}?{query}", options)
    assert response.status_code < 500
    assert not changed
    assert "X-Evil" not in response.headers
    if "html" in response.get("Content-Type", ""):
        assert "<svg/onload" not in response.text
