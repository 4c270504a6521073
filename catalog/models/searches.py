"""Searches that people keep, and what they have seen of them."""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from buyers.models import Buyer, BuyerMember
from catalog.enums import AlertPace


MAX_HITS = 1_000
"""A search that finds more is too wide to be watched."""


@dataclass(frozen=True)
class Hits:
    """The sheets that a search finds today; `is_broken`: it can no longer be understood."""

    ids: frozenset[int] = frozenset()
    is_broken: bool = False

    @property
    def is_too_wide(self) -> bool:
        """More than can be watched; `ids` are some of them."""
        return len(self.ids) > MAX_HITS


class SavedSearchQuerySet(models.QuerySet["SavedSearch"]):
    """Saved searches by whose they are and by when they are looked at."""

    def visible_to(self, user: User | AnonymousUser) -> "SavedSearchQuerySet":
        """Each person's own."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def due(self) -> "SavedSearchQuerySet":
        """Whose alert has to be looked after by now."""
        return self.exclude(alerts=AlertPace.NONE).filter(
            user__is_active=True, next_look_at__lte=timezone.now()
        )

    def for_listing(self) -> "SavedSearchQuerySet":
        """With all that a list shows; `acts_for_buyer`: the person still belongs to the buyer."""
        seats = BuyerMember.objects.filter(buyer=OuterRef("buyer"), user=OuterRef("user"))
        found = self.select_related("user", "buyer").annotate(acts_for_buyer=Exists(seats))
        return found.order_by("name", "pk")

    def locked(self) -> "SavedSearchQuerySet":
        """For an operation: the row is held until its transaction ends."""
        return self.select_for_update(of=("self",), no_key=True)


class SavedSearch(models.Model):
    """A person's search under a name, as the canonical query string of the catalogue's page.

    `buyer` is the establishment that the person acted for; its limits apply. `known_ids` are the
    sheets that matched when last looked at, `fresh_ids` those of them that came since the person
    last opened the search.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches"
    )
    buyer = models.ForeignKey(Buyer, models.CASCADE, null=True, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    querystring = models.CharField(max_length=1000)
    alerts = models.CharField(
        _("alert"), max_length=10, choices=AlertPace.choices, default=AlertPace.NONE
    )
    is_broken = models.BooleanField(default=False)
    known_ids = ArrayField(models.BigIntegerField(), default=list)
    fresh_ids = ArrayField(models.BigIntegerField(), default=list)
    next_look_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(_("last opened"), default=timezone.now)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                name="saved_search_name_once",
                violation_error_message=_("You have a search of this name: choose another one."),
            ),
            models.CheckConstraint(
                condition=Q(alerts__in=AlertPace.values), name="saved_search_alert_known"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(querystring=""),
                name="saved_search_has_name_and_filter",
                violation_error_message=_("Give the search a name and at least one filter."),
            ),
            models.CheckConstraint(
                condition=Q(is_broken=False) | Q(alerts=AlertPace.NONE),
                name="saved_search_broken_is_silent",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_look_at"],
                condition=~Q(alerts=AlertPace.NONE),
                name="saved_search_due",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_ref(self) -> str:
        return str(self.public_id)

    @property
    def url(self) -> str:
        """The page of the search, without the host."""
        return f"/catalogue/?{self.querystring}"

    def news(self, hits: Hits) -> int:
        """How many of these hits have come since the search was last opened."""
        return len(hits.ids - (set(self.known_ids) - set(self.fresh_ids)))
