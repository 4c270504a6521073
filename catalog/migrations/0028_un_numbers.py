"""Flammable liquids that named their UN number in words have it in its column."""

from django.db import migrations


MOVE = """
    UPDATE catalog_product SET hazard_class = '3', attributes = attributes - 'un_number',
        un_number = substring(attributes->>'un_number' FROM '[0-9]{4}')
    WHERE attributes->>'un_number' ~ '^(UN *)?(1170|1219|1987)$'
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0027_hazards")]

    operations = [migrations.RunSQL(MOVE, migrations.RunSQL.noop, elidable=True)]
