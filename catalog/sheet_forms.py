"""What suppliers type about a product that has no sheet yet; the operations judge it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog import attributes
from catalog.enums import AttributeKind
from catalog.models import Attribute, Category, Product
from core.forms import OperationForm


SHEET_FIELDS = ("name", "name_en", "description", "unit_name", "cpv", "gtin")
KEYBOARDS = {AttributeKind.INTEGER: "numeric", AttributeKind.DECIMAL: "decimal"}


class ShelfField(forms.ModelChoiceField):
    """A category at the end of the tree, under its parent's name."""

    def label_from_instance(self, category: Category) -> str:
        """“Masks · Surgical masks”."""
        above = f"{category.parent.title} · " if category.parent else ""
        return f"{above}{category.title}"


class WhatForm(forms.Form):
    """First step: what it is, so that sheets like it can be shown before anything is typed."""

    category = ShelfField(
        Category.objects.filter(children=None)
        .select_related("parent")
        .order_by("position", "slug"),
        to_field_name="slug",
        label=_("Category"),
        empty_label=_("choose"),
        error_messages={"required": _("Choose the category of the product.")},
    )
    name = forms.CharField(
        label=_("Name of the product in French"),
        max_length=150,
        help_text=_("What it is and its size, without your brand: Flacon PET 250 ml."),
        error_messages={"required": _("Name the product.")},
    )
    gtin = forms.CharField(
        label=_("GTIN"),
        max_length=20,
        required=False,
        help_text=_("The 8, 12, 13 or 14 digits under the bar code, if there is one."),
    )


class SheetForm(OperationForm, forms.Form):
    """Second step: the sheet's own fields, then the properties that its category asks for."""

    name = forms.CharField(label=_("Name in French"), max_length=150)
    name_en = forms.CharField(label=_("Name in English"), max_length=150, required=False)
    description = forms.CharField(
        label=_("Description"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("What a buyer has to know, without advertising."),
    )
    unit_name = forms.CharField(
        label=_("Sold by the"),
        max_length=30,
        help_text=_("The single unit in French: masque, flacon, paire."),
    )
    gtin = forms.CharField(
        label=_("GTIN"),
        max_length=20,
        required=False,
        help_text=_("8, 12, 13 or 14 digits; the last one checks the others."),
    )
    cpv = forms.CharField(
        label=_("CPV code"),
        max_length=12,
        required=False,
        help_text=_("Of the common procurement vocabulary: 33140000-3."),
    )
    differs = forms.BooleanField(
        label=_("None of the sheets above is this product"), required=False
    )

    def __init__(self, *args: Any, asked: list[Attribute], alike: bool, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.asked = asked
        for each in asked:
            self.fields[each.key] = attribute_field(each)
        if not alike and "differs" not in self.data:
            self.fields["differs"].widget = forms.HiddenInput()
        self.order_fields(["name", "name_en", *(each.key for each in asked)])

    def clean(self) -> dict[str, Any]:
        """All that is wrong with the properties at once, each at its field."""
        values = super().clean() or {}
        given = {each.key: values.pop(each.key, "") for each in self.asked}
        judged = attributes.judge(self.asked, given)
        for key, message in judged.wrong.items():
            if key not in self.errors:
                self.add_error(key, message)
        return values | {"attributes": judged.values}


def attribute_field(attribute: Attribute) -> forms.Field:
    """The form field of one property; its value is read by `attributes.judge`."""
    options = {
        "label": attribute.label[:1].upper() + attribute.label[1:],
        "required": attribute.is_required,
    }
    if attribute.kind == AttributeKind.BOOLEAN:
        words = [("", _("choose")), ("yes", _("yes")), ("no", _("no"))]
        return forms.ChoiceField(choices=words, **options)
    if attribute.kind == AttributeKind.CHOICE:
        return forms.ChoiceField(
            choices=[("", _("choose")), *attribute.titles_of_choices()], **options
        )
    keyboard = KEYBOARDS.get(AttributeKind(attribute.kind), "text")
    return forms.CharField(
        max_length=attributes.MAX_TEXT,
        widget=forms.TextInput({"inputmode": keyboard, "autocomplete": "off"}),
        **options,
    )


def initial_of(sheet: Product, asked: list[Attribute]) -> dict[str, object]:
    """What the form shows of a sheet that is corrected."""
    own = {name: getattr(sheet, name) or "" for name in SHEET_FIELDS}
    words = {True: "yes", False: "no"}
    said = attributes.values_of(sheet, asked)
    return own | {
        key: words[value] if isinstance(value, bool) else value for key, value in said.items()
    }
