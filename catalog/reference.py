"""Loads shelves, product sheets and the law of 2020 from data/; see data/README.md."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import CharField, Max

from catalog.models import (
    Attribute,
    Category,
    DatedRule,
    GelFormula,
    PriceCoefficient,
    PriceRule,
    Product,
    StandardEquivalence,
    Synonym,
    VatRule,
)


DATA = Path(__file__).parent / "data"
EXERCISE = "Exercice : reprend le texte « {} »"
"""Legal reference of a rule that is re-enacted for trying the marketplace out."""
RULE_KEYS: dict[type[DatedRule], tuple[str, ...]] = {
    PriceRule: ("legal_reference", "product_kind", "buyer_side", "min_container_ml", "valid_from"),
    PriceCoefficient: (
        "legal_reference",
        "product_kind",
        "dispenser",
        "min_container_ml",
        "valid_from",
    ),
    VatRule: ("legal_reference", "product_kind", "valid_from"),
    GelFormula: ("legal_reference", "code", "valid_from"),
    StandardEquivalence: (
        "legal_reference",
        "standard",
        "standard_class",
        "equivalent_standard",
        "equivalent_class",
        "valid_from",
    ),
}
RULE_FILES: dict[type[DatedRule], str] = {
    PriceRule: "price_rules.csv",
    PriceCoefficient: "coefficients.csv",
    VatRule: "vat_rules.csv",
    GelFormula: "gel_formulas.csv",
    StandardEquivalence: "equivalences.csv",
}
SUBJECTS: dict[type[DatedRule], str] = {
    GelFormula: "code",
    StandardEquivalence: "equivalent_standard",
}
"""What a rule is about, where not a kind in law; of each, the last rules are re-enacted."""


@dataclass(frozen=True)
class Loaded:
    """How many rows were new."""

    categories: int
    attributes: int
    products: int
    rules: int
    synonyms: int


@transaction.atomic
def load() -> Loaded:
    """Add what is missing; a row that exists stays as an administrator left it.

    Shelves and sheets are known by their slug, properties by category and key, rules by
    RULE_KEYS.
    """
    return Loaded(
        categories=sum(_add_category(row) for row in _rows("categories.csv")),
        attributes=sum(_add_attribute(row) for row in _rows("attributes.csv")),
        products=sum(_add_product(row) for row in _rows("products.csv")),
        rules=sum(
            _add_rule(model, row) for model, name in RULE_FILES.items() for row in _rows(name)
        ),
        synonyms=sum(_add_synonym(row) for row in _rows("synonyms.csv")),
    )


def written_law() -> list[DatedRule]:
    """The rules of 2020 as they stand in the files, unsaved; no database is asked."""
    rules = [
        model(**_rule_values(model, row))
        for model, name in RULE_FILES.items()
        for row in _rows(name)
    ]
    for rule in rules:
        rule.clean_fields()
    return rules


@transaction.atomic
def load_exercise() -> int:
    """Re-enact the last rules of 2020 without an end, from the day after theirs; return how many.

    For demonstrations: history stays what it was, and today's offers meet the same law. Running
    it again adds nothing.
    """
    return sum(_prolong(model) for model in RULE_FILES)


def _rows(name: str) -> Iterator[dict[str, str | None]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {key: value or None for key, value in row.items()}


def _add_category(row: dict[str, str | None]) -> bool:
    parent = Category.objects.get(slug=row.pop("parent")) if row["parent"] else None
    row.pop("parent", None)
    slug = row.pop("slug")
    defaults = {
        **row,
        "standard": row["standard"] or "",
        "parent": parent,
        "needs_safety_sheet": row["needs_safety_sheet"] == "1",
    }
    return Category.objects.get_or_create(slug=slug, defaults=defaults)[1]


def _add_attribute(row: dict[str, str | None]) -> bool:
    values: dict[str, object] = {key: value for key, value in row.items() if value is not None}
    category = Category.objects.get(slug=values.pop("category"))
    values |= {
        "choices": [_choice(each) for each in (row["choices"] or "").split("|") if each],
        "is_required": row["is_required"] == "1",
    }
    key = values.pop("key")
    return Attribute.objects.get_or_create(category=category, key=key, defaults=values)[1]


def _choice(written: str) -> dict[str, str]:
    value, label, label_en = written.split(":")
    return {"value": value, "label": label, "label_en": label_en}


def _add_product(row: dict[str, str | None]) -> bool:
    values = {key: value for key, value in row.items() if value is not None}
    slug = values.pop("slug")
    defaults = {
        **values,
        "category": Category.objects.get(slug=values["category"]),
        "attributes": json.loads(values.get("attributes", "{}")),
        "has_valve": values["has_valve"] == "1",
        "managed": values["managed"] == "1",
    }
    return Product.objects.get_or_create(slug=slug, defaults=defaults)[1]


def _rule_values(model: type[DatedRule], row: dict[str, str | None]) -> dict[str, str]:
    """Empty cells stand for empty text where the column is one, and are left out elsewhere."""
    text = {field.attname for field in model._meta.fields if isinstance(field, CharField)}
    return {key: value or "" for key, value in row.items() if value is not None or key in text}


def _add_rule(model: type[DatedRule], row: dict[str, str | None]) -> bool:
    values = _rule_values(model, row)
    key = {name: values.pop(name) for name in RULE_KEYS[model]}
    return model.objects.get_or_create(**key, defaults=values)[1]


def _add_synonym(row: dict[str, str | None]) -> bool:
    terms = [term.strip() for term in str(row.pop("terms")).split("=")]
    return Synonym.objects.get_or_create(terms=terms, defaults=row)[1]


def _prolong(model: type[DatedRule]) -> int:
    """The rules that ended last, of each subject, get a successor."""
    subject = SUBJECTS.get(model, "product_kind")
    law = model.objects.exclude(legal_reference__startswith=EXERCISE.split("«")[0])
    last_days = dict(
        law.filter(valid_until__isnull=False)
        .order_by()
        .values_list(subject)
        .annotate(Max("valid_until"))
    )
    return sum(
        _successor(model, rule, rule.valid_until)
        for rule in law.filter(**{f"{subject}__in": last_days})
        if rule.valid_until and rule.valid_until == last_days[getattr(rule, subject)]
    )


def _successor(model: type[DatedRule], rule: DatedRule, last_day: date) -> bool:
    values = {field.attname: getattr(rule, field.attname) for field in rule._meta.fields}
    values.pop(rule._meta.pk.attname)
    values |= {
        "legal_reference": EXERCISE.format(rule.legal_reference),
        "valid_from": last_day + timedelta(days=1),
        "valid_until": None,
    }
    key = {name: values.pop(name) for name in RULE_KEYS[model]}
    return model.objects.get_or_create(**key, defaults=values)[1]
