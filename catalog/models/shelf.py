"""What has changed on the shelves and is still to be judged anew."""

from django.db import models

from catalog.models.products import Product


class ShelfChange(models.Model):
    """A product whose sheet or offers have changed; PostgreSQL's triggers add these rows."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="+", db_constraint=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.product_id)
