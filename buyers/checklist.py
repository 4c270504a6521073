"""What a buyer's file has to hold before it is handed in: one list for pages, API, submit."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from buyers.enums import BuyerKind
from buyers.models import Buyer


@dataclass(frozen=True)
class Item:
    """One line of the checklist; `url_name` is the page where it can be done."""

    code: str
    text: str
    done: bool
    url_name: str


COUNTED_IN_BEDS = frozenset({BuyerKind.HOSPITAL, BuyerKind.NURSING_HOME})


def checklist(buyer: Buyer) -> list[Item]:
    """Every line, done or not, in the order in which a newcomer works through them."""
    edit = "buyers:edit"
    address = all([buyer.street, buyer.postcode, buyer.city, buyer.department])
    return [
        Item("identity", _("Name and official number"), bool(buyer.name), edit),
        Item("address", _("Address"), address, edit),
        Item("phone", _("Telephone"), bool(buyer.phone), edit),
        *_size(buyer, edit),
        Item("site", _("A place of delivery"), buyer.sites.exists(), "buyers:sites"),
    ]


def missing(buyer: Buyer) -> list[tuple[str, str]]:
    """What is still to be done: text and name of the page where it is done."""
    return [(item.text, item.url_name) for item in checklist(buyer) if not item.done]


def _size(buyer: Buyer, url_name: str) -> list[Item]:
    """Fair shares are reckoned from the size: beds where people stay, else carers."""
    if buyer.kind in COUNTED_IN_BEDS:
        return [Item("beds", _("Number of beds"), buyer.beds > 0, url_name)]
    if buyer.kind == BuyerKind.CARE_AT_HOME:
        return [Item("staff", _("Number of carers"), buyer.staff > 0, url_name)]
    return []
