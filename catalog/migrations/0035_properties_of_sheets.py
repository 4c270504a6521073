"""The search keeps the properties that lists are narrowed down by; the worker fills them in."""

from django.db import migrations, models


ALL_OF_TODAY = "INSERT INTO catalog_shelfchange (product_id) SELECT id FROM catalog_product"


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0034_covered_sheets"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="attribute",
            constraint=models.CheckConstraint(
                condition=models.Q(("key__regex", "^[a-z][a-z0-9_]*$")),
                name="attribute_key_plain",
                violation_error_message="Small letters, digits and _ only: alcohol_pct_vol.",
            ),
        ),
        migrations.AddField(
            model_name="sheetfacts",
            name="properties",
            field=models.JSONField(default=dict),
        ),
        migrations.RunSQL(ALL_OF_TODAY, migrations.RunSQL.noop),
    ]
