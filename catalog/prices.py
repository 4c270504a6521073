"""The one place that says how much a product may cost, and its VAT, on a day.

Rounding (docs/adr/0003-price-ceiling-rounding.md): a legal figure is multiplied out exactly
(litres × € per litre × coefficient) and never rounded. A figure that includes VAT is divided by
(1 + rate). Only the result, the highest unit price excluding tax, is cut down to the four
decimals that offers have: an offer at that price is legal, one step above it is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from buyers.models import Buyer
from catalog import rule_rows
from catalog.enums import ANY_FORMULA, BuyerSide, GelFormulaCode, TaxBasis
from catalog.models import (
    DatedRule,
    GelFormula,
    PriceCoefficient,
    PriceRule,
    Product,
    StandardEquivalence,
    VatRule,
)
from core.errors import DomainError, IllegalPrice
from core.money import excluding_tax, floor_unit_price, including_tax


ML_PER_LITRE = 1000


@dataclass(frozen=True)
class Ceiling:
    """The lowest of the ceilings that hold for a product, a side of trade and a day."""

    max_unit_price_eur: Decimal
    """Excluding tax, four decimals, cut down: the highest price an offer may have."""
    legal_reference: str
    rule_ids: list[int]
    """Keys of the PriceRules that were compared, for the record."""
    legal_figure_eur: Decimal
    """What the text allows per unit, exact, on the basis of the text."""
    tax_basis: TaxBasis
    vat_rate_pct: Decimal

    def on(self, basis: TaxBasis, vat_rate_pct: Decimal) -> Decimal:
        """The highest price in €: exact, but cut to four decimals where VAT is taken off."""
        if basis == self.tax_basis:
            return self.legal_figure_eur
        if basis == TaxBasis.EXCLUDING:
            return self.max_unit_price_eur
        return including_tax(self.legal_figure_eur, vat_rate_pct)


PRICED_BY = ("kind", "container_ml", "dispenser", "has_valve")
"""The facts of a sheet that the law on prices and VAT looks at."""


class RuleBook:
    """The rules in force on one day, read once; for pages that judge many offers."""

    def __init__(self, day: date, *, written: Sequence[DatedRule] | None = None) -> None:
        """`written`: rules of all days to choose from, in place of the database's."""
        self.day = day
        self._written = written

    @cached_property
    def price_rules(self) -> list[PriceRule]:
        """All ceilings of the day."""
        return self._in_force(PriceRule)

    @cached_property
    def coefficients(self) -> list[PriceCoefficient]:
        """All coefficients of the day, the latest last."""
        return self._in_force(PriceCoefficient)

    @cached_property
    def vat_rules(self) -> list[VatRule]:
        """All VAT rates of the day, the latest last."""
        return self._in_force(VatRule)

    @cached_property
    def capped_sheets(self) -> list[dict[str, Any]]:
        """What the ceilings look at, of all sheets that one may hold for; each once."""
        return self.capped_among(Product.objects.all())

    def capped_among(self, sheets: QuerySet[Product]) -> list[dict[str, Any]]:
        """The same of some sheets."""
        capped = {rule.product_kind for rule in self.price_rules}
        facts = sheets.filter(kind__in=capped).order_by().values(*PRICED_BY).distinct()
        return list(facts) if capped else []

    @cached_property
    def formulas(self) -> list[str]:
        """The gel formulas that may be made on the day."""
        return sorted({rule.code for rule in self._in_force(GelFormula)})

    @cached_property
    def formulas_forbidden(self) -> list[str]:
        """What a gel sheet may not name; once none is permitted, not "any of them" either."""
        ended = [code for code in GelFormulaCode.values if code not in self.formulas]
        return [*ended, *([] if self.formulas else [ANY_FORMULA])]

    @cached_property
    def equivalences(self) -> list[StandardEquivalence]:
        """The foreign standards that count on the day."""
        return self._in_force(StandardEquivalence)

    @cached_property
    def _stored(self) -> dict[type[DatedRule], list[Any]]:
        return rule_rows.in_force(self.day)

    def _in_force(self, model: type[DatedRule]) -> list[Any]:
        if self._written is None:
            return self._stored[model]
        own = [rule for rule in self._written if isinstance(rule, model)]
        return sorted(
            (rule for rule in own if rule.holds_on(self.day)), key=lambda rule: rule.valid_from
        )

    def vat_rate(self, product: Product) -> Decimal:
        """Per cent: the rate of the product's kind, else the standard rate; the latest wins.

        Raises DomainError where no rate is in force at all.
        """
        return self.vat_rule(product).rate_pct

    def vat_rule(self, product: Product) -> VatRule:
        """The rule that gives the rate, as `vat_rate`."""
        special = [rule for rule in self.vat_rules if _taxes(rule, product)]
        standard = [rule for rule in self.vat_rules if not rule.product_kind]
        for rules in (special, standard):
            if rules:
                return rules[-1]
        raise DomainError(
            _("No VAT rate is in force on %(day)s: the ministry has to enter one.")
            % {"day": self.day.isoformat()}
        )

    def ceiling(self, product: Product, side: BuyerSide) -> Ceiling | None:
        """The lowest ceiling, or None where the law sets none."""
        rules = [rule for rule in self.price_rules if _covers(rule, product, side)]
        if not rules:
            return None
        ceilings = [self._ceiling_by(rule, product, [each.pk for each in rules]) for rule in rules]
        return min(ceilings, key=lambda each: each.max_unit_price_eur)

    def _ceiling_by(self, rule: PriceRule, product: Product, rule_ids: list[int]) -> Ceiling:
        coefficient = self._coefficient(product)
        factor = coefficient.factor if coefficient else Decimal(1)
        figure = min(_figures(rule, product)) * factor
        basis = TaxBasis(rule.tax_basis)
        vat_rate_pct = Decimal(0)
        price = figure
        if basis == TaxBasis.INCLUDING:
            vat_rate_pct = self.vat_rate(product)
            price = excluding_tax(figure, vat_rate_pct)
        texts = [rule.legal_reference, *([coefficient.legal_reference] if coefficient else [])]
        return Ceiling(
            max_unit_price_eur=floor_unit_price(price),
            legal_reference=" ; ".join(texts),
            rule_ids=rule_ids,
            legal_figure_eur=figure,
            tax_basis=basis,
            vat_rate_pct=vat_rate_pct,
        )

    def _coefficient(self, product: Product) -> PriceCoefficient | None:
        if not product.dispenser:
            return None
        found = [
            rule
            for rule in self.coefficients
            if (rule.product_kind, rule.dispenser) == (product.kind, product.dispenser)
            and _holds(rule, product)
        ]
        return found[-1] if found else None


