"""The days between which an offer may sell; the trigger on offers looks at them, too."""

from django.db import migrations, models


COLUMNS = (
    "product_id", "supplier_id", "certificate_id", "status", "unit_price_eur", "on_hand_units",
    "reserved_units", "pack_units", "min_order_units", "max_per_buyer_units", "lead_time_days",
    "departments",
)  # fmt: skip
DAYS = ("available_from", "available_until")


def trigger(columns):
    """SQL of the function that notes products whose offers differ in one of the columns."""
    before, after = (", ".join(f"{row}.{each}" for each in columns) for row in ("old_rows", "new_rows"))
    return f"""
CREATE OR REPLACE FUNCTION catalog_offers_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_shelfchange (product_id)
    SELECT old_rows.product_id FROM old_rows JOIN new_rows USING (id)
    WHERE ({before}) IS DISTINCT FROM ({after})
    UNION
    SELECT new_rows.product_id FROM old_rows JOIN new_rows USING (id)
    WHERE old_rows.product_id <> new_rows.product_id;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0009_typed_values'),
        ('suppliers', '0002_requirement_in_english'),
    ]

    operations = [
        migrations.AddField(
            model_name='offer',
            name='available_from',
            field=models.DateField(blank=True, null=True, verbose_name='first day of sale'),
        ),
        migrations.AddField(
            model_name='offer',
            name='available_until',
            field=models.DateField(blank=True, null=True, verbose_name='last day of sale'),
        ),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(condition=models.Q(('available_from__isnull', False), ('available_until__isnull', False), _connector='OR'), fields=['available_from', 'available_until'], name='offer_with_days_of_sale'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('available_from', None), ('available_until', None), ('available_until__gte', models.F('available_from')), _connector='OR'), name='offer_days_in_order', violation_error_message='The last day of sale is not before the first.'),
        ),
        migrations.RunSQL(trigger(COLUMNS + DAYS), trigger(COLUMNS)),
    ]
