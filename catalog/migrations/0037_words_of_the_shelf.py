"""The lists that are kept as shown (ADR 15) also say how shelves and properties are called."""

from django.db import migrations


MOVED = """
CREATE TRIGGER shelf_moved AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_shelf_moved();
"""
STILL = "DROP TRIGGER shelf_moved ON {table};"
TABLES = ("catalog_category", "catalog_attribute")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0036_warned_of_prices")]

    operations = [
        migrations.RunSQL(MOVED.format(table=table), STILL.format(table=table))
        for table in TABLES
    ]
