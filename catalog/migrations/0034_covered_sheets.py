"""Certificates name product sheets; offers that rest on one are judged anew when that changes."""

import django.db.models.deletion
from django.db import migrations, models


FUNCTION = """
CREATE FUNCTION catalog_naming_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_shelfchange (product_id)
    SELECT DISTINCT product_id FROM catalog_offer
    WHERE certificate_id IN (SELECT certificate_id FROM moved);
    RETURN NULL;
END $$;
"""
TRIGGERS = """
CREATE TRIGGER named AFTER INSERT ON catalog_coveredsheet REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_naming_changed();
CREATE TRIGGER named_again AFTER UPDATE ON catalog_coveredsheet REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_naming_changed();
CREATE TRIGGER named_no_more AFTER DELETE ON catalog_coveredsheet REFERENCING OLD TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_naming_changed();
"""
DROP_TRIGGERS = """
DROP TRIGGER named ON catalog_coveredsheet;
DROP TRIGGER named_again ON catalog_coveredsheet;
DROP TRIGGER named_no_more ON catalog_coveredsheet;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0033_room_on_pages_of_offers"),
        ("suppliers", "0004_notified_bodies"),
    ]

    operations = [
        migrations.CreateModel(
            name="CoveredSheet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="named_sheets",
                        to="suppliers.certificate",
                        verbose_name="certificate",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                        verbose_name="product sheet",
                    ),
                ),
            ],
            options={
                "verbose_name": "product that a certificate names",
                "verbose_name_plural": "products that certificates name",
                "ordering": ["certificate_id", "product__name", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="coveredsheet",
            constraint=models.UniqueConstraint(
                fields=("certificate", "product"),
                name="covered_sheet_once",
                violation_error_message="The certificate names this product already.",
            ),
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION catalog_naming_changed()"),
        migrations.RunSQL(TRIGGERS, DROP_TRIGGERS),
    ]
