"""What the law says of the products of a round, on the day on which it comes into force."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.enums import BuyerSide
from catalog.models import Product
from catalog.prices import RuleBook
from orders.rounds.reading import MICRO_PER_EURO


NO_CEILING = -1


@dataclass(frozen=True, eq=False)
class Law:
    """Two rows for each product, one for each side of trade, as columns for `round_law`."""

    columns: dict[str, NDArray[Any]]
    """product; resale (0 or 1); highest: price in millionths of a euro, or NO_CEILING; compared:
    position in the list of that name."""
    compared: list[str]
    """Sets of keys of price rules, as JSON."""
    rates: dict[int, Decimal]
    """The VAT of each product, in per cent."""


def law_of(products: Sequence[int], rules: RuleBook) -> Law:
    """Asks `prices` for each product once. Raises DomainError where no VAT rate is in force."""
    sold = list(Product.objects.filter(pk__in=products).order_by("pk"))
    sets: dict[str, int] = {}
    rows = [row for product in sold for row in _rows(product, rules, sets)]
    names = ("product", "resale", "highest", "compared")
    table = np.array(rows, np.int64).reshape(-1, len(names))
    return Law(
        columns={name: table[:, at] for at, name in enumerate(names)},
        compared=list(sets),
        rates={product.pk: rules.vat_rate(product) for product in sold},
    )


def _rows(
    product: Product, rules: RuleBook, sets: dict[str, int]
) -> Iterator[tuple[int, int, int, int]]:
    """Every offer keeps the end user's ceiling; what resellers get keeps theirs as well."""
    retail = rules.ceiling(product, BuyerSide.END_USER)
    wholesale = rules.ceiling(product, BuyerSide.RESELLER)
    for resale, limits in enumerate(((retail,), (retail, wholesale))):
        figures = [limit.max_unit_price_eur for limit in limits if limit]
        highest = int(min(figures) * MICRO_PER_EURO) if figures else NO_CEILING
        compared = json.dumps(limits[-1].rule_ids if limits[-1] else [])
        yield product.pk, resale, highest, sets.setdefault(compared, len(sets))
