"""A national catalogue by COPY, the same for the same seed: sheets, suppliers, offers, buyers.

Skew as markets have it: few sheets have hundreds of offers and half have two or three, few
suppliers sell thousands; a third of the offers go to a handful of departments only.
"""

import itertools
import json
import time
import uuid

import numpy as np
from django.db import connection
from django.utils import timezone

from benchmarks.allocation.filling import copy
from catalog import reference, standing
from catalog.enums import ProductKind
from catalog.models import Category, StockMovement
from core.places import departments
from suppliers.enums import Standard
from tests import factories


FIRST = 1_000_000
BUYERS = 64
TABLES = ("catalog_product", "catalog_offer", "catalog_stockmovement", "suppliers_supplier")
GOODS = {
    "hygiene-des-mains": ("Gel hydroalcoolique", "Solution hydroalcoolique", "Savon antiseptique"),
    "masques-chirurgicaux": ("Masque chirurgical", "Masque à usage unique", "Masque à élastiques"),
    "masques-ffp": ("Masque FFP2", "Masque FFP3", "Demi-masque filtrant"),
    "masques-grand-public": ("Masque en tissu", "Masque lavable catégorie 1"),
    "gants": ("Gants d'examen nitrile", "Gants chirurgicaux stériles", "Gants vinyle non poudrés"),
    "blouses": ("Surblouse à manches longues", "Blouse chirurgicale", "Combinaison intégrale"),
    "protection-des-yeux": ("Visière de protection", "Lunettes de protection", "Écran facial"),
    "matieres-premieres": ("Éthanol 96 %", "Isopropanol", "Glycérol", "Peroxyde d'hydrogène"),
    "emballages": ("Flacon PET", "Pompe distributrice", "Bidon PEHD", "Capsule de service"),
}
CLASSES = {
    "masques-chirurgicaux": ("Type I", "Type II", "Type IIR"),
    "masques-ffp": ("FFP1", "FFP2", "FFP3"),
}
LISTS = {
    "masques-chirurgicaux": {"fastening": ("EARLOOPS", "TIES"), "size": ("ADULT", "CHILD")},
    "masques-ffp": {"size": ("S", "M", "L")},
    "gants": {"size": ("XS", "S", "M", "L", "XL"), "material": ("NITRILE", "LATEX", "VINYL")},
    "blouses": {"size": ("S", "M", "L", "XL", "XXL"), "material": ("SMS", "PP")},
}
"""Properties that a search counts, by shelf."""
SHARES = (0.16, 0.16, 0.1, 0.06, 0.18, 0.12, 0.08, 0.06, 0.08)
STANDARDS = {
    "masques-chirurgicaux": Standard.EN_14683,
    "masques-ffp": Standard.EN_149,
    "gants": Standard.EN_455,
    "blouses": Standard.EN_13795,
    "protection-des-yeux": Standard.EN_166,
}
KINDS = {
    "masques-chirurgicaux": ProductKind.MASK_EN14683,
    "masques-ffp": ProductKind.MASK_EN149,
}
FORMS = ("boîte de 50", "boîte de 100", "carton de 1 000", "sachet unitaire", "lot de 10", "vrac")
SIZES = ("taille S", "taille M", "taille L", "taille XL", "taille unique", "pédiatrique")
MAKERS = ("Arvor", "Belledonne", "Caducée", "Durance", "Esterel", "Forez", "Gâtinais", "Hermine")
USES = (
    "Usage unique, non stérile, sans latex.",
    "Pour les soins courants en établissement de santé et en ville.",
    "Recommandé au bloc opératoire, en réanimation et aux urgences.",
    "Conforme aux exigences essentielles ; notice en français jointe à chaque carton.",
    "Résiste aux éclaboussures ; à conserver à l'abri de la chaleur et de l'humidité.",
    "Fabriqué en France, dérogation de mars 2020 pour la durée de l'état d'urgence sanitaire.",
)
VOLUMES = (50, 100, 300, 500, 1000, 5000)


