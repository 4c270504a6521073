"""The list of a search as it is shown, kept as long as the shelf stands.

What is kept says nothing of a person, only of readers of one kind: the same place, side of trade
and rights (`Reader`), in one language, at one address.
"""

import hashlib
import json
from typing import NamedTuple

from django.core.cache import cache
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone
from django.utils.translation import get_language

from catalog.search.answers import MOST_SHOWN
from catalog.search.found import Found
from catalog.search.memory import Version, memory
from catalog.views.facets import chips, facets_of, kept_choices


SECONDS_KEPT = 3600
"""A moved shelf asks under another key; what is left behind goes after an hour."""


class Listing(NamedTuple):
    """Two pieces of HTML: the question, and the sheets with their facets."""

    narrowing: str
    sheets: str
    is_narrowed: bool
    """There is something to be saved as a search."""


def listing(request, *, reader, choose):
    """From the cache; else by `choose`, which makes the filter of the address."""
    version = Version.now()
    key = _key(request, reader, version.number_for(reader))
    kept = cache.get(key)
    if kept is None:
        shelf = memory.shelf(version, reader)
        known = shelf.sheets.known(request.GET.get("q", ""), day=timezone.localdate())
        chosen = choose(request, reader=reader, known=known)
        kept = _made(request, reader, Found(chosen, shelf=shelf))
        cache.set(key, kept, SECONDS_KEPT)
    return kept


def _made(request, reader, found):
    chosen = found.chosen
    page = found.page(request.GET.get("page"))
    shown = {
        "page": page,
        "shelves": page.object_list,
        "form": chosen.form,
        "kept": kept_choices(chosen),
        "chips": chips(request.GET, chosen),
        "facets": facets_of(request.GET, chosen, found.counts),
        "sees_prices": reader.sees_terms,
        "buyer": reader.sees_terms and not reader.at_ministry,
        "most_shown": MOST_SHOWN,
    }
    return Listing(
        _piece(request, "catalog/includes/narrowing.html", shown),
        _piece(request, "catalog/includes/sheets_found.html", shown),
        bool(shown["chips"]),
    )


def _piece(request, template, shown):
    """Without what the site adds to a page for its reader; links need the request's address."""
    context = Context(shown)
    context.request = request
    return get_template(template).template.render(context)


def _key(request, reader, number):
    asked = [
        number,
        timezone.localdate().isoformat(),
        *map(str, vars(reader).values()),
        get_language(),
        request.GET.urlencode(),
    ]
    return f"listing:{hashlib.sha256(json.dumps(asked).encode()).hexdigest()}"
