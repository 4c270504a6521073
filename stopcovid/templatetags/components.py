"""The tags and filters that every template has: numbers, moments, news, small pieces of forms."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    DecimalField,
    IntegerField,
    NumberInput,
    RadioSelect,
    Select,
)
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import template_localtime
from django.utils.translation import get_language, gettext as _, ngettext
from lucide.templatetags.lucide import lucide

from journal import notifications
from stopcovid.demo import accounts as demo_people, second_factor
from stopcovid.middleware import owner_token
from stopcovid.navigation import links


register = template.Library()
NARROW, WIDE = "\u202f", "\u00a0"
Context = template.RequestContext


# --- numbers --------------------------------------------------------------------------------
def _digits(value: Any, places: int | None = None) -> str:
    shown = number_format(value, places, use_l10n=True, force_grouping=True)
    return shown.replace("\u00a0", NARROW)


def _euros(value: Any, places: int) -> str:
    if value in (None, ""):
        return ""
    digits = _digits(Decimal(str(value)), places)
    return f"{digits}{WIDE}€" if (get_language() or "").startswith("fr") else f"€{digits}"


@register.filter
def number(value: Any) -> str:
    """1250 → "1 250"; a text stays as it is."""
    if value is None or isinstance(value, str):
        return value or ""
    return _digits(value)


@register.filter
def units(value: int | None) -> str:
    """1250 → "1 250 unités"."""
    if value in (None, ""):
        return ""
    return ngettext("%(number)s unit", "%(number)s units", int(value)) % {
        "number": _digits(int(value))
    }


@register.filter
def eur(value: Any) -> str:
    """3.45 → "3,45 €"; whether tax is included is for the page to say."""
    return _euros(value, 2)


@register.filter
def eur4(value: Any) -> str:
    """A unit price: 0.0873 → "0,0873 €", but 3.4500 → "3,45 €"."""
    if value in (None, ""):
        return ""
    price = Decimal(str(value))
    return _euros(price, 2 if price == price.quantize(Decimal("0.01")) else 4)


@register.filter
def pct(value: Any) -> str:
    """12.4 (already per cent) → "12,4 %"; whole numbers lose their decimals."""
    if value in (None, ""):
        return ""
    share = Decimal(str(value))
    digits = _digits(share, 0 if share == share.to_integral_value() else 1)
    return f"{digits}{WIDE}%" if (get_language() or "").startswith("fr") else f"{digits}%"


@register.filter
def share_of(part: Any, whole: Any) -> Decimal:
    """31 of 50 → 62, per cent with one decimal; 0 of 0 → 0. Never 100 unless complete."""
    if not whole:
        return Decimal(0)
    share = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"))
    return min(share, Decimal("99.9")) if part < whole else share


# --- moments --------------------------------------------------------------------------------
@register.filter
def day(value: date | None) -> str:
    """A date in words, "jeudi 2 avril 2020", inside <time>."""
    if not value:
        return ""
    if isinstance(value, datetime):
        value = template_localtime(value).date()
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(), date_format(value, "l j F Y")
    )


@register.filter
def due(value: date | None) -> str:
    """A date with its distance from today: "jeudi 2 avril 2020, dans 3 jours"."""
    if not value:
        return ""
    return format_html("{}, {}", day(value), _distance(value))


def _distance(value: date) -> str:
    if isinstance(value, datetime):
        value = template_localtime(value).date()
    days = (value - timezone.localdate()).days
    if days == 0:
        return _("today")
    if days > 0:
        return ngettext("tomorrow", "in %(days)d days", days) % {"days": days}
    return ngettext("yesterday", "%(days)d days ago", -days) % {"days": -days}


@register.filter
def moment(value: datetime | None) -> str:
    """An instant in Paris time, "2 avril 2020 à 14:02", with the exact instant on hover."""
    if not value:
        return ""
    local = template_localtime(value)
    return format_html(
        '<time datetime="{0}" title="{0}">{1}</time>',
        local.isoformat(timespec="seconds"),
        _("%(date)s at %(time)s")
        % {"date": date_format(local, "j F Y"), "time": date_format(local, "H:i")},
    )


# --- news -----------------------------------------------------------------------------------
register.filter("headline", notifications.headline)


# --- pieces of pages ------------------------------------------------------------------------
@register.simple_tag
@cache
def icon(name: str, size: int = 20) -> str:
    """An inline Lucide icon, hidden from screen readers: the word beside it carries the sense."""
    return lucide(name, size=size, aria_hidden="true", focusable="false", **{"class": "icon"})


@register.inclusion_tag("components/navigation.html", takes_context=True)
def navigation(context: Context) -> dict[str, Any]:
    """The main links for this person's role; see stopcovid/navigation.py."""
    return {"links": links(context.request)}


