"""The policy file: what the ministry may decide, as JSON beside two optional tables.

    {"held_back": 0.05,
     "floors":   [{"who": {"tier": [3], "region": ["R94"]}, "fraction": 0.02}],
     "reserves": [{"name": "nursing homes", "share": 0.25, "who": {"tier": [3]}}],
     "caps": "caps.csv",    buyer_id,group,units
     "past": "past.csv"}    line_id,units

Every key at the top is optional; the tables lie in the folder of the instance. `who` holds lists
under `tier`, `dept`, `region`, `buyer_id`; `{}` is everyone. Numbers are read as exact decimals.
"""

import json
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from orders.allocation.errors import InvalidMarket
from orders.allocation.files.tables import Kind, Table
from orders.allocation.input.policy_admission import LARGEST_CAP
from orders.allocation.market import FloatArray, IntArray
from orders.allocation.policy import Floor, Policy, Reserve, Who


WHO = {"tier": int, "dept": str, "region": str, "buyer_id": int}
TOP = ("held_back", "floors", "reserves", "caps", "past")


class PolicyFile:
    """One policy file for the instance in `folder`; `InvalidMarket` names the path of a value."""

    def __init__(self, path: Path, folder: Path) -> None:
        self._name, self._folder = path.name, folder
        try:
            told = json.loads(
                path.read_text(encoding="utf-8-sig"),
                parse_float=Decimal,
                parse_constant=self._constant,
                object_pairs_hook=self._object,
            )
        except OSError as error:
            self._refuse("file", f"cannot be read: {error.strerror}", error)
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            self._refuse("file", f"is not JSON in UTF-8: {error}", error)
        self._told = self._keys(told, "policy", required=(), optional=TOP)

    def policy(self, groups: Collection[str]) -> Policy:
        """The rules and the caps; `groups` are those of the instance."""
        return Policy(
            held_back=self._part(self._told.get("held_back", 0), "held_back"),
            floors=tuple(self._floor(each, path) for path, each in self._list("floors")),
            reserves=tuple(self._reserve(each, path) for path, each in self._list("reserves")),
            caps=self._caps(groups),
        )

    def past(self, line_ids: IntArray) -> FloatArray:
        """Units received before per line, in the order of `line_ids`; 0 where none is told."""
        units = np.zeros(len(line_ids))
        table = self._table("past", {"line_id": Kind.WHOLE, "units": Kind.DECIMAL})
        if table is None:
            return units
        lines = table.numbers("line_id")
        table.refuse_repeats("line_id", lines)
        table.refuse(~np.isin(lines, line_ids), "line_id", "unknown line; it is not in lines.csv")
        table.within("units", 0, LARGEST_CAP)
        order = np.argsort(line_ids, kind="stable")
        units[order[np.searchsorted(line_ids, lines, sorter=order)]] = table.numbers("units")
        return units

    def _caps(self, groups: Collection[str]) -> dict[tuple[int, str], int]:
        kinds = {"buyer_id": Kind.WHOLE, "group": Kind.TEXT, "units": Kind.WHOLE}
        table = self._table("caps", kinds)
        if table is None:
            return {}
        names = table.texts("group")
        buyers = table.numbers("buyer_id")
        unknown = np.array([name not in groups for name in names.distinct], bool)
        table.refuse(unknown[names.position], "group", "unknown group; it is not in products.csv")
        table.within("buyer_id", 0, LARGEST_CAP)
        table.within("units", 0, LARGEST_CAP)
        table.refuse_repeats("buyer_id", buyers * len(names.distinct) + names.position)
        of_row = (names.distinct[position] for position in names.position)
        keys = zip(buyers.tolist(), of_row, strict=True)
        return dict(zip(keys, table.numbers("units").tolist(), strict=True))

    def _table(self, key: str, kinds: Mapping[str, Kind]) -> Table | None:
        name = self._told.get(key)
        if name is None and key not in self._told:
            return None
        if not isinstance(name, str) or not name:
            self._refuse(key, f"must be the name of a file, not {name!r}")
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            self._refuse(key, f"{name!r} leaves the folder of the instance; put it there")
        return Table(path, kinds)

    def _floor(self, told: object, path: str) -> Floor:
        floor = self._keys(told, path, required=("who", "fraction"))
        return Floor(
            who=self._who(floor["who"], f"{path}.who"),
            fraction=self._part(floor["fraction"], f"{path}.fraction"),
        )

    def _reserve(self, told: object, path: str) -> Reserve:
        reserve = self._keys(told, path, required=("name", "share", "who"))
        return Reserve(
            name=reserve["name"],
            share=self._part(reserve["share"], f"{path}.share"),
            who=self._who(reserve["who"], f"{path}.who"),
        )

    def _who(self, told: object, path: str) -> Who:
        who = self._keys(told, path, required=(), optional=tuple(WHO))
        for key, values in who.items():
            if not isinstance(values, list) or not values:
                self._refuse(f"{path}.{key}", "must be a list, not empty; leave out for everyone")
            for value in values:
                if type(value) is not WHO[key]:
                    what = "whole number" if WHO[key] is int else "text in quotes"
                    self._refuse(f"{path}.{key}", f"must hold a {what}, not {value!r}")
        return Who(
            tiers=frozenset(who.get("tier", ())),
            places=frozenset(who.get("dept", ())),
            regions=frozenset(who.get("region", ())),
            buyers=frozenset(who.get("buyer_id", ())),
        )

    def _list(self, key: str) -> list[tuple[str, object]]:
        told = self._told.get(key, [])
        if not isinstance(told, list):
            self._refuse(key, f"must be a list, not {told!r}")
        return [(f"{key}[{number}]", each) for number, each in enumerate(told)]

    def _keys(
        self, told: object, path: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        if not isinstance(told, dict):
            self._refuse(path, f"must be an object in braces, not {told!r}")
        allowed = required + optional
        for key in told:
            if key not in allowed:
                self._refuse(f"{path}.{key}", f"unknown key; known are {', '.join(allowed)}")
        for key in required:
            if key not in told:
                self._refuse(f"{path}.{key}", "is missing")
        return told

    def _part(self, value: object, path: str) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self._refuse(path, f"must be a number from 0 to 1, not {value!r}")
        return Decimal(value)

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        told: dict[str, object] = {}
        for key, value in pairs:
            if key in told:
                self._refuse(key, "appears twice; keep one")
            told[key] = value
        return told

    def _constant(self, name: str) -> NoReturn:
        self._refuse("file", f"{name} is not a number")

    def _refuse(self, path: str, problem: str, cause: Exception | None = None) -> NoReturn:
        raise InvalidMarket(self._name, path, problem) from cause
