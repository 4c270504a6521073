"""Shelves of before learn which law their sheets fall under; a GTIN names one sheet."""

from django.db import migrations


SHELVES = """
    UPDATE catalog_category SET kind = law.kind, standard = law.standard
    FROM (VALUES
        ('hygiene-des-mains', 'GEL', ''),
        ('masques-chirurgicaux', 'MASK_EN14683', 'EN 14683'),
        ('masques-ffp', 'MASK_EN149', 'EN 149'),
        ('masques-grand-public', 'MASK_UNS', ''),
        ('gants', 'OTHER', 'EN 455'),
        ('protection-des-yeux', 'OTHER', 'EN 166')
    ) AS law (slug, kind, standard)
    WHERE catalog_category.slug = law.slug
"""
ONE_SHEET = """
CREATE FUNCTION catalog_gtin_of_one_sheet() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE gtin = $1)', TG_ARGV[0])
        INTO taken USING NEW.gtin;
    IF taken THEN
        RAISE EXCEPTION 'GTIN % stands in % already', NEW.gtin, TG_ARGV[0]
            USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gtin_of_one_sheet BEFORE INSERT OR UPDATE OF gtin ON catalog_product
    FOR EACH ROW WHEN (NEW.gtin IS NOT NULL)
    EXECUTE FUNCTION catalog_gtin_of_one_sheet('catalog_gtinalias');
CREATE TRIGGER gtin_of_one_sheet BEFORE INSERT OR UPDATE OF gtin ON catalog_gtinalias
    FOR EACH ROW EXECUTE FUNCTION catalog_gtin_of_one_sheet('catalog_product');
"""
AS_BEFORE = """
DROP TRIGGER gtin_of_one_sheet ON catalog_product;
DROP TRIGGER gtin_of_one_sheet ON catalog_gtinalias;
DROP FUNCTION catalog_gtin_of_one_sheet();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0013_proposals")]

    operations = [
        migrations.RunSQL(SHELVES, migrations.RunSQL.noop),
        migrations.RunSQL(ONE_SHEET, AS_BEFORE),
    ]