@register.simple_tag(takes_context=True)
def csrf_field(context: Context) -> str:
    """As {% csrf_token %}, but works inside {% include … only %}, too."""
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(context.request)
    )


@register.simple_tag(takes_context=True)
def form_owner(context: Context) -> str:
    """Put inside a long <form>: lets its author find it again if the session ends meanwhile."""
    user = getattr(context.request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    return format_html('<input type="hidden" name="form_owner" value="{}">', owner_token(user.pk))


@register.simple_tag
def control(field: BoundField) -> str:
    """The form control itself, with Bootstrap's class for its kind."""
    widget = field.field.widget
    if isinstance(widget, NumberInput) and not isinstance(field.field, DecimalField):
        _take_as_text(widget)
    kinds = {
        RadioSelect: "choices",
        CheckboxSelectMultiple: "choices",
        Select: "form-select",
        CheckboxInput: "form-check-input",
    }
    style = next((style for kind, style in kinds.items() if isinstance(widget, kind)), "")
    style = style or "form-control"
    if isinstance(field.field, IntegerField):  # quantities and amounts
        style += " amount"
    if field.errors:
        style += " is-invalid"
    classes = f"{widget.attrs.get('class', '')} {style}".strip()
    # The label stands above; a placeholder (allauth's) says it twice and looks filled in.
    return field.as_widget(attrs={"class": classes, "placeholder": False})


OPTION = '<option value="{}"{}>{}</option>'
SELECTED = format_html(" {}", "selected")


@register.filter
def as_options(groups: list[tuple[str | None, list[dict[str, Any]], int]]) -> str:
    """The choices of a widget; a template takes ten times as long for a hundred departments."""
    found = []
    for name, some in groupby(groups, key=itemgetter(0)):
        options = format_html_join(
            "",
            OPTION,
            (
                (each["value"], SELECTED if each["selected"] else "", each["label"])
                for _name, choices, _place in some
                for each in choices
            ),
        )
        found.append(
            format_html('<optgroup label="{}">{}</optgroup>', name, options) if name else options
        )
    return format_html_join("", "{}", ((each,) for each in found))


def _take_as_text(widget: NumberInput) -> None:
    # In a number field a browser drops "douze", and the error message has lost what it is about.
    widget.input_type = "text"
    widget.attrs = {"inputmode": "numeric", "autocomplete": "off"} | {
        name: value for name, value in widget.attrs.items() if name not in {"min", "max", "step"}
    }


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """One tick box: its label stands after it."""
    return isinstance(field.field.widget, CheckboxInput)


# --- the demonstration ----------------------------------------------------------------------
@register.simple_tag
def demo_accounts() -> list[demo_people.DemoAccount]:
    """The accounts that the sign-in page lists; none outside demo mode."""
    return demo_people.listed()


@register.simple_tag
def demo_code(user: Any) -> second_factor.DemoCode | None:
    """What a demo account's authenticator would show now; nothing outside demo mode."""
    return second_factor.demo_code(user)
