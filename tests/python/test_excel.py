"""Workbooks of Excel, written by pandas and openpyxl, as the command reads them."""

import datetime
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from command import PENGUINS, Run
from data import load


def workbook(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for i, rows in enumerate(sheets):
        sheet = book.create_sheet(f"sheet {i + 1}")
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


ROWS = [[1.5, 2], [0.1, -3], [1e-300, 4]]


def test_pandas_workbook_is_what_the_csv_is(run: Run, tmp_path: Path) -> None:
    frame = pd.read_csv(PENGUINS)
    frame.to_excel(tmp_path / "penguins.xlsx", index=False)
    ran = run("fit", tmp_path / "penguins.xlsx", "-k", 3)
    assert ran == run("fit", PENGUINS, "-k", 3)
    frame.to_excel(tmp_path / "with_index.xlsx")
    ran = run("fit", tmp_path / "with_index.xlsx", "-k", 3)
    assert "(no name, so taken for row names)" in ran.err


def test_numbers_keep_their_bits(read: Any) -> None:
    table = read(workbook([["a", "b"], *ROWS]))
    assert table.names == ["a", "b"]
    np.testing.assert_array_equal(table.select().values, np.array(ROWS, float))


def test_table_may_stand_anywhere_on_the_sheet(read: Any) -> None:
    rows = [[], [None, None, "a", "b"], *([None, None, *row, None] for row in ROWS), []]
    table = read(workbook(rows))
    assert table.names == ["a", "b"]
    np.testing.assert_array_equal(table.select().values, np.array(ROWS, float))


def test_without_a_header(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data.xlsx").write_bytes(workbook(ROWS))
    ran = run("fit", tmp_path / "data.xlsx", "-k", 1)
    assert "no header found in DATA" in ran.err
    assert "x2" in ran.out


def test_other_cells(read: Any) -> None:
    date = datetime.date(2020, 1, 1)
    table = read(workbook([["a", "b", "c"], [1, date, True], [2.5, date, False]]))
    rows = table.select()
    assert rows.columns == ["a", "c"]
    np.testing.assert_array_equal(rows.values, [[1, 1], [2.5, 0]])
    assert rows.left_out == ["'b' (not numeric)"]


def test_missing_and_wrong_cells_are_named_by_row(read: Any) -> None:
    rows = [[], ["a", "b"], [1, 2], [3, None], [4, 5]]
    with pytest.raises(ValueError, match=r"^row 4, column 'b': missing value"):
        read(workbook(rows)).select()
    rows[3][1] = "five"
    with pytest.raises(ValueError, match=r"^row 4, column 'b': 'five' is not a number"):
        read(workbook(rows)).select()


def test_first_sheet_with_cells_is_read(read: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert read(workbook([], [["a"], [1]], [["b"], [2]])).names == ["a"]
    assert capsys.readouterr().err == (
        "gaussmix: of the sheets, 'sheet 2' is read, and not 'sheet 3'\n"
    )


def test_text_column_keeps_its_text(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "penguins.xlsx"
    pd.read_csv(PENGUINS).to_excel(path, index=False)
    ran = run("classify", path, "--class", "species", "-k", 1, "--folds", 0)
    assert ran == run("classify", PENGUINS, "--class", "species", "-k", 1, "--folds", 0)
    assert "Gentoo" in ran.out


def test_what_is_no_workbook(read: Any) -> None:
    with pytest.raises(ValueError, match=r"^it is empty$"):
        read(workbook([]))
    file = io.BytesIO()
    np.savez(file, load("penguins"))
    with pytest.raises(ValueError, match="a zip file, and no Excel workbook"):
        read(file.getvalue())
    with pytest.raises(ValueError, match="not a sound Excel workbook"):
        read(workbook(ROWS)[:-100])
    with zipfile.ZipFile(file, "w") as damaged:
        damaged.writestr("xl/workbook.xml", "<")
    with pytest.raises(ValueError, match="not a sound Excel workbook"):
        read(file.getvalue())
    with pytest.raises(ValueError, match=r"^it is of Excel before 2007, or protected: save it"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))


def test_without_openpyxl(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ValueError, match=r"read with openpyxl: pip install 'gaussmix\[excel\]'$"):
        read(workbook(ROWS))
