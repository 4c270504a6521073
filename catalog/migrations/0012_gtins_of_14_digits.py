"""A GTIN is stored with 14 digits, so that 8, 12 and 13 printed ones find it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0011_saved_searches")]

    operations = [
        migrations.RunSQL(
            """UPDATE catalog_product SET gtin = lpad(gtin, 14, '0')
               WHERE gtin IS NOT NULL AND length(gtin) < 14""",
            migrations.RunSQL.noop,
            elidable=True,
        )
    ]
