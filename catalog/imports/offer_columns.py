"""The columns that find an offer and say its terms: headings, help, an example."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from catalog.checks import MAX_TIERS


@dataclass(frozen=True)
class Column:
    """One column: the field it fills and the names under which it is known."""

    field: str
    heading: Any
    help: Any
    example: str
    also: tuple[str, ...] = ()


KEYS = (
    Column(
        "supplier_reference",
        gettext_lazy("Your reference"),
        gettext_lazy("As on your offer. It is enough to find the offer."),
        "GEL-500",
        ("référence", "reference", "ref", "réf", "sku", "code article", "supplier reference"),
    ),
    Column(
        "gtin",
        gettext_lazy("GTIN"),
        gettext_lazy("The number under the bar code; needed only without a reference."),
        "3012345678900",
        ("ean", "ean13", "ean 13", "code barre", "code barres", "barcode"),
    ),
    Column(
        "product",
        gettext_lazy("Product sheet"),
        gettext_lazy("Its name or its address in the catalogue; needed only without the others."),
        "gel-500-ml",
        ("produit", "product", "fiche", "slug", "désignation", "article"),
    ),
)
STOCK = Column(
    "on_hand_units",
    gettext_lazy("Stock (units)"),
    gettext_lazy("Everything in your warehouse in single units, promised units included."),
    "12000",
    ("stock", "quantité", "quantité en stock", "qté", "quantity", "qty", "on hand"),
)
PRICE = Column(
    "unit_price_eur",
    gettext_lazy("Unit price (€ excl. tax)"),
    gettext_lazy("For one single unit, at most four decimals; 0 is a donation."),
    "2,35",
    ("prix", "prix unitaire", "prix unitaire ht", "prix ht", "price", "unit price"),
)
NEW_STOCK = replace(
    STOCK,
    help=gettext_lazy(
        "Of a new offer only. The stock of your other offers stays: hand in a file of stock."
    ),
)
ON_SALE = Column(
    "on_sale",
    gettext_lazy("On sale"),
    gettext_lazy("“yes” puts the offer on sale, “no” takes it off sale. Empty: as it is."),
    "oui",
    ("en vente", "mettre en vente", "put on sale", "publié", "publiée", "published"),
)


def _tier(row: int) -> Iterator[Column]:
    """A quantity and the price from there on, in two columns side by side.

    One cell for all (“1000:2,10 5000:1,95”) would be shorter, but Excel makes times of such text,
    cannot calculate with it, and leaves nothing to point at when one figure of it is wrong.
    """
    quantity, price = TIER_EXAMPLES[row] if row < len(TIER_EXAMPLES) else ("", "")
    number = row + 1
    yield Column(
        f"tiers.{row}.from_units",
        format_lazy(gettext_lazy("From (units) {number}"), number=number),
        TIER_HELP if row else FIRST_TIER_HELP,
        quantity,
        (f"dès {number}", f"à partir de {number}", f"palier {number}", f"from {number}"),
    )
    yield Column(
        f"tiers.{row}.unit_price_eur",
        format_lazy(gettext_lazy("Lower price {number} (€ excl. tax)"), number=number),
        gettext_lazy("Of one unit from that quantity on, below the price before it."),
        price,
        (f"prix {number}", f"prix palier {number}", f"price {number}", f"tier price {number}"),
    )


TIER_EXAMPLES = (("1000", "2,10"), ("5000", "1,95"))
FIRST_TIER_HELP = gettext_lazy(
    "The quantity from which each unit costs less. Nothing in any of these columns: the lower "
    "prices stay as they are; “none” here: there are none any more."
)
TIER_HELP = gettext_lazy("The next larger quantity. Empty: no further price.")
TIERS = tuple(column for row in range(MAX_TIERS) for column in _tier(row))
"""Quantity and price in turn."""
TERMS = (
    PRICE,
    NEW_STOCK,
    Column(
        "pack_units",
        gettext_lazy("Units per pack"),
        gettext_lazy("You ship whole packs only. Empty: 1, or as it is."),
        "12",
        ("colisage", "conditionnement", "unités par colis", "pack", "pack size"),
    ),
    Column(
        "min_order_units",
        gettext_lazy("Minimum order (units)"),
        gettext_lazy("A whole number of packs; 1 stands for one pack. Empty: 1, or as it is."),
        "24",
        ("minimum", "minimum de commande", "commande minimum", "moq", "minimum order"),
    ),
    Column(
        "max_per_buyer_units",
        gettext_lazy("Most units per buyer"),
        gettext_lazy("Empty: no limit."),
        "6000",
        ("maximum", "maximum par acheteur", "plafond par acheteur", "maximum per buyer"),
    ),
    Column(
        "lead_time_days",
        gettext_lazy("Lead time (days)"),
        gettext_lazy("From your acceptance to delivery, 0 to 365. Empty: 2, or as it is."),
        "3",
        ("délai", "délai de livraison", "délai (jours)", "lead time"),
    ),
    Column(
        "departments",
        gettext_lazy("Departments served"),
        gettext_lazy("Codes such as 75, 92, 2A with spaces between them. Empty: all of France."),
        "75 92 2A",
        ("départements", "departments", "zone", "livré dans"),
    ),
    Column(
        "available_from",
        gettext_lazy("First day of sale"),
        gettext_lazy("Year-month-day or day/month/year. Empty: at once."),
        "2020-04-06",
        ("disponible à partir du", "début", "available from"),
    ),
    Column(
        "available_until",
        gettext_lazy("Last day of sale"),
        gettext_lazy("That day included. Empty: until you withdraw it."),
        "2020-06-30",
        ("disponible jusqu'au", "fin", "available until"),
    ),
    Column(
        "certificate",
        gettext_lazy("Certificate"),
        gettext_lazy(
            "For products with a standard: the products and models that your certificate names, "
            "as under “My company”. Empty: none."
        ),
        "FFP2 modèle A",
        ("certificat", "certificate"),
    ),
    ON_SALE,
    *TIERS,
)
