"""Space on every page for the counts of its lines to change without touching the indexes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_referenced_rows_stay")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE orders_orderline SET (fillfactor = 70)",
            "ALTER TABLE orders_orderline RESET (fillfactor)",
        )
    ]
