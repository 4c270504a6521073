"""What a product sheet says, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.attributes import values_of, word
from catalog.models import Attribute, Product


@dataclass(frozen=True)
class Fact:
    """One line of the sheet."""

    label: str
    value: str


def facts_of(product: Product, attributes: Iterable[Attribute]) -> list[Fact]:
    """What is known about the product, empty lines left out; `attributes` of its category."""
    attributes = list(attributes)
    told = {each.key for each in attributes}
    values = values_of(product, attributes)
    pairs = [
        (_("standard"), product.get_standard_display()),
        *(
            (each.title, _said(each, values[each.key]))
            for each in attributes
            if each.key in values
        ),
        *(pair for key, pair in _untold(product).items() if key not in told),
        (_("sold by the"), product.unit_name),
        (_("CPV code"), product.cpv),
        (_("GTIN"), product.gtin or ""),
    ]
    return [Fact(str(label), str(value)) for label, value in pairs if value]


def _said(attribute: Attribute, value: object) -> str:
    return _volume(value) if attribute.key == "container_ml" else word(attribute, value)


def _untold(product: Product) -> dict[str, tuple[str, str]]:
    """What the law looks at is shown whether the category asks for it or not."""
    return {
        "standard_class": (_("class"), product.standard_class),
        "container_ml": (_("container"), _volume(product.container_ml)),
        "dispenser": (
            _("how it is put up"),
            product.get_dispenser_display() if product.dispenser else "",
        ),
        "has_valve": (_("exhalation valve"), _("yes") if product.has_valve else ""),
    }


def _volume(container_ml: object) -> str:
    if not isinstance(container_ml, int) or not container_ml:
        return ""
    if container_ml % 1000:
        return _("%(ml)d ml") % {"ml": container_ml}
    return _("%(litres)d l") % {"litres": container_ml // 1000}
