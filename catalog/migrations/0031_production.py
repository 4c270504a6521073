"""Weeks of production that suppliers declare."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0030_sheet_files"),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductionSlot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('week_starts_on', models.DateField(verbose_name='Monday of the week')),
                ('units', models.PositiveBigIntegerField(verbose_name='units')),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='slots', to='catalog.offer')),
            ],
            options={
                'verbose_name': 'week of production',
                'verbose_name_plural': 'weeks of production',
                'ordering': ['offer_id', 'week_starts_on'],
                'constraints': [models.UniqueConstraint(fields=('offer', 'week_starts_on'), name='slot_once_a_week'), models.CheckConstraint(condition=models.Q(('week_starts_on__iso_week_day', 1)), name='slot_begins_on_monday', violation_error_message='A week begins on Monday.'), models.CheckConstraint(condition=models.Q(('units__gte', 1), ('units__lte', 1000000000)), name='slot_units_plausible', violation_error_message='Between 1 and a billion units: check the figure.')],
            },
        ),
    ]
