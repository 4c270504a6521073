"""Reads matrix.toml: what each route answers to whom."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from tests.permissions.walker import METHODS


EXTRA = ("body", "query", "headers", "idle")
CLOSED = "admin-closed"
TABLE = Path(__file__).with_name("matrix.toml")


@dataclass(frozen=True)
class Row:
    """One route and method: who is answered, who is refused and how."""

    route: str
    method: str
    profile: str
    url_args: dict = field(default_factory=dict)
    body: dict = field(default_factory=dict)
    query: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)
    idle: str = ""

    @property
    def id(self):
        return f"{self.method} {self.route}"


class Matrix:
    """The parsed table; `rows` by (route, method), `answer()` for one cell."""

    def __init__(self):
        table = tomllib.loads(TABLE.read_text("utf-8"))
        self.principals = table["principals"]
        self.groups = {name: [name] for name in self.principals}
        for name, members in table["groups"].items():
            self.groups[name] = [each for part in members for each in self.groups[part]]
        self.profiles = {name: self._profile(row) for name, row in table["profiles"].items()}
        rows = [*self._rows(table["routes"]), *self._admin_rows(table["models"])]
        self.rows = {(row.route, row.method): row for row in rows}

    def _profile(self, given):
        answers = dict.fromkeys(self.principals, given.get("rest", "hidden"))
        answers |= dict.fromkeys(self.groups["nobody"], given.get("nobody", "login"))
        if not given.get("api"):
            answers |= dict.fromkeys(self.groups["tokens"], given.get("nobody", "login"))
        for answer in ("forbidden", "ok"):
            for part in given.get(answer, []):
                answers |= dict.fromkeys(self.groups[part], answer)
        return answers

    def _rows(self, namespaces):
        for namespace, routes in namespaces.items():
            for name, given in routes.items():
                route = name if namespace == "site" else f"{namespace}:{name}"
                for method in METHODS:
                    if method in given:
                        yield self._row(route, method, given)

    def _row(self, route, method, given):
        details = given[method] if isinstance(given[method], dict) else {"to": given[method]}
        extra = {name: details[name] for name in EXTRA if name in details}
        return Row(route, method, details["to"], given.get("with", {}), **extra)

    def _admin_rows(self, models):
        for model, given in models.items():
            of_one, look = {"object_id": given["object"]}, given["look"]
            routes = {
                "changelist": {"GET": look, **({"POST": given["act"]} if "act" in given else {})},
                "add": {
                    "GET": given["add"]["to"] if "add" in given else CLOSED,
                    "POST": given.get("add", CLOSED),
                },
                "change": {"GET": look, "POST": given.get("change", CLOSED), "with": of_one},
                "history": {"GET": look, "with": of_one},
                "delete": {"GET": CLOSED, "POST": CLOSED, "with": of_one},
            }
            for name, row in routes.items():
                for method in ("GET", "POST"):
                    if method in row:
                        yield self._row(f"admin:{model}_{name}", method, row)
            app, _underscore, name = model.partition("_")
            redirect = f"admin/{app}/{name}/<path:object_id>/"
            yield self._row(redirect, "GET", {"GET": "admin", "with": of_one})

    def names(self):
        """Every route of the table."""
        return {route for route, _method in self.rows}

    def answer(self, route, method, principal):
        """What this principal has to get; "closed" for a method that is not in the table."""
        row = self.rows.get((route, method))
        return self.profiles[row.profile][principal] if row else "closed"

    def writes(self, row):
        """Whether somebody is allowed this row's act."""
        return "ok" in self.profiles[row.profile].values()

    def private_references(self, row):
        """The keys of body and query that hold an object of one owner alone."""
        return sorted({*_private(row.body), *_private(row.query)})


def _private(given):
    for key, value in given.items():
        if isinstance(value, str) and value.startswith("="):
            yield key
        for each in value if isinstance(value, list) else ():
            if isinstance(each, dict):
                yield from _private(each)
