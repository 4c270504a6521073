"""Lines whose product was merged into one of their substitutes no longer name themselves."""

from django.db import migrations


OWN = """
    DELETE FROM orders_substitute instead USING orders_orderline line
    WHERE line.id = instead.line_id AND line.product_id = instead.product_id
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_shortfalls_of_counts")]

    operations = [migrations.RunSQL(OWN, migrations.RunSQL.noop, elidable=True)]
