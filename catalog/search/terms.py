"""What is on sale for one reader, joined to the sheets of a search."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, F, FilteredRelation, Q, When

from accounts.models import User
from buyers.enums import BuyerKind
from buyers.models import Buyer
from catalog.enums import BuyerSide
from catalog.models import Product, SheetFactsQuerySet, SheetTerms
from catalog.models.shelf import TERMS
from catalog.prices import side_of


@dataclass(frozen=True)
class Reader:
    """Who searches: the place asked about, the side of trade, and what may be shown."""

    sees_terms: bool = False
    """Prices, stock and delivery: for approved buyers and the ministry."""
    at_ministry: bool = False
    sees_retired: bool = False
    """Sheets that are no longer sold, too: for the ministry's people, whoever they act for."""
    place: str = SheetTerms.ANYWHERE
    side: BuyerSide = BuyerSide.END_USER
    buys_for_industry: bool = True

    @classmethod
    def of(cls, buyer: Buyer | None, *, official: bool) -> "Reader":
        """`buyer` is approved, or None; `official`: a person of the ministry."""
        if buyer is None:
            return cls(sees_terms=official, at_ministry=official, sees_retired=official)
        return cls(
            sees_terms=True,
            sees_retired=official,
            place=buyer.department,
            side=side_of(buyer),
            buys_for_industry=buyer.kind == BuyerKind.MANUFACTURER,
        )

    @classmethod
    def of_user(cls, user: User | AnonymousUser) -> "Reader":
        """Where no organisation is chosen: the ministry, else the first approved buyer."""
        official = user.is_authenticated and user.has_ministry_role()
        return cls.of(buyer_of(user), official=official)


def buyer_of(user: User | AnonymousUser) -> Buyer | None:
    """The first approved establishment of a person; nobody's at the ministry."""
    if not user.is_authenticated or user.has_ministry_role():
        return None
    return Buyer.objects.approved().filter(members__user=user).order_by("pk").first()


@dataclass(frozen=True)
class Row:
    """A sheet of the list with what is on sale of it for this reader."""

    product: Product
    is_offered: bool
    """Somebody offers it there, in stock or not."""
    ready_offers: int = 0
    lowest_eur: Decimal | None = None
    highest_eur: Decimal | None = None
    comparable_eur: Decimal | None = None
    """The lowest price per litre for liquids, per piece otherwise."""
    delivery: date | None = None
    """The earliest day on which an order of today arrives."""

    @property
    def per_litre_eur(self) -> Decimal | None:
        """For liquids in other containers than a litre."""
        return self.comparable_eur if self.comparable_eur != self.lowest_eur else None


def with_terms(sheets: SheetFactsQuerySet, *, place: str, side: BuyerSide) -> SheetFactsQuerySet:
    """Sheets with TERMS as they hold in the place for that side."""
    places = [place] if place == SheetTerms.ANYWHERE else [place, SheetTerms.EVERYWHERE]
    sides = [BuyerSide.END_USER] if side == BuyerSide.END_USER else [side, BuyerSide.END_USER]
    rows = {
        f"terms_{number}": Q(terms__side=each, terms__place=where)
        for number, (each, where) in enumerate((each, where) for each in sides for where in places)
    }
    joined = sheets.alias(
        **{name: FilteredRelation("terms", condition=rule) for name, rule in rows.items()}
    )
    return joined.annotate(
        **{
            column: Case(
                *(
                    When(**{f"{name}__pk__isnull": False}, then=F(f"{name}__{column}"))
                    for name in rows
                )
            )
            for column in TERMS
        }
    )


def row_of(sheet: Any, day: date) -> Row:  # noqa: ANN401 -- columns are annotated
    """`sheet`: of `with_terms`, with its product."""
    lead_time = sheet.lead_time_days
    return Row(
        product=sheet.product,
        is_offered=bool(sheet.offers),
        ready_offers=sheet.ready_offers or 0,
        lowest_eur=sheet.lowest_eur,
        highest_eur=sheet.highest_eur,
        comparable_eur=sheet.comparable_eur,
        delivery=None if lead_time is None else day + timedelta(days=lead_time),
    )
