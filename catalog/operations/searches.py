"""What people do with the searches that they keep, and what the clock does for them."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from buyers.models import Buyer
from catalog.enums import AlertPace
from catalog.models import Hits, Product, SavedSearch
from core.errors import DomainError, Duplicate, NotPermitted
from journal import operations as journal


MAX_SEARCHES = 20
"""A person keeps no more than these."""
DAILY_AT = time(7)
"""When the daily alert goes out, Paris time."""
NAMED = 5
"""So many new sheets are named in an alert; the others are counted."""


@transaction.atomic
def save_search(
    by: User, *, buyer: Buyer | None, name: str, querystring: str, hits: Hits
) -> SavedSearch:
    """Nothing → a saved search without alert, whose hits of today are known.

    Raises DomainError for the field `name`, `querystring` or `buyer`, Duplicate for a name that
    the person has used, NotPermitted for the buyer of others.
    """
    owner = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if buyer and not buyer.members.filter(user=owner).exists():
        raise NotPermitted(field="buyer")
    if not querystring:
        raise DomainError(
            _("Narrow the list down first: without a filter everything is found."),
            field="querystring",
        )
    kept = SavedSearch.objects.visible_to(owner)
    if kept.filter(name=name).exists():
        raise Duplicate(_("You have a search of this name: choose another one."), field="name")
    if kept.count() >= MAX_SEARCHES:
        raise DomainError(
            _("You keep %(most)s searches: delete one first.") % {"most": MAX_SEARCHES}
        )
    search = SavedSearch(
        user=owner, buyer=buyer, name=name, querystring=querystring, known_ids=sorted(hits.ids)
    )
    _check(search)
    search.save()
    return search


def _check(search: SavedSearch) -> None:
    for name in ("name", "querystring"):
        try:
            SavedSearch._meta.get_field(name).clean(getattr(search, name), search)  # type: ignore[union-attr]
        except ValidationError as error:
            raise DomainError(error.messages[0], field=name) from error


@transaction.atomic
def set_alerts(search: SavedSearch, *, by: User, alerts: str, hits: Hits) -> SavedSearch:
    """Choose how soon to hear of new hits; what is found today is no news.

    Raises DomainError on `alerts` for a search that is broken or finds too much to be watched.
    """
    search = _own(search, by)
    if alerts != AlertPace.NONE:
        _check_watchable(hits)
        search.known_ids = sorted(hits.ids)
    search.alerts = AlertPace(alerts)
    search.is_broken = hits.is_broken
    search.next_look_at = _next_look(search.alerts)
    search.save()
    return search


def _check_watchable(hits: Hits) -> None:
    if hits.is_broken:
        raise DomainError(
            _("This search can no longer be understood: search anew and save that."),
            field="alerts",
        )
    if hits.is_too_wide:
        raise DomainError(
            _("This search finds too much to be watched: narrow it down first."), field="alerts"
        )


@transaction.atomic
def mark_seen(search: SavedSearch, *, by: User, hits: Hits) -> SavedSearch:
    """Opened by its owner: nothing of what it finds now is new any more."""
    search = _own(search, by)
    search.known_ids, search.fresh_ids = sorted(hits.ids), []
    search.seen_at = timezone.now()
    search.save()
    return search


@transaction.atomic
def delete_search(search: SavedSearch, *, by: User) -> None:
    """Saved search → nothing; alerts that were sent stay in the journal."""
    _own(search, by).delete()


@transaction.atomic
def note_hits(search: SavedSearch, *, hits: Hits) -> list[int]:
    """The clock looked: one notice for all new sheets; the keys of these.

    A search that is not due any more (another worker was quicker) is left alone. One that is
    broken, or finds too much to be watched, falls silent, and its owner is told why.
    """
    held = SavedSearch.objects.due().locked().filter(pk=search.pk).first()
    if held is None:
        return []
    if hits.is_broken or hits.is_too_wide:
        _silence(held, hits)
        return []
    new = sorted(hits.ids - set(held.known_ids))
    held.fresh_ids = sorted(hits.ids & {*held.fresh_ids, *new})
    held.known_ids = sorted(hits.ids)
    held.next_look_at = _next_look(held.alerts)
    held.save()
    if new:
        _tell("catalog.search_found", held, count=len(new), sheets=_names(new))
    return new


def _silence(search: SavedSearch, hits: Hits) -> None:
    search.alerts, search.is_broken = AlertPace.NONE, hits.is_broken
    search.save()
    _tell("catalog.search_silenced", search, is_broken=hits.is_broken)


def _tell(verb: str, search: SavedSearch, **payload: Any) -> None:  # noqa: ANN401
    payload |= {"name": search.name, "url": search.url}
    journal.record(verb, search, by=None, to=[search.user], payload=payload)


def _names(keys: Collection[int]) -> list[str]:
    sheets = Product.objects.filter(pk__in=keys).order_by("name", "pk")
    return list(sheets.values_list("name", flat=True)[:NAMED])


def _own(search: SavedSearch, by: User) -> SavedSearch:
    held = SavedSearch.objects.locked().filter(pk=search.pk, user=by).first()
    if held is None:
        raise NotPermitted
    return held


def _next_look(alerts: str) -> datetime:
    now = timezone.localtime()
    if alerts == AlertPace.IMMEDIATE:
        return now + timedelta(minutes=1)
    today = datetime.combine(now.date(), DAILY_AT, tzinfo=now.tzinfo)
    return today if now < today else today + timedelta(days=1)
