"""CSV instances: what they mean, and how a malformed one is refused."""

import pytest

from orders.allocation.errors import InvalidMarket
from orders.allocation.files.reading import read_market
from orders.allocation.input import frozen
from orders.allocation.market import NO_LIMIT, NONE
from tests.allocation.instance_files import FILES, changed, read


LINE_1 = "1,117,2A,3,GEL,40,12,14,0,0.74,,,7"


def test_the_columns_of_an_instance_become_a_market(tmp_path):
    market = read(tmp_path)
    offers, lines = market.offers, market.lines
    assert market.groups == ("GELS", "RESP")
    assert market.products.code == ("FFP2", "GEL", "KN95")
    assert market.places.code == ("06", "2A", "75", "976")
    assert market.seed == "round 1"
    assert offers.id.tolist() == [0, 1, 4]
    assert offers.min_order.tolist() == [50, 0, 0]
    assert offers.max_per_buyer.tolist() == [NO_LIMIT, 500, NO_LIMIT]
    assert offers.price_micro.tolist() == [620_000, 450_000, 2_150_000]
    assert offers.origin.tolist() == [0, 2, 3]
    assert [market.areas[area].tolist() for area in offers.area] == [
        [True, True, True, True],
        [True, False, True, False],
        [False, True, False, False],
    ]
    assert lines.id.tolist() == [0, 1, 7]
    assert [market.wishes[wish] for wish in lines.wish] == [(0, 2), (1,), (0,)]
    assert lines.place.tolist() == [2, 1, 0]
    assert lines.need.tolist() == [1400 * 1.64, 40 * 0.74, 580 * 2.003000001]
    assert lines.ceiling_micro.tolist() == [700_000, NO_LIMIT, NO_LIMIT]
    assert lines.pinned.tolist() == [NONE, NONE, 0]
    assert lines.preferred.tolist() == [1, NONE, NONE]
    assert lines.past.tolist() == [0, 0, 0]


def _quoted(text):
    lines = [",".join(f'"{value}"' for value in row.split(",")) for row in text.splitlines()]
    return "\n".join(lines) + "\n"


def _without(text, *columns):
    rows = [row.split(",") for row in text.splitlines()]
    kept = [at for at, name in enumerate(rows[0]) if name not in columns]
    return "".join(",".join(row[at] for at in kept) + "\n" for row in rows)


@pytest.mark.parametrize(
    "told",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.rstrip("\n"),
        _quoted,
        lambda text: text.replace("\n", ",as told\n").replace(",as told", ",remark", 1),
        lambda text: "\n".join([text.splitlines()[0], *reversed(text.splitlines()[1:])]),
        lambda text: _without(text, "seq", "supplier_id"),
    ],
    ids=["bom", "crlf", "blank", "no end", "quotes", "more columns", "order", "fewer columns"],
)
def test_other_ways_to_say_the_same_give_the_same_bytes(tmp_path, told):
    as_written = frozen.to_bytes(read(tmp_path))
    assert (
        frozen.to_bytes(read(tmp_path, {name: told(FILES[name]) for name in FILES})) == as_written
    )


