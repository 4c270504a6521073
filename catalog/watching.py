"""What saved searches find: the same filter as the page, then what its person can order."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from buyers.models import Buyer
from catalog import operations
from catalog.availability import open_to, sellable
from catalog.filters import ProductFilter, shelf_choices
from catalog.models import MAX_HITS, Hits, OfferQuerySet, Product, SavedSearch
from catalog.prices import RuleBook
from core.errors import DomainError


BATCH = 20
Choices = Callable[[], list[tuple[str, str]]]


def keep(user: User, *, buyer: Buyer | None, name: str, asked: QueryDict) -> SavedSearch:
    """Save the search of the page under a name; what it finds today is no news.

    `buyer`: the approved establishment that the person acts for, if any. Raises DomainError as
    `operations.save_search`, and for filters that say nothing.
    """
    draft = SavedSearch(pk=0, user=user, buyer=buyer, name=name)
    draft.acts_for_buyer = True  # type: ignore[attr-defined]
    draft.querystring = canonical(asked, _chosen(draft, asked, RuleBook(timezone.localdate())))
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
    rules, choices = RuleBook(timezone.localdate()), cache(shelf_choices)
    hits, queries = {}, []
    for search in searches:
        found = _matching(search, rules, choices)
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


def _matching(search: SavedSearch, rules: RuleBook, choices: Choices) -> QuerySet[Product] | None:
    asked = QueryDict(search.querystring)
    chosen = _chosen(search, asked, rules)
    chosen.form.fields["category"].choices = choices
    if not chosen.form.is_valid() or _canonical(asked, chosen) != search.querystring:
        return None
    on_sale = Exists(_offers(search, rules).filter(product=OuterRef("pk")).order_by())
    return chosen.qs.filter(on_sale).order_by()


def _chosen(search: SavedSearch, asked: QueryDict, rules: RuleBook) -> ProductFilter:
    sheets = Product.objects.filter(is_active=True)
    return ProductFilter(asked, sheets, sees_prices=_sees_prices(search), rules=rules)


def _sees_prices(search: SavedSearch) -> bool:
    return search.user.has_ministry_role() or bool(_buyer(search))


def _buyer(search: SavedSearch) -> Buyer | None:
    buyer = search.buyer if search.acts_for_buyer else None  # type: ignore[attr-defined]
    return buyer if buyer and buyer.is_approved else None


def _offers(search: SavedSearch, rules: RuleBook) -> OfferQuerySet:
    """The offers that count for this person; without a right to see stock, all that are vetted."""
    return open_to(_buyer(search), rules) if _sees_prices(search) else sellable(rules)
