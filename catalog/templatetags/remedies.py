from django import template

from catalog.enums import Blocker
from catalog.remedies import REMEDIES


register = template.Library()


@register.filter
def remedy(code: str) -> str:
    """What keeps an offer off sale and what helps, in words: {{ code|remedy }}."""
    blocker = Blocker(code)
    return f"{blocker.label} – {REMEDIES[blocker].text}"
