"""A sheet is found by every GTIN that it has or had, as 8, 12, 13 or 14 digits."""

from django.db import migrations


FOUND = """
CREATE FUNCTION catalog_gtin_forms(gtin text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws(' ', gtin, right(gtin, 13), ltrim(gtin, '0'),
        CASE WHEN gtin LIKE '00%' THEN right(gtin, 12) END,
        CASE WHEN gtin LIKE '000000%' THEN right(gtin, 8) END)
$$;
CREATE FUNCTION catalog_alias_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_shelfchange (product_id)
    SELECT id FROM catalog_product WHERE id IN (OLD.product_id, NEW.product_id);
    RETURN NULL;
END $$;
CREATE TRIGGER sheet_touched AFTER INSERT OR UPDATE OR DELETE ON catalog_gtinalias
    FOR EACH ROW EXECUTE FUNCTION catalog_alias_changed();
INSERT INTO catalog_shelfchange (product_id) SELECT id FROM catalog_product
    WHERE gtin IS NOT NULL OR id IN (SELECT product_id FROM catalog_gtinalias);
"""
AS_BEFORE = """
DROP TRIGGER sheet_touched ON catalog_gtinalias;
DROP FUNCTION catalog_alias_changed(), catalog_gtin_forms(text);
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0025_scheduled_prices")]

    operations = [migrations.RunSQL(FOUND, AS_BEFORE)]
