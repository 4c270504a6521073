"""Amounts in euros: `Decimal`, excluding tax unless a name says otherwise.

Only this module rounds.
"""

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal


CENT = Decimal("0.01")
UNIT_PRICE_STEP = Decimal("0.0001")


def to_cents(amount_eur: Decimal) -> Decimal:
    """Round an amount to the cent, halves up, as French invoices do."""
    return amount_eur.quantize(CENT, rounding=ROUND_HALF_UP)


def floor_unit_price(price_eur: Decimal) -> Decimal:
    """The highest unit price (four decimals) not above `price_eur`."""
    return price_eur.quantize(UNIT_PRICE_STEP, rounding=ROUND_FLOOR)


def excluding_tax(amount_eur: Decimal, vat_rate_pct: Decimal) -> Decimal:
    """Amount including VAT → amount excluding it, unrounded."""
    return amount_eur / (1 + vat_rate_pct / 100)


def including_tax(amount_eur: Decimal, vat_rate_pct: Decimal) -> Decimal:
    """Amount excluding VAT → amount including it, unrounded."""
    return amount_eur * (1 + vat_rate_pct / 100)
