"""Pages of offers are filled by half: a count then stays on its page and moves no index.

Stock is what changes most of an offer, and a supplier's file changes all of it at once.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0032_imports_of_sheets")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE catalog_offer SET (fillfactor = 50)",
            "ALTER TABLE catalog_offer RESET (fillfactor)",
        )
    ]
