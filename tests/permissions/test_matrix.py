"""Every principal at every route and method, with the objects of A."""

import sys

import pytest

from tests.permissions.cells import MATRIX, ROUTES, is_right, leaks, wrong
from tests.permissions.walker import METHODS


pytestmark = pytest.mark.django_db
OWN = ("supplier manager A", "buyer manager A", "buyer requester A", "buyer approver A")
TWIN = {
    "supplier manager A": "supplier manager B",
    "buyer manager A": "buyer manager B",
    "buyer requester A": "buyer manager B",
    "buyer approver A": "buyer manager B",
}


def methods_of(route):
    """Those that the view answers and those that the table lists."""
    listed = {method for name, method in MATRIX.rows if name == route.name}
    return [each for each in METHODS if each in listed | route.methods]


SLOW = {"api-schema": ("anonymous", "stranger", "supplier token A", "reviewer")}
"""Routes that say the same to everyone and take long: whom to ask."""
CELLS = [
    (route.name, method, principal)
    for route in ROUTES.values()
    for method in methods_of(route)
    for principal in SLOW.get(route.name, MATRIX.principals)
]


@pytest.mark.parametrize("name", ROUTES)
def test_cells_of(stage, name):
    cells = [cell for cell in CELLS if cell[0] == name]
    faults = [wrong(stage, who, name, method) for _name, method, who in cells]
    if any(faults):
        pytest.fail("\n".join(filter(None, faults)), pytrace=False)


WRITES = [
    row
    for row in MATRIX.rows.values()
    if row.method != "GET" and not row.idle and MATRIX.writes(row) and row.route in ROUTES
]


@pytest.mark.parametrize("row", WRITES, ids=lambda row: row.id)
def test_write_that_is_allowed_writes(stage, row):
    """Or the refusals above would prove nothing: the request has to be one that works."""
    answers = {
        who: stage.call(who, row.route, row.method)
        for who in MATRIX.principals
        if MATRIX.answer(row.route, row.method, who) == "ok"
    }
    if not any(changed for _response, changed in answers.values()):
        tried = [
            f"{who}: {response.status_code} {stage.complaints(response)}"
            for who, (response, _changed) in answers.items()
        ]
        pytest.fail("\n".join(tried), pytrace=False)


REFERENCES = [
    (row, key)
    for row in MATRIX.rows.values()
    for key in MATRIX.private_references(row)
    if row.route in ROUTES
]


@pytest.mark.parametrize(("row", "key"), REFERENCES, ids=lambda each: getattr(each, "id", each))
def test_private_reference_of_a_in_a_request_of_b_is_refused(stage, row, key):
    """Everything is B's own, but for one identifier in the body or the query."""
    for owner in OWN:
        if MATRIX.answer(row.route, row.method, owner) == "ok":
            twin = TWIN[owner]
            response, changed = stage.call(
                twin, row.route, row.method, side=stage.world.b, foreign=key
            )
            assert response.status_code < 500
            assert not (row.method != "GET" and changed), f"{twin} used {key} of A"
            assert not leaks(stage.world, twin, response)


def test_size_of_the_matrix(capsys):
    with capsys.disabled():
        sys.stdout.write(
            f"\npermission matrix: {len(CELLS)} cells, {len(ROUTES)} routes,"
            f" {len(WRITES)} writes proved, {len(REFERENCES)} references swapped\n"
        )
    assert len(CELLS) > 1000


@pytest.mark.parametrize(
    ("answer", "code", "changed", "right"),
    [
        ("hidden", 404, False, True),
        ("hidden", 403, False, False),
        ("hidden", 404, True, False),
        ("forbidden", 403, False, True),
        ("forbidden", 404, False, False),
        ("ok", 200, True, True),
        ("ok", 404, False, False),
        ("any", 500, False, False),
        ("closed", 405, False, True),
        ("closed", 200, True, False),
    ],
)
def test_judge_tells_right_from_wrong(answer, code, changed, right):
    class Answer:
        status_code = code

    assert is_right(answer, "GET", Answer, changed) is right
