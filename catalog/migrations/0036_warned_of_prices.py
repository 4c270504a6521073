"""Prices to come say why the law known today will forbid them."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0035_properties_of_sheets"),
    ]

    operations = [
        migrations.AddField(
            model_name="scheduledprice",
            name="warning",
            field=models.TextField(
                blank=True, default="", verbose_name="why it will not be applied"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="lawwatch",
            name="known",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="scheduledprice",
            constraint=models.CheckConstraint(
                condition=Q(("warning", ""), ("status", "SCHEDULED"), _connector="OR"),
                name="scheduled_warning_before_its_day",
            ),
        ),
    ]
