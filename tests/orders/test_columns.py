"""Whole columns travel into PostgreSQL and back unchanged, in parcels or not at all."""

import numpy as np
import pytest

from orders.rounds import columns


@pytest.mark.parametrize("rows", [0, 1, 99, 100, 250])
def test_columns_come_back_as_they_went(db, monkeypatch, rows):
    monkeypatch.setattr(columns, "ROWS_AT_ONCE", 100)
    whole = np.arange(rows, dtype=np.int64) * 10**12 - 1
    decimal = np.linspace(0, 1, rows)
    columns.write("sent", {"whole": whole, "decimal": decimal})
    back = columns.read_sql(
        'SELECT whole, "decimal" FROM sent ORDER BY whole',
        None,
        whole=columns.WHOLE,
        share=columns.DECIMAL,
    )
    assert back["whole"].tolist() == whole.tolist()
    assert back["share"].tolist() == decimal.tolist()
