"""An instance, a folder of CSV files, into a market.

    depts.csv     dept,region,lat,lon
    products.csv  product,group,freight_micro
    offers.csv    offer_id,product,stock,pack,moq,max_per_buyer,price_milli,lead_days,origin_dept,
                  served[,supplier_id]
    lines.csv     line_id,buyer_id,dept,tier,products,wanted,min_useful,need_days,ceiling_milli,
                  weight,pinned_offer,preferred_offer[,seq]

`docs/algorithms/allocation.md` explains the columns. Those in brackets may be missing and change
nothing; further columns are passed over.
"""

from pathlib import Path

import numpy as np

from orders.allocation.errors import InvalidMarket
from orders.allocation.files.policy_file import PolicyFile
from orders.allocation.files.tables import Kind, Table
from orders.allocation.input.building import build
from orders.allocation.market import (
    NO_LIMIT,
    NONE,
    BoolArray,
    IntArray,
    Lines,
    Market,
    Offers,
    Places,
    Products,
)
from orders.allocation.policy import Policy


DEPTS = {"dept": Kind.TEXT, "region": Kind.TEXT, "lat": Kind.DECIMAL, "lon": Kind.DECIMAL}
PRODUCTS = {"product": Kind.TEXT, "group": Kind.TEXT, "freight_micro": Kind.WHOLE}
OFFERS = {
    "offer_id": Kind.WHOLE,
    "supplier_id": Kind.WHOLE,
    "product": Kind.TEXT,
    "stock": Kind.WHOLE,
    "pack": Kind.WHOLE,
    "moq": Kind.WHOLE,
    "max_per_buyer": Kind.WHOLE,
    "price_milli": Kind.WHOLE,
    "lead_days": Kind.WHOLE,
    "origin_dept": Kind.TEXT,
    "served": Kind.TEXT,
}
LINES = {
    "line_id": Kind.WHOLE,
    "buyer_id": Kind.WHOLE,
    "dept": Kind.TEXT,
    "tier": Kind.WHOLE,
    "products": Kind.TEXT,
    "wanted": Kind.WHOLE,
    "min_useful": Kind.WHOLE,
    "need_days": Kind.WHOLE,
    "ceiling_milli": Kind.WHOLE,
    "weight": Kind.DECIMAL,
    "pinned_offer": Kind.WHOLE_OR_EMPTY,
    "preferred_offer": Kind.WHOLE_OR_EMPTY,
    "seq": Kind.WHOLE,
}
UNUSED = frozenset({"supplier_id", "seq"})
LARGEST_PRICE_MILLI = 10**9
LARGEST_CEILING_MILLI = 10**15

COLUMN = {
    "min_order": "moq",
    "price_micro": "price_milli",
    "origin": "origin_dept",
    "buyer": "buyer_id",
    "wish": "products",
    "ceiling_micro": "ceiling_milli",
    "need": "weight",
    "pinned": "pinned_offer",
    "preferred": "preferred_offer",
}


def read_market(folder: Path, *, seed: str, policy_file: Path | None = None) -> Market:
    """The checked market of a folder; `InvalidMarket` names file, line and column."""
    instance = _Instance(folder)
    told = PolicyFile(policy_file, folder) if policy_file else None
    raw = instance.market(seed, told)
    try:
        return build(raw)
    except InvalidMarket as error:
        if policy_file and error.row == "policy":
            raise InvalidMarket(policy_file.name, error.field, error.problem) from error
        instance.locate(error)
        raise


