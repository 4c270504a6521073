"""What has changed on the shelves and is still to be judged anew."""

from django.db import models
from django.db.models import F

from catalog.models.products import Product


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