class Filling:
    """One catalogue; keys are positions from FIRST on."""

    def __init__(self, *, sheets: int, offers: int, suppliers: int, seed: int = 1) -> None:
        self.sheets, self.offers, self.suppliers = sheets, offers, suppliers
        self.dice = np.random.default_rng(seed)
        self.places = np.array(list(departments()))
        self.seconds: dict[str, float] = {}

    def fill(self) -> None:
        """All tables, then every verdict and fact as the worker makes them."""
        reference.load()
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")  # a million rows in one COPY
        for step in (self._suppliers, self._sheets, self._offers, self._analyse, self._judge):
            begin = time.perf_counter()
            step()
            self.seconds[step.__name__.strip("_")] = round(time.perf_counter() - begin, 1)
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")

    def _suppliers(self) -> None:
        self.seller = factories.SupplierFactory(approved=True)
        keys = np.arange(self.suppliers)
        copy(
            self.seller,
            id=FIRST + keys,
            public_id=[uuid.uuid4() for _ in keys],
            siret=[factories.siret(2_000_000 + int(key)) for key in keys],
            name=[f"Laboratoire {MAKERS[key % len(MAKERS)]} {key}" for key in keys],
            department=self.dice.choice(self.places, self.suppliers),
        )
        self.certificates = {
            standard: factories.CertificateFactory(supplier=self.seller, standard=standard)
            for standard in set(STANDARDS.values())
        }

    def _sheets(self) -> None:
        size, pick = self.sheets, self._pick
        shelves = list(GOODS)
        shelf = self.dice.choice(len(shelves), size, p=SHARES)
        self.standard = [STANDARDS.get(shelves[each], "") for each in shelf]
        categories = dict(Category.objects.values_list("slug", "pk"))
        goods = [
            GOODS[shelves[each]][row % len(GOODS[shelves[each]])] for row, each in enumerate(shelf)
        ]
        volume = [
            int(ml) if shelves[each] in ("hygiene-des-mains", "matieres-premieres") else None
            for each, ml in zip(shelf, self.dice.choice(VOLUMES, size), strict=True)
        ]
        form, extent, maker = pick(FORMS), pick(SIZES), pick(MAKERS)
        self.sheet = factories.ProductFactory()
        copy(
            self.sheet,
            id=FIRST + np.arange(size),
            slug=[f"fiche-{row}" for row in range(size)],
            name=[
                f"{good}{f' {ml} ml' if ml else f', {look}'}, {box}, {brand} {row % 997}"
                for row, (good, ml, look, box, brand) in enumerate(
                    zip(goods, volume, extent, form, maker, strict=True)
                )
            ],
            name_en=[f"{good} {row}" for row, good in enumerate(goods)],
            description=list(map(" ".join, zip(pick(USES), pick(USES), strict=True))),
            category_id=[categories[shelves[each]] for each in shelf],
            kind=[KINDS.get(shelves[each], ProductKind.OTHER) for each in shelf],
            standard=self.standard,
            standard_class=[_class(shelves[each], row) for row, each in enumerate(shelf)],
            attributes=[_attributes(shelves[each], row) for row, each in enumerate(shelf)],
            container_ml=volume,
            managed=self.dice.random(size) < 0.02,
        )

    def _pick(self, texts: tuple[str, ...]) -> list[str]:
        return [texts[row] for row in self.dice.integers(0, len(texts), self.sheets)]

    def _offers(self) -> None:
        size, dice = self.offers, self.dice
        weight = 1 / (np.arange(self.sheets) + 20) ** 0.8
        product = dice.choice(self.sheets, size, p=dice.permutation(weight) / weight.sum())
        share = 1 / (np.arange(self.suppliers) + 5) ** 0.7
        supplier = dice.choice(self.suppliers, size, p=share / share.sum())
        keys, stock = FIRST + np.arange(size), self._stock(size)
        pack = dice.choice([1, 10, 50, 100], size)
        example = factories.OfferFactory(supplier=self.seller, product=self.sheet, on_hand_units=0)
        copy(
            example,
            id=keys,
            public_id=[uuid.uuid4() for _ in keys],
            supplier_id=FIRST + supplier,
            product_id=FIRST + product,
            status=dice.choice(["ON_SALE", "DRAFT", "WITHDRAWN"], size, p=[0.9, 0.06, 0.04]),
            unit_price_eur=np.where(
                dice.random(size) < 0.01, 0, np.round(dice.lognormal(0.5, 1.4, size), 4)
            ),
            on_hand_units=stock,
            pack_units=pack,
            min_order_units=pack * dice.choice([1, 1, 2, 5], size),
            lead_time_days=dice.choice([1, 2, 3, 5, 7, 10, 14, 21, 30], size),
            departments=self._areas(size),
            certificate_id=[
                self.certificates[self.standard[row]].pk if self.standard[row] else None
                for row in product
            ],
        )
        held = np.flatnonzero(stock)
        movement = StockMovement(
            offer=example, delta_on_hand_units=1, delta_reserved_units=0,
            reason="DECLARED", cause="filling", at=timezone.now(),
        )  # fmt: skip
        copy(movement, id=keys[held], offer_id=keys[held], delta_on_hand_units=stock[held])

    def _stock(self, size: int) -> np.ndarray:
        amount = np.round(self.dice.lognormal(7, 1.5, size)).astype(int)
        return np.where(self.dice.random(size) < 0.25, 0, amount)

    def _areas(self, size: int) -> list[str]:
        regions: dict[str, list[str]] = {}
        for place in departments().values():
            regions.setdefault(place.region_code, []).append(place.code)
        named = ["{" + ",".join(each) + "}" for each in regions.values()]
        local = self.dice.integers(0, len(named), size)
        limited = self.dice.random(size) < 0.3
        return [named[area] if here else "{}" for area, here in zip(local, limited, strict=True)]

    def _analyse(self) -> None:
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                )
            cursor.execute("ANALYZE")

    def _judge(self) -> None:
        for _turns in standing.catch_up():
            pass
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does within minutes


def _class(shelf: str, row: int) -> str:
    classes = CLASSES.get(shelf, ("",))
    return classes[row % len(classes)]


def _attributes(shelf: str, row: int) -> str:
    lists = LISTS.get(shelf, {})
    return json.dumps({key: values[row % len(values)] for key, values in lists.items()})


def buyers() -> list[factories.BuyerMemberFactory]:
    """Signed-in people of approved hospitals, one a department, in the order of the codes."""
    return [
        factories.BuyerMemberFactory(buyer__approved=True, buyer__department=place)
        for place in itertools.islice(departments(), BUYERS)
    ]