def _taxes(rule: VatRule, product: Product) -> bool:
    return rule.product_kind == product.kind and not (
        rule.without_valve_only and product.has_valve
    )


def _covers(rule: PriceRule, product: Product, side: BuyerSide) -> bool:
    return (
        (rule.product_kind, rule.buyer_side) == (product.kind, side)
        and _holds(rule, product)
        and bool(_figures(rule, product))
    )


def _holds(rule: PriceRule | PriceCoefficient, product: Product) -> bool:
    if product.container_ml is None:
        return rule.min_container_ml == 0 and rule.max_container_ml is None
    above = rule.min_container_ml < product.container_ml
    return above and (
        rule.max_container_ml is None or product.container_ml <= rule.max_container_ml
    )


def _figures(rule: PriceRule, product: Product) -> list[Decimal]:
    figures = []
    if rule.per_litre_eur is not None and product.container_ml:
        figures.append(rule.per_litre_eur * product.container_ml / ML_PER_LITRE)
    if rule.per_unit_eur is not None:
        figures.append(rule.per_unit_eur)
    return figures


def side_of(buyer: Buyer) -> BuyerSide:
    """Which ceilings protect this buyer: a hospital is an end user, a reseller is not."""
    return BuyerSide.RESELLER if buyer.is_reseller else BuyerSide.END_USER


def ceiling(
    product: Product, *, side: BuyerSide, day: date, rules: RuleBook | None = None
) -> Ceiling | None:
    """The highest legal unit price on `day`, or None where the law sets none."""
    return (rules or RuleBook(day)).ceiling(product, side)


def vat_rate(product: Product, day: date, *, rules: RuleBook | None = None) -> Decimal:
    """The VAT rate (per cent) of a delivery on `day`; DomainError where none is in force."""
    return (rules or RuleBook(day)).vat_rate(product)


def check_price(
    product: Product,
    unit_price_eur: Decimal,
    *,
    side: BuyerSide,
    day: date,
    rules: RuleBook | None = None,
) -> list[int]:
    """The ids of the rules that were compared, or IllegalPrice naming text and highest price.

    Publishing checks the end user's ceiling, which every offer must keep. The wholesale ceiling is
    lower; whether a reseller may buy at an offer's price is checked when it orders.
    """
    limit = ceiling(product, side=side, day=day, rules=rules)
    if limit is None:
        return []
    if unit_price_eur > limit.max_unit_price_eur:
        raise IllegalPrice(_explain(limit, unit_price_eur), field="unit_price_eur")
    return limit.rule_ids


def _explain(limit: Ceiling, asked_eur: Decimal) -> str:
    highest = {
        "asked": euros(asked_eur),
        "highest": euros(limit.max_unit_price_eur),
        "law": limit.legal_reference,
    }
    if limit.tax_basis == TaxBasis.EXCLUDING:
        return (
            _(
                "%(asked)s € excl. tax is above the legal ceiling. The highest price allowed is "
                "%(highest)s € excl. tax per unit (%(law)s). Lower the price."
            )
            % highest
        )
    return _(
        "%(asked)s € excl. tax is above the legal ceiling. The highest price allowed is "
        "%(highest)s € excl. tax per unit, that is %(figure)s € with %(vat)s %% VAT (%(law)s). "
        "Lower the price."
    ) % {
        **highest,
        "figure": euros(limit.legal_figure_eur),
        "vat": number_format(limit.vat_rate_pct.normalize()),
    }


def euros(amount: Decimal) -> str:
    """A unit price in the reader's digits, two to four decimals, without the sign."""
    plain = amount.quantize(Decimal("0.0001")).normalize()
    places = max(2, -int(plain.as_tuple().exponent))
    return number_format(plain, places, use_l10n=True, force_grouping=True)
