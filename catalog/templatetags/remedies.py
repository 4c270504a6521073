from django import template

from catalog.enums import Blocker


register = template.Library()


@register.filter
def remedy(code: str) -> str:
    """What keeps an offer off sale and what helps, in words: {{ code|remedy }}."""
    return str(Blocker(code).label)
