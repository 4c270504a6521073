"""Files as they come: spoilt, disguised, swollen; each made by code and told by its name.

`REFUSED` is turned away whole, `WRONG` is read with rows that say what is wrong, `CLEANED` is
taken as it was meant.
"""

import io
import zipfile

import xlsxwriter


REFUSED, WRONG, CLEANED = "refused", "wrong", "cleaned"
CSV = "ref;stock\nREF-0;250\n"
BOOK_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
        'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sheet.main+xml"/></Types>'
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    "{rows}</sheetData></worksheet>"
)
HEAD = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>ref</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>stock</t></is></c></row>'
)
GOOD = '<row r="2"><c r="A2" t="inlineStr"><is><t>REF-0</t></is></c><c r="B2"><v>250</v></c></row>'


def book(fill, **options):
    """An .xlsx as Excel would write it; `fill(workbook, sheet)` writes the cells."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, options) as workbook:
        fill(workbook, workbook.add_worksheet())
    return data.getvalue()


def table(*rows):
    """An .xlsx of these rows."""

    def fill(_book, sheet):
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return book(fill)


def parts(sheet, **more):
    """An .xlsx put together by hand."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**BOOK_PARTS, "xl/worksheets/sheet1.xml": sheet, **more}.items():
            archive.writestr(name, text)
    return data.getvalue()


def _merged(workbook, sheet):
    sheet.write_row(0, 0, ["ref", "stock"])
    sheet.merge_range("A2:A4", "REF-0")


def _sparse(workbook, sheet):
    sheet.write_row(0, 0, ["ref", "stock"])
    sheet.write(1_048_575, 16_383, 1)


def _formula(workbook, sheet):
    sheet.write_row(0, 0, ["ref", "stock"])
    sheet.write(1, 0, "REF-0")
    sheet.write_formula(1, 1, "=200+50", value=250)


def _formula_without_value(workbook, sheet):
    sheet.write_row(0, 0, ["ref", "stock"])
    sheet.write(1, 0, "REF-0")
    sheet.write_formula(1, 1, "=NA()", value="#N/A")


def _date(workbook, sheet):
    sheet.write_row(0, 0, ["ref", "stock"])
    sheet.write(1, 0, "REF-0")
    sheet.write_number(1, 1, 43923, workbook.add_format({"num_format": "dd/mm/yyyy"}))


def _hidden_first(workbook, sheet):
    sheet.write(0, 0, "old notes")
    sheet.hide()
    shown = workbook.add_worksheet()
    shown.write_row(0, 0, ["ref", "stock"])
    shown.write_row(1, 0, ["REF-0", 250])
    shown.activate()


def _empty_styled(workbook, sheet):
    sheet.write_row(0, 0, ["ref", "stock"])
    sheet.write_row(1, 0, ["REF-0", 250])
    grey = workbook.add_format({"bg_color": "#eeeeee"})
    for row in range(2, 20_000):
        sheet.write_blank(row, 0, None, grey)


def _lying_size(data):
    """The archive's directory says that its sheet is small."""
    at = data.rindex(b"PK\x01\x02")
    while b"sheet2.xml" not in data[at : at + 80]:
        at = data.rindex(b"PK\x01\x02", 0, at)
    return data[: at + 24] + (100).to_bytes(4, "little") + data[at + 28 :]


def _bomb():
    """300 MB of nothing, in 300 kB."""
    data = io.BytesIO(parts(""))
    with (
        zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet2.xml", "w") as sheet,
    ):
        for _megabyte in range(300):
            sheet.write(b" " * 1_000_000)
    return data.getvalue()