LINES, OFFERS, DEPTS, PRODUCTS = "lines.csv", "offers.csv", "depts.csv", "products.csv"
# What is changed, and the file with line, the column and the words that tell of it.
MALFORMED = {
    "no file": ({OFFERS: None}, "offers.csv", "file", "No such file"),
    "empty file": ({LINES: ""}, "lines.csv, line 1", "buyer_id", "is missing"),
    "semicolons": (
        {DEPTS: FILES[DEPTS].replace(",", ";")},
        "depts.csv, line 1",
        "dept",
        "the first line has dept;region;lat;lon",
    ),
    "no column": (changed(LINES, "weight", "wait"), "lines.csv, line 1", "weight", "is missing"),
    "column twice": (
        changed(LINES, "wanted,", "wanted,wanted,"),
        "lines.csv, line 1",
        "wanted",
        "appears twice",
    ),
    "latin-1": (
        {PRODUCTS: FILES[PRODUCTS].encode() + "Gel désinfectant,GELS,5\n".encode("latin-1")},
        "products.csv, line 5",
        "encoding",
        "byte 0xe9 is not UTF-8",
    ),
    "utf-16": (
        {PRODUCTS: "".join(f"{letter}\0" for letter in FILES[PRODUCTS])},
        "products.csv",
        "encoding",
        "zero bytes",
    ),
    "short row": (
        changed(LINES, LINE_1, "1,117,2A,3,GEL,40"),
        "lines.csv, line 3",
        "line",
        "has 6 values where the first line has 13",
    ),
    "long row": (changed(LINES, LINE_1, LINE_1 + ",8"), "lines.csv, line 3", "line", "has 14"),
    "all rows long": (
        {PRODUCTS: FILES[PRODUCTS].replace("0\n", "0,\n")},
        "products.csv, line 2",
        "line",
        "has 4 values where the first line has 3",
    ),
    "short and long": (
        {PRODUCTS: "freight_micro,group,product\n5,RESP\n5,RESP,KN95,7\n"},
        "products.csv, line 2",
        "line",
        "has 2 values",
    ),
    "short at what may be empty": (
        {LINES: _without(FILES[LINES], "seq").replace("0.74,,", "0.74,")},
        "lines.csv, line 3",
        "line",
        "has 11 values where the first line has 12",
    ),
    "short beside quotes": (
        {LINES: _without(FILES[LINES], "seq").replace("0.74,,", '"0.74",')},
        "lines.csv, line 3",
        "line",
        "has 11 values",
    ),
    "open quote": (changed(LINES, "FFP2;KN95", '"FFP2;KN95'), "lines.csv, line 4", "line", "has"),
    "after blank lines": (
        {LINES: FILES[LINES].replace("\n", "\n\n").replace("1400", "many")},
        "lines.csv, line 3",
        "wanted",
        "must be a whole number of 64 bits, not 'many'",
    ),
    "no number": (changed(OFFERS, "3690", ""), "offers.csv, line 3", "stock", "not ''"),
    "a fraction": (changed(OFFERS, "3690", "3690.0"), "offers.csv, line 3", "stock", "'3690.0'"),
    "64 bits": (changed(OFFERS, "3690", "9" * 19), "offers.csv, line 3", "stock", "of 64 bits"),
    "10^12 + 1": (
        changed(OFFERS, "3690", "1000000000001"),
        "offers.csv, line 3",
        "stock",
        "must be from 0 to 1,000,000,000,000, not 1000000000001",
    ),
    "negative stock": (changed(OFFERS, "3690", "-1"), "offers.csv, line 3", "stock", "not -1"),
    "empty pack": (changed(OFFERS, "3690,10", "3690,0"), "offers.csv, line 3", "pack", "not 0"),
    "negative minimum": (
        changed(OFFERS, "1560,10,50", "1560,10,-50"),
        "offers.csv, line 2",
        "moq",
        "must be from 0",
    ),
    "negative limit": (
        changed(OFFERS, ",500,", ",-500,"),
        "offers.csv, line 3",
        "max_per_buyer",
        "not -500",
    ),
    "negative price": (
        changed(OFFERS, ",450,", ",-450,"),
        "offers.csv, line 3",
        "price_milli",
        "must be from 0 to 1,000,000,000 (found '-450')",
    ),
    "absurd price": (
        changed(OFFERS, ",450,", ",9223372036854775807,"),
        "offers.csv, line 3",
        "price_milli",
        "must be from 0",
    ),
    "negative lead": (
        changed(OFFERS, ",450,7,", ",450,-7,"),
        "offers.csv, line 3",
        "lead_days",
        "not -7",
    ),
    "supplier": (changed(OFFERS, "1,9,KN", "1,x,KN"), "offers.csv, line 3", "supplier_id", "'x'"),
    "offer twice": (
        changed(OFFERS, "4,46,", "1,46,"),
        "offers.csv, line 4",
        "offer_id",
        "appears twice; give each row an id of its own (found '1')",
    ),
    "unknown product sold": (
        changed(OFFERS, "KN95", "N95"),
        "offers.csv, line 3",
        "product",
        "unknown product; add it to products.csv (found 'N95')",
    ),
    "unknown origin": (
        changed(OFFERS, ",06,*", ",6,*"),
        "offers.csv, line 2",
        "origin_dept",
        "unknown department; add it to depts.csv (found '6')",
    ),
    "unknown area": (
        changed(OFFERS, "R11;06", "R11;R12"),
        "offers.csv, line 3",
        "served",
        "unknown department or region 'R12'",
    ),
    "empty area": (changed(OFFERS, "R11;06", ""), "offers.csv, line 3", "served", "not empty"),
    "area unfinished": (changed(OFFERS, "R11;06", "R11;"), "offers.csv, line 3", "served", "''"),
    "line twice": (
        changed(LINES, "7,120,", "0,120,"),
        "lines.csv, line 4",
        "line_id",
        "appears twice",
    ),
    "negative line": (
        changed(LINES, "7,120,", "-7,120,"),
        "lines.csv, line 4",
        "line_id",
        "must be from 0",
    ),
    "negative buyer": (
        changed(LINES, "1,117,", "1,-117,"),
        "lines.csv, line 3",
        "buyer_id",
        "not -117",
    ),
    "unknown department": (
        changed(LINES, ",75,", ",99,"),
        "lines.csv, line 2",
        "dept",
        "unknown department; add it to depts.csv (found '99')",
    ),
    "tier 0": (changed(LINES, "2A,3,", "2A,0,"), "lines.csv, line 3", "tier", "must be from 1"),
    "unknown product": (
        changed(LINES, "FFP2;KN95", "FFP2;KN96"),
        "lines.csv, line 2",
        "products",
        "unknown product 'KN96'; add it to products.csv (found 'FFP2;KN96')",
    ),
    "no product": (changed(LINES, "GEL", ""), "lines.csv, line 3", "products", "not empty"),
    "product twice": (
        changed(LINES, "FFP2;KN95", "FFP2;FFP2"),
        "lines.csv, line 2",
        "products",
        "names a product twice",
    ),
    "two groups": (
        changed(LINES, "FFP2;KN95", "FFP2;GEL"),
        "lines.csv, line 2",
        "products",
        "mixes products of several groups",
    ),
    "nothing wanted": (
        changed(LINES, ",1400,", ",0,"),
        "lines.csv, line 2",
        "wanted",
        "must be from 1",
    ),
    "pack above stock": (
        changed(OFFERS, "36,12,0", "11,12,0"),
        "offers.csv, line 4",
        "pack",
        "above the stock",
    ),
    "minimum above stock": (
        changed(OFFERS, "36,12,0", "36,12,48"),
        "offers.csv, line 4",
        "moq",
        "above the stock",
    ),
    "minimum above wish": (
        changed(LINES, ",40,12,", ",40,41,"),
        "lines.csv, line 3",
        "min_useful",
        "is more than the line wants; lower it or raise wanted (found '41')",
    ),
    "late already": (
        changed(LINES, ",12,14,", ",12,-1,"),
        "lines.csv, line 3",
        "need_days",
        "must be from 0",
    ),
    "negative ceiling": (
        changed(LINES, ",700,", ",-700,"),
        "lines.csv, line 2",
        "ceiling_milli",
        "must be from 0",
    ),
    "weight 0": (changed(LINES, "1.64", "0.00"), "lines.csv, line 2", "weight", "must be above 0"),
    "weight below 0": (changed(LINES, "0.74", "-1"), "lines.csv, line 3", "weight", "above 0"),
    "weight nan": (changed(LINES, "0.74", "nan"), "lines.csv, line 3", "weight", "finite decimal"),
    "weight inf": (changed(LINES, "0.74", "inf"), "lines.csv, line 3", "weight", "finite decimal"),
    "weight 1e999": (
        changed(LINES, "0.74", "1e999"),
        "lines.csv, line 3",
        "weight",
        "not '1e999'",
    ),
    "weight comma": (changed(LINES, "0.74", '"0,74"'), "lines.csv, line 3", "weight", "'0,74'"),
    "absurd weight": (
        changed(LINES, "0.74", "1e20"),
        "lines.csv, line 3",
        "weight",
        "times wanted must be from 1e-06 to 1,000,000,000,000,000",
    ),
    "unknown pin": (
        changed(LINES, ",0,,14", ",2,,14"),
        "lines.csv, line 4",
        "pinned_offer",
        "'2'",
    ),
    "pin of words": (
        changed(LINES, ",0,,14", ",none,,14"),
        "lines.csv, line 4",
        "pinned_offer",
        "a whole number of 64 bits or empty, not 'none'",
    ),
    "unknown preference": (
        changed(LINES, ",1,6", ",3,6"),
        "lines.csv, line 2",
        "preferred_offer",
        "unknown offer",
    ),
    "department twice": (changed(DEPTS, "2A", "75"), "depts.csv, line 4", "dept", "appears twice"),
    "no region": (changed(DEPTS, "R94", ""), "depts.csv, line 3", "region", "not empty"),
    "latitude": (changed(DEPTS, "41.9", "419"), "depts.csv, line 3", "lat", "must be from -90"),
    "product listed twice": (
        changed(PRODUCTS, "KN95", "FFP2"),
        "products.csv, line 3",
        "product",
        "appears twice",
    ),
    "negative freight": (
        changed(PRODUCTS, "1200", "-1200"),
        "products.csv, line 4",
        "freight_micro",
        "must be from 0",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_instance_is_refused_by_file_line_and_column(tmp_path, case):
    changes, row, field, words = MALFORMED[case]
    with pytest.raises(InvalidMarket) as refused:
        read(tmp_path, changes)
    assert (refused.value.row, refused.value.field) == (row, field)
    assert words in refused.value.problem


def test_a_group_too_large_is_refused_by_file_and_column(tmp_path):
    offers = "".join(f"{id},1,GEL,{10**12},1,0,0,5,1,75,*\n" for id in range(10, 1011))
    with pytest.raises(InvalidMarket, match=r"offers\.csv, group GELS, stock: sums to"):
        read(tmp_path, {OFFERS: FILES[OFFERS] + offers})


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(InvalidMarket, match="folder: does not exist"):
        read_market(tmp_path / "nowhere", seed="")


def test_an_instance_without_rows_is_a_market(tmp_path):
    heads = {name: text.splitlines()[0] + "\n" for name, text in FILES.items()}
    assert len(read(tmp_path, heads).lines) == 0
