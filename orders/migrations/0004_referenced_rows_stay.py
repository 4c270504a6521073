"""PostgreSQL refuses to remove what explanations and supplier lines refer to.

The arguments of each trigger are pairs: a table, and its column that holds the key.
"""

from django.db import migrations


REFUSE = """
CREATE FUNCTION refuse_orphans() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    referred boolean;
BEGIN
    FOR pair IN 0 .. TG_NARGS / 2 - 1 LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I = $1)',
                       TG_ARGV[2 * pair], TG_ARGV[2 * pair + 1])
            INTO referred USING OLD.id;
        IF referred THEN
            RAISE EXCEPTION '% % is referred to by %', TG_TABLE_NAME, OLD.id, TG_ARGV[2 * pair]
                USING ERRCODE = 'foreign_key_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
"""
REFERENCES = {
    "orders_allocationround": [("orders_explanation", "round_id")],
    "orders_orderline": [
        ("orders_explanation", "line_id"),
        ("orders_supplierorderline", "order_line_id"),
    ],
    "catalog_offer": [("orders_supplierorderline", "offer_id")],
    "orders_allocation": [("orders_supplierorderline", "allocation_id")],
    "orders_supplierorder": [("orders_supplierorderline", "supplier_order_id")],
}


def _guard(table, children):
    arguments = ", ".join(f"'{child}', '{column}'" for child, column in children)
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER refuse_orphans AFTER DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_orphans({arguments});
        CREATE TRIGGER refuse_new_key AFTER UPDATE OF id ON {table}
            FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION refuse_orphans({arguments});
        """,
        f"""
        DROP TRIGGER refuse_orphans ON {table};
        DROP TRIGGER refuse_new_key ON {table};
        """,
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_references_without_constraint")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION refuse_orphans()"),
        *(_guard(table, children) for table, children in REFERENCES.items()),
    ]
