"""What is kept beside sheets and offers so that they are judged, found and counted fast."""

import uuid

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalog.enums import BuyerSide
from catalog.models.products import Category, Product
from catalog.models.rules import DatedRule


class ShelfChange(models.Model):
    """A product whose sheet or offers have changed; PostgreSQL's triggers add these rows.

    Those of a `rejudgement` wait behind the others: a supplier's own change is seen at once.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="+", db_constraint=False)
    rejudgement = models.ForeignKey(
        "Rejudgement",
        models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(F("rejudgement").asc(nulls_first=True), "id", name="shelfchange_in_turn")
        ]

    def __str__(self) -> str:
        return str(self.product_id)


class ShelfVersion(models.Model):
    """One row: another number whenever what a search shows has changed.

    What everybody is shown has a number of its own: an answer that is slow, since it had to be
    made anew, would tell a rival that a price has moved.
    """

    number = models.UUIDField(default=uuid.uuid4)
    public_number = models.UUIDField(default=uuid.uuid4)
    complete_since = models.BigIntegerField(default=0, db_default=0)
    """The moves of this transaction and of later ones are all in `ShelfMove`."""

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="shelf_version_is_one_row")]

    def __str__(self) -> str:
        return str(self.number)


class ShelfMove(models.Model):
    """What one transaction has moved on the shelf, for processes that remember it.

    Kept for an hour; a process that has slept longer reads everything anew.
    """

    moved_in = models.BigIntegerField(db_index=True)
    """The transaction, as PostgreSQL numbers them (xid8)."""
    moved_at = models.DateTimeField(db_index=True)
    products = ArrayField(models.BigIntegerField())
    """Whose terms have changed."""
    sheets = models.BooleanField()
    """Sheets, shelves or synonyms have changed."""

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.moved_in}"


class SheetFactsQuerySet(models.QuerySet["SheetFacts"]):
    """Sheets as the search sees them, by who may see them."""

    def visible_to(self, user: User | AnonymousUser) -> "SheetFactsQuerySet":
        """As the sheets themselves: public while active, retired ones for the ministry too."""
        if user.is_authenticated and user.has_ministry_role():
            return self
        return self.filter(is_active=True)

    def for_listing(self) -> "SheetFactsQuerySet":
        """With all that a list shows."""
        return self.select_related("product__category").defer("document")


class SheetFacts(models.Model):
    """An accepted sheet as the search sees it: its words by weight, and what it is filtered by.

    Kept by the worker that judges the offers (`catalog.search.facts`), seconds after any change.
    """

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True, related_name="facts")
    document = SearchVectorField()
    category = models.ForeignKey(Category, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=150)
    for_industry = models.BooleanField()
    standard = models.CharField(max_length=10)
    managed = models.BooleanField()
    is_active = models.BooleanField()
    properties = models.JSONField(default=dict)
    """The typed properties that take one of a few values, by key."""

    objects = SheetFactsQuerySet.as_manager()

    class Meta:
        indexes = [
            GinIndex(fields=["document"], name="sheet_document"),
            models.Index(fields=["position", "name", "product"], name="sheet_in_shelf_order"),
            models.Index(fields=["category"], name="sheet_category"),
        ]

    def __str__(self) -> str:
        return self.name


TERMS = (
    *("offers", "ready_offers", "lowest_eur", "highest_eur", "comparable_eur", "lead_time_days"),
    *("donation", "origins"),
)
"""What a search shows or asks of what is on sale of a sheet."""


class SheetTerms(models.Model):
    """What is on sale of one sheet in one place, for one side of trade.

    `place` is a department, FR for what is delivered everywhere, or empty for all offers
    wherever they go. A department has a row only where some offer names it; FR holds elsewhere.
    Rows for resellers exist where an offer is too dear to be sold on. Prices, lead time, donation
    and origins look at what can be ordered now.
    """

    EVERYWHERE = "FR"
    ANYWHERE = ""

    sheet = models.ForeignKey(SheetFacts, models.CASCADE, related_name="terms", db_index=False)
    side = models.CharField(max_length=10, choices=BuyerSide.choices)
    place = models.CharField(max_length=3)
    offers = models.PositiveIntegerField()
    ready_offers = models.PositiveIntegerField()
    lowest_eur = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    highest_eur = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    comparable_eur = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    lead_time_days = models.PositiveSmallIntegerField(null=True)
    donation = models.BooleanField()
    origins = ArrayField(models.CharField(max_length=3))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "side", "place"], name="sheet_terms_once_per_place"
            ),
            models.CheckConstraint(
                condition=Q(ready_offers__lte=F("offers")), name="sheet_terms_ready_within_offers"
            ),
            models.CheckConstraint(
                condition=Q(side__in=BuyerSide.values), name="sheet_terms_side_known"
            ),
        ]
        indexes = [
            # a search reads those of one place, and nothing beside the index
            models.Index(
                fields=["place", "side", "sheet"],
                include=["id", *TERMS],
                name="sheet_terms_of_a_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.place}"


class KnownWord(models.Model):
    """A word that stands in some sheet, for the correction of slips."""

    word = models.CharField(max_length=60, primary_key=True)

    class Meta:
        indexes = [GinIndex(fields=["word"], name="known_word_alike", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.word


class Synonym(DatedRule):
    """Expressions that find the same sheets while it holds: “SHA”, “gel hydroalcoolique”."""

    terms = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("expressions"),
        help_text=_("Two at least, separated by commas. Example: SHA, gel hydroalcoolique"),
    )

    class Meta(DatedRule.Meta):
        verbose_name = _("synonym")
        verbose_name_plural = _("synonyms")
        ordering = ["terms", "pk"]
        constraints = [
            *DatedRule.Meta.constraints,
            models.CheckConstraint(
                condition=Q(terms__len__gte=2),
                name="synonym_has_two_terms",
                violation_error_message=_("Give two expressions at least."),
            ),
        ]

    def __str__(self) -> str:
        return " = ".join(self.terms)
