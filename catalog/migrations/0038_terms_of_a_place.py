from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0037_words_of_the_shelf")]

    operations = [
        migrations.AddIndex(
            model_name="sheetterms",
            index=models.Index(
                fields=["place", "side", "sheet"],
                include=(
                    *("id", "offers", "ready_offers", "lowest_eur", "highest_eur"),
                    *("comparable_eur", "lead_time_days", "donation", "origins"),
                ),
                name="sheet_terms_of_a_place",
            ),
        )
    ]
