"""How PostgreSQL reads a sheet's words, and what else moves the shelf besides offers.

Two text search configurations of our own, without accents; one function that makes a query of a
typed term; triggers for categories, suppliers' addresses, prices of quantities and synonyms.
"""

from django.db import migrations


CONFIGURATIONS = """
CREATE TEXT SEARCH CONFIGURATION fr (COPY = french);
ALTER TEXT SEARCH CONFIGURATION fr
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, french_stem;
CREATE TEXT SEARCH CONFIGURATION en (COPY = english);
ALTER TEXT SEARCH CONFIGURATION en
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;
"""
DROP_CONFIGURATIONS = """
DROP TEXT SEARCH CONFIGURATION fr;
DROP TEXT SEARCH CONFIGURATION en;
"""
FUNCTIONS = """
CREATE FUNCTION catalog_term_query(term text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN numnode(plainto_tsquery('fr', term)) = 0 OR numnode(plainto_tsquery('en', term)) = 0
            OR term = 'les'  -- PostgreSQL's French list forgets it
            THEN ''::tsquery  -- a stop word asks for nothing
        WHEN term ~ '^[a-z]{4,}$' THEN plainto_tsquery('fr', term)
            || plainto_tsquery('en', term) || to_tsquery('simple', term || ':*')
        ELSE plainto_tsquery('fr', term) || plainto_tsquery('en', term)
    END
$$;
CREATE FUNCTION catalog_category_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_shelfchange (product_id)
    SELECT product.id FROM catalog_product product
    JOIN catalog_category category ON category.id = product.category_id
    WHERE NEW.id IN (category.id, category.parent_id);
    RETURN NULL;
END $$;
CREATE FUNCTION catalog_tier_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_shelfchange (product_id)
    SELECT product_id FROM catalog_offer WHERE id IN (OLD.offer_id, NEW.offer_id);
    RETURN NULL;
END $$;
CREATE FUNCTION catalog_shelf_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog_shelfversion
    SET number = gen_random_uuid(), public_number = gen_random_uuid();
    RETURN NULL;
END $$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION catalog_term_query(text);
DROP FUNCTION catalog_category_changed(), catalog_tier_changed(), catalog_shelf_moved();
"""
TRIGGERS = """
CREATE TRIGGER sheets_touched AFTER UPDATE ON catalog_category FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION catalog_category_changed();
CREATE TRIGGER offers_moved AFTER UPDATE OF department ON suppliers_supplier FOR EACH ROW
    WHEN (OLD.department IS DISTINCT FROM NEW.department)
    EXECUTE FUNCTION catalog_supplier_changed();
CREATE TRIGGER offers_moved AFTER INSERT OR UPDATE OR DELETE ON catalog_pricetier
    FOR EACH ROW EXECUTE FUNCTION catalog_tier_changed();
CREATE TRIGGER shelf_moved AFTER INSERT OR UPDATE OR DELETE ON catalog_synonym
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_shelf_moved();
"""
DROP_TRIGGERS = """
DROP TRIGGER sheets_touched ON catalog_category;
DROP TRIGGER offers_moved ON suppliers_supplier;
DROP TRIGGER offers_moved ON catalog_pricetier;
DROP TRIGGER shelf_moved ON catalog_synonym;
"""
START = """
INSERT INTO catalog_shelfversion (id, number, public_number)
VALUES (1, gen_random_uuid(), gen_random_uuid());
INSERT INTO catalog_shelfchange (product_id) SELECT id FROM catalog_product;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0020_sheet_facts")]

    operations = [
        migrations.RunSQL(CONFIGURATIONS, DROP_CONFIGURATIONS),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(TRIGGERS, DROP_TRIGGERS),
        migrations.RunSQL(START, migrations.RunSQL.noop),
    ]
