"""What saved searches find: the same filter as the page, then what its person can order."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet, Value
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from buyers.models import Buyer
from catalog import operations
from catalog.filters import OF_TERMS, ORDERS, ProductFilter
from catalog.models import MAX_HITS, Hits, SavedSearch, SheetFacts
from catalog.search.known import Known
from catalog.search.terms import Reader
from core.errors import DomainError


BATCH = 20


def keep(user: User, *, buyer: Buyer | None, name: str, asked: QueryDict) -> SavedSearch:
    """Save the search of the page under a name; what it finds today is no news.

    `buyer`: the approved establishment that the person acts for, if any. Raises DomainError as
    `operations.save_search`, and for filters that say nothing.
    """
    draft = SavedSearch(pk=0, user=user, buyer=buyer, name=name)
    draft.acts_for_buyer = True  # type: ignore[attr-defined]
    draft.querystring = canonical(asked, _chosen(asked, _reader(draft), _known([asked])))
    hits = hits_of([draft])[draft.pk] if draft.querystring else Hits()
    return operations.save_search(
        user, buyer=buyer, name=name, querystring=draft.querystring, hits=hits
    )


def look_after() -> int:
    """Look at every search whose alert is due; how many had news."""
    due = list(SavedSearch.objects.due().for_listing().order_by("next_look_at", "pk"))
    told = 0
    for start in range(0, len(due), BATCH):
        batch = due[start : start + BATCH]
        hits = hits_of(batch)
        told += sum(bool(operations.note_hits(each, hits=hits[each.pk])) for each in batch)
    return told


def canonical(asked: QueryDict, chosen: ProductFilter) -> str:
    """The filters in force as a query string: known names in order, no page, nothing empty.

    Raises DomainError on `querystring` for a value that no filter takes.
    """
    if not chosen.form.is_valid():
        raise DomainError(
            _("This search cannot be understood: search anew and save that."), field="querystring"
        )
    return _canonical(asked, chosen)


def _canonical(asked: QueryDict, chosen: ProductFilter) -> str:
    kept = QueryDict(mutable=True)
    for name in sorted(chosen.form.fields):
        values = [each for each in asked.getlist(name) if each]
        if chosen.form.cleaned_data.get(name) and values:
            kept.setlist(name, values)
    return kept.urlencode()


def hits_of(searches: Iterable[SavedSearch]) -> dict[int, Hits]:
    """What each search (of `for_listing`) finds, by its key; one statement for all of them."""
    asked = {search: QueryDict(search.querystring, mutable=True) for search in searches}
    known = _known(asked.values())
    hits, queries = {}, []
    for search, words in asked.items():
        found = _matching(words, _reader(search), known)
        hits[search.pk] = Hits(is_broken=found is None)
        if found is not None:
            marked = found.annotate(saved_search=Value(search.pk))
            queries.append(marked.values_list("saved_search", "pk")[: MAX_HITS + 1])
    ids = defaultdict(set)
    for pk, product in _all(queries):
        ids[pk].add(product)
    return hits | {pk: Hits(frozenset(found)) for pk, found in ids.items()}


def _all(queries: list[QuerySet]) -> Iterable[tuple[int, int]]:
    if len(queries) < 2:
        return queries[0] if queries else ()
    first, *others = queries
    return first.union(*others, all=True)


def _matching(asked: QueryDict, reader: Reader, known: Known) -> QuerySet[SheetFacts] | None:
    """What can be ordered; for who sees no stock, what is vetted. None: not understood."""
    if not reader.sees_terms:
        _forget_terms(asked)
    chosen = _chosen(asked, reader, known)
    if not chosen.form.is_valid() or _canonical(asked, chosen) != asked.urlencode():
        return None
    wanted = "ready_offers__gt" if reader.sees_terms else "offers__gt"
    return chosen.qs.filter(**{wanted: 0}).order_by()


def _forget_terms(asked: QueryDict) -> None:
    """Prices and stock are no longer for this person: the rest of its search goes on."""
    for name in OF_TERMS:
        asked.pop(name, None)
    if asked.get("order") not in dict(ORDERS):
        asked.pop("order", None)


def _known(asked: Iterable[QueryDict]) -> Known:
    asked = list(asked)
    return Known.of(
        [each.get("q", "") for each in asked],
        day=timezone.localdate(),
        in_category=any(each.get("category") for each in asked),
    )


def _chosen(asked: QueryDict, reader: Reader, known: Known) -> ProductFilter:
    sheets = SheetFacts.objects.filter(is_active=True)
    return ProductFilter(asked, sheets, reader=reader, known=known)


def _reader(search: SavedSearch) -> Reader:
    buyer = search.buyer if search.acts_for_buyer else None  # type: ignore[attr-defined]
    buyer = buyer if buyer and buyer.is_approved else None
    return Reader.of(buyer, official=not buyer and search.user.has_ministry_role())
