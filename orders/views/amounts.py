"""What a basket or an order costs, as far as it is known."""

from decimal import Decimal

from django.utils import timezone

from catalog.prices import RuleBook
from core.money import including_tax, to_cents


def estimate(lines):
    """Totals of the lines whose offer is known, and how many have no price yet."""
    rules = RuleBook(timezone.localdate())
    excluding = including = Decimal(0)
    unpriced = 0
    for line in lines:
        if line.offer is None:
            unpriced += 1
            continue
        amount = to_cents(line.offered_price_eur * line.requested_units)
        excluding += amount
        including += to_cents(including_tax(amount, rules.vat_rate(line.product)))
    return {
        "excluding_eur": excluding,
        "vat_eur": including - excluding,
        "including_eur": including,
        "unpriced": unpriced,
        "priced": len(lines) - unpriced,
    }


def billed(supplier_lines):
    """Totals of supplier order lines at their frozen prices and VAT rates."""
    excluding = including = Decimal(0)
    for line in supplier_lines:
        excluding += line.amount_eur
        including += to_cents(including_tax(line.amount_eur, line.vat_rate_pct))
    return {
        "excluding_eur": excluding,
        "vat_eur": including - excluding,
        "including_eur": including,
    }