class _Instance:
    """The four tables of a folder."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise InvalidMarket(str(folder), "folder", "does not exist; name one with CSV files")
        self.depts = Table(folder / "depts.csv", DEPTS)
        self.products = Table(folder / "products.csv", PRODUCTS)
        self.offers = Table(folder / "offers.csv", OFFERS, UNUSED)
        self.lines = Table(folder / "lines.csv", LINES, UNUSED)
        self.depts.refuse_repeats("dept", self.depts.texts("dept").position)
        self.products.refuse_repeats("product", self.products.texts("product").position)
        self._dept = {code: row for row, code in enumerate(_column(self.depts, "dept"))}
        self._product = {code: row for row, code in enumerate(_column(self.products, "product"))}

    def market(self, seed: str, told: PolicyFile | None) -> Market:
        """All columns in the order of the files, not yet checked against each other."""
        groups = self.products.texts("group")
        products, offers, areas = self._products(), self._offers(), self._areas()
        lines, wishes = self._lines(told), self._wishes()
        return Market(
            offers=offers,
            lines=lines,
            products=products,
            groups=groups.distinct,
            places=self._places(),
            areas=areas,
            wishes=wishes,
            seed=seed,
            policy=told.policy(groups.distinct) if told else Policy(),
        )

    def locate(self, error: InvalidMarket) -> None:
        """Raise the error again with the file, line and column behind its row and field."""
        kind, _, name = error.row.partition(" ")
        if kind == "group":
            table = self.offers if error.field == "stock" else self.lines
            raise InvalidMarket(f"{table.name}, {error.row}", error.field, error.problem)
        table, key = {
            "place": (self.depts, "dept"),
            "product": (self.products, "product"),
            "offer": (self.offers, "offer_id"),
            "line": (self.lines, "line_id"),
        }[kind]
        rows = [row for row, id in enumerate(_column(table, key)) if str(id) == name]
        problem = f"times wanted {error.problem}" if error.field == "need" else error.problem
        column = key if error.field == "id" else COLUMN.get(error.field, error.field)
        table.refuse_row(rows[-1], column, problem)

    def _places(self) -> Places:
        return Places(
            code=tuple(_column(self.depts, "dept")),
            region=tuple(_column(self.depts, "region")),
            lat=self.depts.numbers("lat"),
            lon=self.depts.numbers("lon"),
        )

    def _products(self) -> Products:
        return Products(
            code=tuple(_column(self.products, "product")),
            group=self.products.texts("group").position,
            freight_micro=self.products.numbers("freight_micro"),
        )

    def _offers(self) -> Offers:
        table = self.offers
        limit = table.numbers("max_per_buyer")
        table.within("price_milli", 0, LARGEST_PRICE_MILLI)
        stock = table.numbers("stock")
        for column in ("pack", "moq"):
            more = (stock > 0) & (table.numbers(column) > stock)
            table.refuse(more, column, "is above the stock; lower it or leave the offer out")
        return Offers(
            id=table.numbers("offer_id"),
            product=_known(table, "product", self._product, "product; add it to products.csv"),
            stock=stock,
            pack=table.numbers("pack"),
            min_order=table.numbers("moq"),
            max_per_buyer=np.where(limit == 0, NO_LIMIT, limit),
            price_micro=table.numbers("price_milli") * 1000,
            lead_days=table.numbers("lead_days"),
            origin=_known(table, "origin_dept", self._dept, "department; add it to depts.csv"),
            area=table.texts("served").position,
        )

    def _lines(self, told: PolicyFile | None) -> Lines:
        table = self.lines
        ceiling, weight = table.numbers("ceiling_milli"), table.numbers("weight")
        table.within("ceiling_milli", 0, LARGEST_CEILING_MILLI)
        table.refuse(weight <= 0, "weight", "must be above 0")
        return Lines(
            id=table.numbers("line_id"),
            buyer=table.numbers("buyer_id"),
            place=_known(table, "dept", self._dept, "department; add it to depts.csv"),
            tier=table.numbers("tier"),
            wish=table.texts("products").position,
            wanted=table.numbers("wanted"),
            min_useful=table.numbers("min_useful"),
            need_days=table.numbers("need_days"),
            ceiling_micro=np.where(ceiling == 0, NO_LIMIT, ceiling * 1000),
            need=table.numbers("wanted") * weight,
            past=told.past(table.numbers("line_id")) if told else np.zeros(len(table)),
            pinned=table.numbers("pinned_offer"),
            preferred=table.numbers("preferred_offer"),
        )

    def _areas(self) -> BoolArray:
        """A row per distinct text of `served`: everywhere, departments or regions."""
        codes, regions = np.array([*self._dept]), np.array([*_column(self.depts, "region")])
        served = self.offers.texts("served")
        areas = np.zeros((len(served.distinct), len(codes)), bool)
        for row, text in enumerate(served.distinct):
            for code in text.split(";"):
                reached = (codes == code) | (regions == code) | (code == "*")
                if not reached.any():
                    problem = f"unknown department or region {code!r}; add it to depts.csv"
                    self.offers.refuse(served.position == row, "served", problem)
                areas[row] |= reached
        return areas

    def _wishes(self) -> tuple[tuple[int, ...], ...]:
        wishes = self.lines.texts("products")
        for row, text in enumerate(wishes.distinct):
            for code in text.split(";"):
                if code not in self._product:
                    problem = f"unknown product {code!r}; add it to products.csv"
                    self.lines.refuse(wishes.position == row, "products", problem)
        return tuple(
            tuple(self._product[code] for code in text.split(";")) for text in wishes.distinct
        )


def _column(table: Table, name: str) -> list[str] | IntArray:
    """A column spelled out, row by row."""
    if table.kind(name) is not Kind.TEXT:
        numbers: IntArray = table.numbers(name)
        return numbers
    texts = table.texts(name)
    return [texts.distinct[position] for position in texts.position]


def _known(table: Table, column: str, positions: dict[str, int], what: str) -> IntArray:
    """Positions of the codes in a column; refuses the first unknown one."""
    texts = table.texts(column)
    known = np.array([positions.get(text, NONE) for text in texts.distinct], np.int64)
    found = known[texts.position]
    table.refuse(found == NONE, column, f"unknown {what}")
    return found
