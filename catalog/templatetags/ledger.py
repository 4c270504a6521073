from django import template

from catalog.enums import StockReason


register = template.Library()


@register.filter
def stock_reason(code: str) -> str:
    """Why a stock counter moved, in words: {{ code|stock_reason }}."""
    return str(StockReason(code).label)
