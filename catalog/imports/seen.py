"""What a verdict on a row stood on, as a fingerprint: while it is the same, so is the verdict."""

from functools import cached_property
from hashlib import blake2b
from typing import Any

from django.db.models import Model

from catalog.imports.judging import Judge
from catalog.models import Product


class Seen:
    """Fingerprints of what one judge looks at beside the offers themselves."""

    def __init__(self, judge: Judge) -> None:
        """Nothing is looked at yet."""
        self.judge = judge
        self.sheets: dict[int, str] = {}

    def of(self, sheet: Product) -> str:
        """Of all facts of the sheet, the rules of the day and the supplier's certificates."""
        if sheet.pk not in self.sheets:
            self.sheets[sheet.pk] = _digest(self._common, _facts(sheet))
        return self.sheets[sheet.pk]

    @cached_property
    def _common(self) -> str:
        rules, own = self.judge.rules, self.judge.certificates
        rows: list[Model] = [
            *rules.price_rules,
            *rules.coefficients,
            *rules.vat_rules,
            *rules.equivalences,
            *(own[pk] for pk in sorted(own)),
        ]
        named = [
            sorted(each.product_id for each in own[pk].named_sheets.all()) for pk in sorted(own)
        ]
        return _digest(self.judge.day, rules.formulas, named, *map(_facts, rows))


def _facts(row: Model) -> list[Any]:
    return [getattr(row, field.attname) for field in row._meta.concrete_fields]


def _digest(*facts: object) -> str:
    return blake2b(repr(facts).encode(), digest_size=16).hexdigest()
