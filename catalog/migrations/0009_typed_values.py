"""The values of properties that were texts become numbers and choices of the lists."""

from django.db import migrations


NUMBERS = (
    "aerosol_filtration_pct", "bacterial_filtration_pct", "labels_per_roll", "net_weight_kg",
    "particle_filtration_pct", "purity_pct_vol", "washes",
)  # fmt: skip
PLAIN = "replace(translate(attributes->>%s, E' \\u00a0\\u202f', ''), ',', '.')"
NUMBER = f"""
    UPDATE catalog_product
    SET attributes = jsonb_set(attributes, ARRAY[%s], to_jsonb({PLAIN}::numeric))
    WHERE jsonb_typeof(attributes->%s) = 'string' AND {PLAIN} ~ '^[0-9]+([.][0-9]+)?$'
"""
CHANGED = [
    """UPDATE catalog_product SET attributes = attributes || jsonb_build_object(
           'neck', substring(attributes->>'neck' FROM '^[0-9]+')::int)
       WHERE attributes->>'neck' ~ '^[0-9]{1,3} mm$'""",
    """UPDATE catalog_product
       SET attributes = attributes || jsonb_build_object('size', replace(attributes->>'size', ',', '.'))
       WHERE attributes->>'size' ~ '^[0-9],[0-9]$'""",
    """UPDATE catalog_product SET attributes = attributes || '{"formula": "ANY"}'
       WHERE attributes->>'formula' = 'Arrêté du 13 mars 2020, formules 1 à 4'""",
    """UPDATE catalog_product SET attributes = attributes || '{"alcohol_pct_vol": 65}'
       WHERE attributes->>'alcohol_pct_vol' = '65 à 80'""",
]


def to_types(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for key in NUMBERS:
            cursor.execute(NUMBER, [key] * 4)
        for statement in CHANGED:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_attributes")]

    operations = [migrations.RunPython(to_types, migrations.RunPython.noop, elidable=True)]
