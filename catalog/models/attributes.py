"""What product sheets of a category say besides the facts that every sheet has."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, gettext_lazy as _

from catalog.enums import AttributeKind
from catalog.models.products import Category, in_reader_language


SHEET_COLUMNS = (
    *("container_ml", "dispenser", "has_valve", "standard_class"),
    *("un_number", "hazard_class", "packing_group"),
)
"""Keys whose values stand in a column of the sheet: the law, or a driver, looks at them."""


def validate_choices(choices: object) -> None:
    """Raise ValidationError unless `choices` lists objects {"value", "label", "label_en"}."""
    wanted = {"value", "label", "label_en"}
    rows: list[Any] = choices if isinstance(choices, list) else [None]
    if not all(
        isinstance(each, dict) and set(each) == wanted and all(map(_is_text, each.values()))
        for each in rows
    ):
        raise ValidationError(
            gettext(
                'Write a list such as [{"value": "PET", "label": "PET", "label_en": "PET"}], '
                "each with a value, a French and an English label."
            )
        )
    values = [each["value"] for each in rows]
    if len(set(values)) < len(values):
        raise ValidationError(gettext("Each value stands once in the list."))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


class AttributeQuerySet(models.QuerySet["Attribute"]):
    """Properties by the shelves that have them."""

    def of(self, category: Category) -> list["Attribute"]:
        """Those of a sheet in `category`: its own and what it inherits, in their order.

        A category's own property stands for its parent's of the same key.
        """
        path = category.path
        found = self.filter(category__in=path).order_by("position", "pk")
        return inherited(path, found)

    def kinds(self) -> dict[str, AttributeKind]:
        """Key → kind; a key is of one kind in all categories."""
        rows = self.order_by("key").values_list("key", "kind").distinct()
        return {key: AttributeKind(kind) for key, kind in rows}


def inherited(path: list[Category], attributes: Iterable["Attribute"]) -> list["Attribute"]:
    """Of these, those of the shelves in `path`; the nearest shelf wins for each key."""
    rank = {category.pk: place for place, category in enumerate(path)}
    nearest: dict[str, Attribute] = {}
    for each in sorted(
        (each for each in attributes if each.category_id in rank),
        key=lambda each: rank[each.category_id],
    ):
        nearest[each.key] = each
    return sorted(nearest.values(), key=lambda each: (each.position, each.key))


class Attribute(models.Model):
    """One typed property of the sheets of a category and of the categories below it."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="attributes")
    key = models.CharField(
        _("key"),
        max_length=40,
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9_]*$", _("Small letters, digits and _ only: alcohol_pct_vol.")
            )
        ],
        help_text=_("The name in the API; of the same kind in all categories."),
    )
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=AttributeKind.choices)
    unit = models.CharField(_("unit"), max_length=10, blank=True, help_text="%, mm, kg…")
    choices = models.JSONField(
        _("list of values"), default=list, blank=True, validators=[validate_choices]
    )
    is_required = models.BooleanField(_("required"), default=False)
    least = models.DecimalField(_("least"), max_digits=14, decimal_places=4, null=True, blank=True)
    most = models.DecimalField(_("most"), max_digits=14, decimal_places=4, null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = AttributeQuerySet.as_manager()

    class Meta:
        verbose_name = _("property of sheets")
        verbose_name_plural = _("properties of sheets")
        ordering = ["category__position", "position", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "key"],
                name="attribute_once_per_category",
                violation_error_message=_("This category has this property already."),
            ),
            ExclusionConstraint(
                name="attribute_key_of_one_kind",
                expressions=[("key", "="), ("kind", "<>")],
                violation_error_message=_(
                    "Another category has this key with another kind: choose another key."
                ),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=AttributeKind.values), name="attribute_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(key__regex=r"^[a-z][a-z0-9_]*$"),
                name="attribute_key_plain",
                violation_error_message=_("Small letters, digits and _ only: alcohol_pct_vol."),
            ),
            models.CheckConstraint(
                condition=Q(kind=AttributeKind.CHOICE) ^ Q(choices=[]),
                name="attribute_choice_has_values",
                violation_error_message=_(
                    "“One of a list” needs its list of values, and no other kind has one."
                ),
            ),
            models.CheckConstraint(
                condition=Q(least=None) | Q(most=None) | Q(least__lte=F("most")),
                name="attribute_least_below_most",
                violation_error_message=_("The least is not above the most."),
            ),
            models.CheckConstraint(
                condition=Q(least=None, most=None)
                | Q(kind__in=[AttributeKind.INTEGER, AttributeKind.DECIMAL]),
                name="attribute_bounds_of_numbers",
                violation_error_message=_("Only numbers have a least and a most."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} · {self.name}"

    @property
    def public_ref(self) -> str:
        return f"{self.category.slug}/{self.key}"

    @property
    def title(self) -> str:
        """The name in the reader's language."""
        return in_reader_language(self.name, self.name_en)

    @property
    def label(self) -> str:
        """The name with its unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def is_column(self) -> bool:
        """Its value stands in a column of the sheet, not in `Product.attributes`."""
        return self.key in SHEET_COLUMNS

    def titles_of_choices(self) -> list[tuple[str, str]]:
        """Value and label of each choice, in the reader's language."""
        return [
            (each["value"], in_reader_language(each["label"], each["label_en"]))
            for each in self.choices
        ]
