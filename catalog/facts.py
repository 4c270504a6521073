"""The typed properties of a product sheet in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _, gettext_lazy

from catalog.models import Product


ATTRIBUTE_LABELS = {
    "formula": gettext_lazy("formula"),
    "alcohol_pct_vol": gettext_lazy("alcohol (% vol.)"),
    "bacterial_filtration_pct": gettext_lazy("bacterial filtration, at least (%)"),
    "aerosol_filtration_pct": gettext_lazy("aerosol filtration, at least (%)"),
    "particle_filtration_pct": gettext_lazy("filtration of 3 µm particles, more than (%)"),
    "splash_resistant": gettext_lazy("splash resistant"),
    "washes": gettext_lazy("washes, at least"),
    "size": gettext_lazy("size"),
    "sterile": gettext_lazy("sterile"),
    "purity_pct_vol": gettext_lazy("content (%)"),
    "un_number": gettext_lazy("UN number (transport)"),
    "net_weight_kg": gettext_lazy("net weight (kg)"),
    "material": gettext_lazy("material"),
    "neck": gettext_lazy("neck"),
    "labels_per_roll": gettext_lazy("labels per roll"),
}


@dataclass(frozen=True)
class Fact:
    """One line of the sheet."""

    label: str
    value: str


def facts_of(product: Product) -> list[Fact]:
    """What is known about the product, empty lines left out."""
    pairs = [
        (_("standard"), product.get_standard_display()),
        (_("class"), product.standard_class),
        (_("container"), _volume(product.container_ml)),
        (_("how it is put up"), product.get_dispenser_display() if product.dispenser else ""),
        (_("sold by the"), product.unit_name),
        (_("CPV code"), product.cpv),
        (_("GTIN"), product.gtin or ""),
        *((_label(key), _word(value)) for key, value in product.attributes.items()),
    ]
    return [Fact(str(label), str(value)) for label, value in pairs if value]


def _volume(container_ml: int | None) -> str:
    if not container_ml:
        return ""
    if container_ml % 1000:
        return _("%(ml)d ml") % {"ml": container_ml}
    return _("%(litres)d l") % {"litres": container_ml // 1000}


def _label(key: str) -> object:
    return ATTRIBUTE_LABELS.get(key, key.replace("_", " "))


def _word(value: object) -> object:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value
