"""Lines of the price history for the offers that a statement has just changed."""

HELD = "coalesce(larger.tiers, '[]')"


def noted(tiers: str = HELD) -> str:
    """Follows on `changed` (id, before, after in €); needs `by`, the key of a person.

    `tiers`: SQL for the prices of larger quantities that the offers will have; without, they stay.
    """
    return f"""larger AS (
        SELECT tier.offer_id, jsonb_agg(jsonb_build_array(tier.from_units,
            tier.unit_price_eur::text) ORDER BY tier.from_units) AS tiers
        FROM catalog_pricetier tier JOIN changed ON changed.id = tier.offer_id
        GROUP BY tier.offer_id
    ), noted AS (
        INSERT INTO catalog_pricechange
            (offer_id, at, by_id, before_eur, after_eur, before_tiers, after_tiers)
        SELECT changed.id, now(), %(by)s, changed.before, changed.after, {HELD}, {tiers}
        FROM changed LEFT JOIN larger ON larger.offer_id = changed.id
        WHERE changed.before <> changed.after OR {HELD} <> {tiers}
    )"""  # noqa: S608 - a text of our own


NOTED = noted()