BOMB = _bomb()
HOSTILE = {
    # --- what is no list at all ---
    "spaces": (b" \n \n", REFUSED, "no column"),
    "nothing but line ends": (b"\n\n\n", REFUSED, "no rows"),
    "binary": (bytes(range(256)) * 40, REFUSED, "neither a text file"),
    "pdf": (b"%PDF-1.7\n\0\xff\xfe" * 9, REFUSED, "neither a text file"),
    "html": (b"<html><table><tr><td>ref</td></tr></table></html>", REFUSED, "no column"),
    "headings only": (b"ref;stock\n", REFUSED, "no rows"),
    "no headings": (b"REF-0;250\n", REFUSED, "no column"),
    "no key column": (b"colour;stock\nred;3\n", REFUSED, "which offer"),
    "no figure column": (b"ref;colour\nREF-0;red\n", REFUSED, "no column"),
    "a column twice": (b"ref;stock;qty\nREF-0;1;2\n", REFUSED, "say the same"),
    # --- text ---
    "quotation mark left open": (b'ref;stock\n"REF-0;250\nREF-1;3\n', REFUSED, "quotation mark"),
    "cell of a megabyte": (b"ref;stock\n" + b"x" * 1_000_000 + b";1\n", REFUSED, "longer than"),
    "mixed encodings": (
        "ref;stock;lieu\nREF-0;250;Épinal\n".encode() + "REF-1;3;Épinal\n".encode("cp1252"),
        REFUSED,
        "mixes two encodings",
    ),
    "windows-1252": ("Référence;Stock;Lieu\nREF-0;250;Épinal\n".encode("cp1252"), CLEANED, ""),
    "utf-8 with mark": ("\ufeffRéférence;Stock\nREF-0;250\n".encode(), CLEANED, ""),
    "utf-16 with tabs": ("ref\tstock\nREF-0\t250\n".encode("utf-16"), CLEANED, ""),
    "old mac line ends": (b"ref;stock\rREF-0;250\r", CLEANED, ""),
    "commas": (b"stock,ref\n250,REF-0\n", CLEANED, ""),
    "pipes": (b"stock|ref\n250|REF-0\n", CLEANED, ""),
    "separator hint of excel": (b"sep=;\nref;stock\nREF-0;250\n", CLEANED, ""),
    "wrong separator": (b"ref:stock\nREF-0:250\n", REFUSED, "no column"),
    "a million empty rows": (CSV.encode() + b";\n" * 1_000_000, CLEANED, ""),
    "more rows than allowed": (
        CSV.encode() + b"REF-1;3\n" * 260_000,
        REFUSED,
        "more than",
    ),
    "duplicate keys": (b"ref;stock\nREF-0;250\nREF-0;251\n", WRONG, "same offer"),
    "negative stock": (b"ref;stock\nREF-0;-5\n", WRONG, "At least 0"),
    "stock in words": (b"ref;stock\nREF-0;douze\n", WRONG, "whole number"),
    "half a unit": (b"ref;stock\nREF-0;2,5\n", WRONG, "whole number"),
    "infinite stock": (b"ref;stock\nREF-0;1e999\n", WRONG, "whole number"),
    "not a number": (b"ref;stock\nREF-0;NaN\n", WRONG, "whole number"),
    "more than a billion": (b"ref;stock\nREF-0;99999999999\n", WRONG, "At most"),
    "arabic digits": ("ref;stock\nREF-0;٢٥٠\n".encode(), CLEANED, ""),
    "thousands with spaces": ("ref;stock\nREF-0;0\u202f250\n".encode(), CLEANED, ""),
    "no figure": (b"ref;stock\nREF-0;\n", WRONG, "how many"),
    "no key": (b"ref;stock\n;250\n", WRONG, "which offer"),
    "too many cells": (b"ref,stock\nREF-0,250,00\n", WRONG, "more cells"),
    "too few cells": (b"ref;stock\nREF-0\n", WRONG, "how many"),
    "formula in the key": (b'ref;stock\n"=HYPERLINK(""x"")";1\n', WRONG, "no such offer"),
    "sql in the key": (b"ref;stock\n'; DROP TABLE catalog_offer; --;1\n", WRONG, "more cells"),
    "markup in the key": (b"ref;stock\n<script>alert(1)</script>;1\n", WRONG, "no such offer"),
    # --- Excel ---
    "plain sheet": (table(["ref", "stock"], ["REF-0", 250]), CLEANED, ""),
    "formula": (book(_formula), CLEANED, ""),
    "formula that failed": (book(_formula_without_value), WRONG, "whole number|how many"),
    "date as a number": (book(_date), WRONG, "whole number"),
    "merged cells": (book(_merged), REFUSED, "merged in row 2"),
    "sparse sheet": (book(_sparse), REFUSED, "reaches to row"),
    "hidden first sheet": (book(_hidden_first), CLEANED, ""),
    "empty rows with colours": (book(_empty_styled), CLEANED, ""),
    "list that starts lower down": (
        table([], [], ["", "ref", "stock"], ["", "REF-0", 250]),
        CLEANED,
        "",
    ),
    "zip bomb": (BOMB, REFUSED, "far larger"),
    "zip bomb with a lying directory": (_lying_size(BOMB), REFUSED, "damaged|far larger"),
    "macro file": (
        parts(SHEET.format(rows=HEAD + GOOD), **{"xl/vbaProject.bin": "x"}),
        REFUSED,
        "macros",
    ),
    "text document": (parts("", **{"word/document.xml": "x"}), REFUSED, "damaged|no Excel"),
    "password": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        REFUSED,
        "password",
    ),
    "old excel format": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"Workbook", REFUSED, "old Excel"),
    "cut in half": (table(["ref", "stock"], ["REF-0", 250])[:900], REFUSED, "damaged"),
    "zip of nothing": (b"PK\x05\x06" + bytes(18), REFUSED, "neither a text file"),
    "billion laughs": (
        parts(
            '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
            + SHEET.format(rows=HEAD + GOOD.replace("REF-0", "&b;"))
        ),
        REFUSED,
        "damaged",
    ),
    "ten thousand parts": (
        parts(SHEET.format(rows=HEAD + GOOD), **{f"x/{each}": "" for each in range(10_000)}),
        REFUSED,
        "far larger",
    ),
    "no sheet": (parts("", **{"xl/workbook.xml": "<workbook/>"}), REFUSED, "No sheet|damaged"),
}
