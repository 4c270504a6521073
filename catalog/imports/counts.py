"""Plain rows of a file of stock, judged and stored where the offers are: by the database."""

import json
from collections.abc import Sequence

from django.db import connection

from catalog.imports.files import Row
from catalog.imports.finding import FIELDS
from catalog.imports.judging import FigureJudge


PLAIN = """
    WITH said AS (
        SELECT (each->>0)::integer AS row, each->1 AS cells,
               each->1->>%(reference)s AS reference, each->1->>%(units)s AS units
        FROM jsonb_array_elements(%(rows)s::jsonb) AS each
    ), plain AS (
        SELECT row, cells, reference,
               CASE WHEN units ~ '^[0-9]{1,9}$' THEN units::bigint END AS after
        FROM said
        WHERE reference <> '' AND jsonb_array_length(cells) <= %(headings)s
          AND NOT EXISTS (SELECT FROM unnest(%(others)s::integer[]) AS place
                          WHERE cells->>place <> '')
    ), named AS (
        SELECT plain.row, plain.cells, plain.after, offer.id, offer.before
        FROM plain CROSS JOIN LATERAL (
            SELECT min(id) AS id, min(on_hand_units) AS before,
                   min(greatest(reserved_units, in_lots_units)) AS least
            FROM catalog_offer
            WHERE supplier_id = %(supplier)s AND supplier_reference = plain.reference
            HAVING count(*) = 1
        ) offer
        WHERE plain.after = offer.before OR plain.after >= offer.least
    ), stored AS (
        INSERT INTO catalog_importrow (job_id, row, cells, action, offer_id, differences)
        SELECT %(job)s, row, cells, CASE after WHEN before THEN 'SAME' ELSE 'UPDATE' END, id,
               CASE WHEN after <> before THEN
                   jsonb_build_object('on_hand_units', jsonb_build_array(before, after)) END
        FROM named
        RETURNING row
    )
    SELECT row FROM said EXCEPT SELECT row FROM stored
"""


class CountJudge(FigureJudge):
    """Of files of stock. A row is plain if it names one offer by its reference alone, and a count
    that needs no reading. All others, the wrong ones among them, are judged one by one.
    """

    def store_plain(self, batch: Sequence[Row]) -> list[Row]:
        """In the caller's transaction; the rows that are left."""
        rows = self.cells_of(batch)
        place = self.layout.places.get(FIELDS[0])
        if place is None:
            return rows
        values = {
            "rows": json.dumps(rows, ensure_ascii=False),
            "job": self.job.pk,
            "supplier": self.job.supplier_id,
            "reference": place,
            "units": self.layout.places[self.field],
            "others": [self.layout.places[key] for key in FIELDS[1:] if key in self.layout.places],
            "headings": len(self.layout.headings),
        }
        with connection.cursor() as cursor:
            cursor.execute(PLAIN, values)
            left = {number for (number,) in cursor.fetchall()}
        return [row for row in rows if row[0] in left]
