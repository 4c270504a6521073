from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("suppliers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="requirement",
            name="label_en",
            field=models.CharField(
                blank=True, default="", max_length=200, verbose_name="what is asked, in English"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="requirement",
            name="help_text_en",
            field=models.TextField(
                blank=True, default="", verbose_name="explanation, in English"
            ),
            preserve_default=False,
        ),
    ]
