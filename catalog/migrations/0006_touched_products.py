"""PostgreSQL notes every product whose sheet, offers, certificates or suppliers change.

Whoever changes them, and by whatever way, the stored verdicts follow (`catalog.standing`). Columns
that say nothing about what is on sale are left out; a test holds the list against the model.
"""

from django.db import migrations


OFFER_COLUMNS = (
    "product_id", "supplier_id", "certificate_id", "status", "unit_price_eur", "on_hand_units",
    "reserved_units", "pack_units", "min_order_units", "max_per_buyer_units", "lead_time_days",
    "departments",
)  # fmt: skip


def changed(columns, old="old_rows", new="new_rows"):
    """SQL: whether one of the columns differs between two rows."""
    before, after = (", ".join(f"{row}.{each}" for each in columns) for row in (old, new))
    return f"({before}) IS DISTINCT FROM ({after})"


FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION catalog_offers_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_shelfchange (product_id) SELECT DISTINCT product_id FROM new_rows;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION catalog_offers_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_shelfchange (product_id)
    SELECT old_rows.product_id FROM old_rows JOIN new_rows USING (id)
    WHERE {changed(OFFER_COLUMNS)}
    UNION
    SELECT new_rows.product_id FROM old_rows JOIN new_rows USING (id)
    WHERE old_rows.product_id <> new_rows.product_id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION catalog_sheet_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_shelfchange (product_id) SELECT id FROM new_rows;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION catalog_supplier_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_shelfchange (product_id)
    SELECT DISTINCT product_id FROM catalog_offer WHERE supplier_id = NEW.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION catalog_certificate_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog_shelfchange (product_id)
    SELECT DISTINCT product_id FROM catalog_offer WHERE certificate_id = NEW.id;
    RETURN NULL;
END $$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION catalog_offers_added(), catalog_offers_changed(), catalog_sheet_changed(),
    catalog_supplier_changed(), catalog_certificate_changed();
"""
TRIGGERS = """
CREATE TRIGGER touched AFTER INSERT ON catalog_offer REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_offers_added();
CREATE TRIGGER touched_again AFTER UPDATE ON catalog_offer
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_offers_changed();
CREATE TRIGGER touched AFTER INSERT ON catalog_product REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_sheet_changed();
CREATE TRIGGER touched_again AFTER UPDATE ON catalog_product REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_sheet_changed();
CREATE TRIGGER offers_touched AFTER UPDATE OF status ON suppliers_supplier
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION catalog_supplier_changed();
CREATE TRIGGER offers_touched AFTER UPDATE ON suppliers_certificate
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION catalog_certificate_changed();
"""
DROP_TRIGGERS = """
DROP TRIGGER touched ON catalog_offer;
DROP TRIGGER touched_again ON catalog_offer;
DROP TRIGGER touched ON catalog_product;
DROP TRIGGER touched_again ON catalog_product;
DROP TRIGGER offers_touched ON suppliers_supplier;
DROP TRIGGER offers_touched ON suppliers_certificate;
"""
ALL_OF_TODAY = "INSERT INTO catalog_shelfchange (product_id) SELECT id FROM catalog_product"


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_stored_verdicts"),
        ("suppliers", "0002_requirement_in_english"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(TRIGGERS, DROP_TRIGGERS),
        migrations.RunSQL(ALL_OF_TODAY, migrations.RunSQL.noop),
    ]
