"""The product's own tables, filled from an instance by COPY: one row as the product makes it, many
like it."""

import datetime
import io
import uuid
from collections.abc import Sequence

import numpy as np
import pandas as pd
from django.db import connection
from django.db.models import Model
from django.db.models.expressions import DatabaseDefault
from django.utils import timezone

from catalog.models import StockMovement
from orders.allocation.market import NO_LIMIT, NONE, Market
from tests import factories
from tests.orders.world import World


Column = Sequence[object] | np.ndarray
FIRST = 1000  # keys below are those of the examples
LINES_PER_ORDER = 5
TABLES = (
    "accounts_user",
    "buyers_buyermember",
    "suppliers_suppliermember",
    "catalog_category",
    "catalog_product",
    "catalog_offer",
    "catalog_stockmovement",
    "suppliers_supplier",
    "buyers_buyer",
    "buyers_site",
    "orders_order",
    "orders_orderline",
)


class Filling:
    """Offers, buyers, orders and lines of a market as rows; keys are positions from `FIRST` on."""

    def __init__(self, market: Market, world: World) -> None:
        self.market, self.users = market, 0
        self.hospital = world.hospital()
        product = factories.ProductFactory(managed=True)
        self.offer = factories.OfferFactory(product=product, on_hand_units=0)
        self.order = factories.OrderFactory(
            placed=True,
            buyer=self.hospital.buyer,
            site=self.hospital.site,
            placed_by=self.hospital.manager,
        )
        self.line = factories.OrderLineFactory(
            order=self.order, product=product, waits_for_round=True
        )

    def fill(self) -> None:
        """All tables; the example order goes, so that only the market waits."""
        self._catalogue()
        self._offers()
        self._orders()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM orders_orderline WHERE id = %s", [self.line.pk])
            cursor.execute("DELETE FROM orders_order WHERE id = %s", [self.order.pk])
            for table in TABLES:
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                )
            cursor.execute("ANALYZE")

    def _catalogue(self) -> None:
        products, groups = self.market.products, self.market.groups
        copy(
            self.offer.product.category,
            id=FIRST + np.arange(len(groups)),
            slug=[f"group-{name.lower()}" for name in groups],
        )
        copy(
            self.offer.product,
            id=FIRST + np.arange(len(products.code)),
            slug=[f"product-{code.lower()}" for code in products.code],
            category_id=FIRST + products.group,
        )

    def _offers(self) -> None:
        offers, places = self.market.offers, np.array(self.market.places.code)
        served = [
            "{" + ",".join([] if row.all() else places[row]) + "}" for row in self.market.areas
        ]
        limit = np.maximum(offers.max_per_buyer, offers.min_order).astype(object)
        limit[offers.max_per_buyer == NO_LIMIT] = None
        supplier = np.arange(len(offers)) // 4
        sellers = np.unique(supplier)
        copy(
            self.offer.supplier,
            id=FIRST + sellers,
            public_id=[uuid.uuid4() for _ in sellers],
            siret=[factories.siret(2_000_000 + int(row)) for row in sellers],
        )
        clerk = factories.SupplierMemberFactory(supplier=self.offer.supplier)
        self._people(clerk, len(sellers), supplier_id=FIRST + sellers)
        keys = FIRST + np.arange(len(offers))
        copy(
            self.offer,
            id=keys,
            public_id=[uuid.uuid4() for _ in keys],
            supplier_id=FIRST + supplier,
            product_id=FIRST + offers.product,
            on_hand_units=offers.stock,
            pack_units=offers.pack,
            min_order_units=offers.min_order,
            max_per_buyer_units=limit,
            unit_price_eur=offers.price_micro / 1e6,
            lead_time_days=offers.lead_days,
            departments=[served[area] for area in offers.area],
        )
        movement = StockMovement(
            offer=self.offer,
            delta_on_hand_units=1,
            delta_reserved_units=0,
            reason="DECLARED",
            cause="filling",
            at=timezone.now(),
        )
        copy(movement, id=keys, offer_id=keys, delta_on_hand_units=offers.stock)

    def _orders(self) -> None:
        lines = self.market.lines
        buyers, buyer = np.unique(lines.buyer, return_inverse=True)
        kinds = np.array(["HOSPITAL", "CARE_AT_HOME", "PUBLIC_BODY", "RESELLER"])
        first = np.unique(buyer, return_index=True)[1]
        place = np.array(self.market.places.code)[lines.place]
        copy(
            self.hospital.buyer,
            id=FIRST + np.arange(len(buyers)),
            public_id=[uuid.uuid4() for _ in buyers],
            siret=[factories.siret(3_000_000 + row) for row in range(len(buyers))],
            finess=[f"X{row:08d}" for row in range(len(buyers))],
            kind=kinds[np.minimum(lines.tier[first], 4) - 1],
            beds=10 + 37 * np.arange(len(buyers)) % 790,
            department=place[first],
        )
        manager = self.hospital.buyer.members.get(user=self.hospital.manager)
        self._people(manager, len(buyers), buyer_id=FIRST + np.arange(len(buyers)))
        copy(
            self.hospital.site,
            id=FIRST + np.arange(len(buyers)),
            public_id=[uuid.uuid4() for _ in buyers],
            buyer_id=FIRST + np.arange(len(buyers)),
            department=place[first],
            name=[f"site {row}" for row in range(len(buyers))],
        )
        by_buyer = pd.Series(buyer).groupby(buyer).cumcount().to_numpy()
        orders, order = np.unique(
            buyer * len(lines) + by_buyer // LINES_PER_ORDER, return_inverse=True
        )
        owner = orders // len(lines)
        copy(
            self.order,
            id=FIRST + np.arange(len(orders)),
            number=[f"2021-{row:06d}" for row in range(len(orders))],
            buyer_id=FIRST + owner,
            site_id=FIRST + owner,
        )
        self._lines(order, by_buyer % LINES_PER_ORDER + 1)

    def _people(self, example: Model, size: int, **organisation: Column) -> None:
        """A member of each organisation, who will hear of the round."""
        users = FIRST + self.users + np.arange(size)
        self.users += size
        copy(self.hospital.manager, id=users, email=[f"{key}@example.org" for key in users])
        copy(example, id=users, user_id=users, **organisation)

    def _lines(self, order: np.ndarray, position: np.ndarray) -> None:
        lines, today = self.market.lines, timezone.localdate()
        wish = [self.market.wishes[row] for row in lines.wish]
        days = {
            int(day): today + datetime.timedelta(days=int(day))
            for day in np.unique(lines.need_days[lines.need_days < NO_LIMIT])
        }
        keys = FIRST + np.arange(len(lines))
        copy(
            self.line,
            id=keys,
            order_id=FIRST + order,
            position=position,
            product_id=[FIRST + products[0] for products in wish],
            requested_units=lines.wanted,
            min_useful_units=lines.min_useful,
            needed_by=[days.get(int(day)) for day in lines.need_days],
            max_unit_price_eur=[
                None if ceiling == NO_LIMIT else ceiling / 1e6 for ceiling in lines.ceiling_micro
            ],
            offer_id=[None if pin == NONE else FIRST + pin for pin in lines.pinned],
        )
        substitutes = [
            (key, FIRST + product, rank)
            for key, products in zip(keys, wish, strict=True)
            for rank, product in enumerate(products[1:], 1)
        ]
        _copy(
            "orders_substitute",
            pd.DataFrame(substitutes, columns=["line_id", "product_id", "rank"]),
        )


def copy(example: Model, **columns: Column) -> None:
    """As many rows like the example as the columns have, which replace its own values."""
    size = len(columns["id"])
    table = {}
    for field in example._meta.concrete_fields:
        if field.column in columns:
            table[field.column] = pd.Series(list(columns[field.column]), dtype=object)
            continue
        value = getattr(example, field.attname)
        if isinstance(value, DatabaseDefault):
            continue
        value = field.get_db_prep_save(value, connection)
        if field.get_internal_type() == "JSONField":
            value = "{}"
        elif isinstance(value, list):
            value = "{" + ",".join(map(str, value)) + "}"
        table[field.column] = pd.Series([value] * size, dtype=object)
    _copy(example._meta.db_table, pd.DataFrame(table))


def _copy(table: str, rows: pd.DataFrame) -> None:
    text = io.StringIO()
    rows.to_csv(text, index=False, header=False, na_rep="\\N")
    text.seek(0)
    names = ", ".join(f'"{name}"' for name in rows.columns)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN (FORMAT csv, NULL '\\N')", text)
