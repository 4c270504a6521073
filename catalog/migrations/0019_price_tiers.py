"""Prices of larger quantities, as rows of an offer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0018_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name='PriceTier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_units', models.PositiveIntegerField(verbose_name='from (units)')),
                ('unit_price_eur', models.DecimalField(decimal_places=4, max_digits=12, verbose_name='unit price (€ excl. tax)')),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tiers', to='catalog.offer')),
            ],
            options={
                'verbose_name': 'price tier',
                'verbose_name_plural': 'price tiers',
                'ordering': ['offer_id', 'from_units'],
                'constraints': [models.UniqueConstraint(fields=('offer', 'from_units'), name='tier_quantity_unique', violation_error_message='Two prices from the same quantity on: keep one.'), models.UniqueConstraint(fields=('offer', 'unit_price_eur'), name='tier_price_unique', violation_error_message='Two quantities at the same price: keep the lower.'), models.CheckConstraint(condition=models.Q(('from_units__gte', 2), ('from_units__lte', 1000000000)), name='tier_quantity_plausible', violation_error_message='A lower price begins between 2 and a billion units.'), models.CheckConstraint(condition=models.Q(('unit_price_eur__gt', 0)), name='tier_price_positive', violation_error_message='A lower price is still above zero.')],
            },
        ),
    ]
