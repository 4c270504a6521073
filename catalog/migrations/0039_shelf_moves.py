"""Processes remember the shelf (ADR 20); each move tells them what to read again."""

import django.contrib.postgres.fields
from django.db import migrations, models


MOVED = """
CREATE OR REPLACE FUNCTION catalog_shelf_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_shelfmove (moved_in, moved_at, products, sheets)
    VALUES (pg_current_xact_id()::text::bigint, now(), '{}', true);
    UPDATE catalog_shelfversion
    SET number = gen_random_uuid(), public_number = gen_random_uuid();
    RETURN NULL;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION catalog_shelf_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog_shelfversion
    SET number = gen_random_uuid(), public_number = gen_random_uuid();
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0038_terms_of_a_place")]

    operations = [
        migrations.AddField(
            model_name="shelfversion",
            name="complete_since",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="ShelfMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("moved_in", models.BigIntegerField(db_index=True)),
                ("moved_at", models.DateTimeField(db_index=True)),
                (
                    "products",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                ("sheets", models.BooleanField()),
            ],
            options={"ordering": ["pk"]},
        ),
        migrations.RunSQL(MOVED, BEFORE),
    ]
