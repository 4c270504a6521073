from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0006_touched_products"),
    ]

    operations = [
        migrations.AlterField(
            model_name="pricecoefficient",
            name="max_container_ml",
            field=models.DecimalField(
                blank=True,
                decimal_places=3,
                help_text="“Under 5 ml” is 4.999.",
                max_digits=10,
                null=True,
                verbose_name="container up to (ml)",
            ),
        ),
    ]
