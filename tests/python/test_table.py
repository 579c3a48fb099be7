"""DATA: what is read from CSV files and arrays, and what is refused."""

import csv
import io
import re
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gaussmix.cli import table
from hypothesis import given
from hypothesis import strategies as st
from written import Reader

MISSING = ["", " ", "NA", "na", "N/A", "#N/A", "NaN", "-nan", "null", "NULL", "None", "?", ".", "-"]
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "}

finite = st.floats(allow_nan=False, allow_infinity=False)
rows_of_numbers = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(finite, min_size=width, max_size=width), min_size=2)
)


def assert_same_array(actual: np.ndarray, expected: np.ndarray) -> None:
    assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
    assert actual.tobytes() == expected.tobytes()


@given(
    rows=rows_of_numbers,
    delimiter=st.sampled_from(sorted(DELIMITERS)),
    header=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_numbers_are_read_to_the_bit(
    read: Reader,
    rows: list[list[float]],
    delimiter: str,
    header: bool,
    quoting: int,
    line_end: str,
    encoding: str,
) -> None:
    names = [f"größe {i}" for i in range(len(rows[0]))]
    text = io.StringIO(newline="")
    writer = csv.writer(
        text, delimiter=DELIMITERS[delimiter], quoting=quoting, lineterminator=line_end
    )
    writer.writerows([names, *rows] if header else rows)
    data = text.getvalue().encode(encoding)
    found = read(data, delimiter=delimiter, header=header)
    assert found.names == (names if header else None)
    assert_same_array(found.select().values, np.array(rows))
    assert found.select().complete.all()


@given(rows=rows_of_numbers.filter(lambda rows: len(rows[0]) > 1))
@pytest.mark.parametrize("delimiter", sorted(DELIMITERS))
def test_delimiter_and_header_are_detected(
    read: Reader, delimiter: str, rows: list[list[float]]
) -> None:
    mark = DELIMITERS[delimiter]
    names = [f"n{i}" for i in range(len(rows[0]))]
    found = read("\n".join(mark.join(map(str, row)) for row in [names, *rows]))
    assert found.names == names
    assert_same_array(found.select().values, np.array(rows))


@given(data=st.binary(max_size=80) | st.text('ab01.,;|\t "\n\r-', max_size=80).map(str.encode))
def test_any_bytes_are_a_table_or_a_value_error(read: Reader, data: bytes) -> None:
    values = np.zeros(1)
    with suppress(ValueError):
        values = read(data).select(drop_missing=True).values
    assert values.size > 0
    assert np.isfinite(values).all()


def test_what_numpy_writes_is_read(read: Reader) -> None:
    X = np.random.default_rng(0).normal(size=(5, 3))
    text = io.StringIO()
    np.savetxt(text, X)
    assert_same_array(read(text.getvalue()).select().values, X)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,2\n", ["a", "b"]),
        ("1,2\n3,4\n", None),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", None),  # no header, but a column of labels
        ("size,kind\n1,a\n2,b\n", ["size", "kind"]),
        ("kind,size\na,NA\nb,2\n", ["kind", "size"]),
        ("NA,1\n2,3\n", None),
        ("\n\n a , b \n1,2\n", ["a", "b"]),
        ('"a, or b";c\n1;2\n', ["a, or b", "c"]),
        ("x\n1,5\n2,5\n".replace(",", "."), ["x"]),
        ("bill length\n1.5\n2.5\n", ["bill length"]),
        ("x_1,y_1\n1,2\n", ["x_1", "y_1"]),
        ("2019,kind\n1,a\n", None),
        ("7\n", None),
        ("7,8\n", None),
    ],
)
def test_header(read: Reader, text: str, names: list[str] | None) -> None:
    assert read(text).names == names


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,2,3\n4,5,6\n7,8,9\n", "names and numbers"),
        ("0,1,2\n4,5,6\n", "counts 0, 1, 2"),
        (",0,1,2\nx,4,5,6\n", "counts 0, 1, 2"),
        ("1,5;2,3\n1,7;2,9\n", "comma or semicolon"),
        ("1,5 2,3\n1,7 2,9\n", "comma or space"),
    ],
)
def test_what_is_in_doubt_is_an_error(read: Reader, text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read(text)


def test_doubt_can_be_settled(read: Reader) -> None:
    counted = "0,1,2\n4,5,6\n"
    assert read(counted, header=True).names == ["0", "1", "2"]
    assert read(counted, header=False).select().values.shape == (2, 3)
    assert read("a,1\n2,3\n", header=True).names == ["a", "1"]
    decimal_commas = "1,5;2,3\n1,7;2,9\n"
    with pytest.raises(ValueError, match=r"line 1, column 'x1': '1,5' is not a number"):
        read(decimal_commas, delimiter="semicolon").select()


def test_text_columns_are_left_out_by_name(read: Reader) -> None:
    selection = read(
        "kind,size,code,empty,day\na,1,A1,,2020-01-01\nb,2,7,NA,2020-01-02\nc,3,C3,,2020-01-03\n"
    ).select()
    assert selection.columns == ["size"]
    assert selection.left_out == [
        "'kind' (not numeric)",
        "'code' (only 1 of 3 values are numbers)",
        "'empty' (no values)",
        "'day' (not numeric)",
    ]


def test_first_column_without_a_name_holds_row_names(read: Reader) -> None:
    selection = read(",a,b\n0,1,2\n1,3,4\n").select()
    assert selection.columns == ["a", "b"]
    assert "row names" in selection.left_out[0]
    assert read(",a,b\n0,1,2\n").select(["", "a"]).columns == ["", "a"]


def test_columns_wanted_come_in_their_order(read: Reader) -> None:
    found = read("a,b,c\n1,2,x\n3,4,y\n")
    selection = found.select(["b", "a"])
    assert selection.columns == ["b", "a"]
    assert selection.values.tolist() == [[2, 1], [4, 3]]
    assert selection.left_out == []
    unnamed = read("1,2\n3,4\n")
    assert unnamed.select().columns is None
    assert unnamed.select(["x2"]).columns == ["x2"]
    assert unnamed.select(["x2"]).values.tolist() == [[2], [4]]


@pytest.mark.parametrize("marker", MISSING)
def test_missing_value_is_named(read: Reader, marker: str) -> None:
    found = read(f"kind,a,b\nx,1,2\nNA,3,4\nz,5,{marker}\n")
    with pytest.raises(ValueError, match=r"line 4, column 'b': missing value.*--drop-missing"):
        found.select()
    selection = found.select(drop_missing=True)
    assert selection.values.tolist() == [[1, 2], [3, 4]]
    assert selection.complete.tolist() == [True, True, False]
    assert found.select(["a"]).complete.all()


def test_blank_line_in_one_column_is_a_missing_value(read: Reader) -> None:
    found = read("a\n1\n\n3\n\n\n")
    with pytest.raises(ValueError, match="line 3, column 'a': missing value"):
        found.select()
    assert found.select(drop_missing=True).complete.tolist() == [True, False, True]


def test_blank_lines_between_rows_are_skipped_but_counted(read: Reader) -> None:
    assert read("a,b\n\n1,2\n   \n3,4\n").select().values.tolist() == [[1, 2], [3, 4]]
    with pytest.raises(ValueError, match="line 5, column 'b'"):
        read("a,b\n\n1,2\n\n3,\n").select()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n3,4 mm\n5,6\n", "line 3, column 'b': '4 mm' is not a number (2 of 3 values"),
        ("a,b\n1,2\n3,4\n5,1_000\n", "line 4, column 'b': '1_000' is not a number"),
        ("a,b\n1,2\n3,4\n5,\u0663\n", "line 4, column 'b': '\u0663' is not a number"),
        ('a,b\n1,2\n3,4\n5,"1,000"\n', "line 4, column 'b': '1,000' is not a number"),
        ('a,b\n"1\n",2\n3,0x10\n4,4\n', "line 4, column 'b': '0x10' is not a number"),
        ("a,b\n1,2\n3,inf\n5,6\n", "line 3, column 'b': 'inf' is not finite"),
        ("a,b\n1,2\n3,-Infinity\n5,6\n", "line 3, column 'b': '-Infinity' is not finite"),
        ("a,b\n1,2\n3,1e999\n5,6\n", "line 3, column 'b': '1e999' is not finite"),
        ("a,b\n1,2\n3\n", "line 3 has 1 fields, but the first has 2 (it begins with '3')"),
        ("a,b\n1,2\n3,4,5\n", "line 3 has 3 fields, but the first has 2"),
        ("a,b\n1,2,\n3,4,\n", "line 2 has 3 fields, but the first has 2"),
        ("x\n1,5\n2,5\n", "line 2 has 2 fields, but the first has 1"),
        ('a,b\n1,"2\n3,4\n', "line 2: unexpected end of data; is a quote not closed?"),
        ('a,b\n1,"2"x\n', "line 2: "),
        ("a,b\n1,NA\nNA,2\n", "line 2, column 'b': missing"),
        ("a,a\n1,2\n", "two columns are named 'a'"),
        ("a,b\nx,y\n", "no column is numeric: 'a' (not numeric), 'b' (not numeric)"),
        ("a,b\n", "there are no rows"),
        ("", "it is empty"),
        ("\n \n\n", "it is empty"),
        ("\ufeff", "it is empty"),
    ],
)
def test_errors_name_the_place(read: Reader, text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        read(text).select()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a,b\n1,\xe9\n", "line 2: it is not UTF-8 text; save it as UTF-8"),
        (b"\xff\xfea", "it is not UTF-16 text"),
        (b"PK\x03\x04\x00\x00\x00", "it is binary"),
        (b"a,b\n1,2\n\x00", "it is binary"),
        (b'a,b\n1,"' + b"x" * 200_000, "line 2: unexpected end of data"),
    ],
    ids=["latin 1", "odd UTF-16", "zip", "nul", "open quote"],
)
def test_bytes_that_are_no_text(read: Reader, data: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read(data)


def test_every_row_missing_leaves_nothing(read: Reader) -> None:
    with pytest.raises(ValueError, match="every row has a missing value"):
        read("a,b\n1,NA\nNA,2\n").select(drop_missing=True)


def test_unknown_and_repeated_columns(read: Reader) -> None:
    found = read("a,b\n1,2\n")
    with pytest.raises(ValueError, match="no column is named 'c', 'd'; there are 'a', 'b'"):
        found.select(["c", "a", "d"])
    with pytest.raises(ValueError, match="wanted twice: 'a', 'a'"):
        found.select(["a", "a"])


def test_text_column_that_is_wanted(read: Reader) -> None:
    with pytest.raises(ValueError, match=r"line 2, column 'b': 'x' is not a number .0 of 2"):
        read("a,b\n1,x\n2,y\n").select(["b"])


def test_oddities_after_the_first_batch(read: Reader) -> None:
    """Rows are read in batches; the lines in messages count from the file's first."""
    lines = ["a,kind", *(f"{i},k_{i}" for i in range(1000))]
    assert_same_array(read("\n".join(lines)).select().values, np.arange(1000.0)[:, np.newaxis])
    lines[900] = "oops,k"
    with pytest.raises(ValueError, match=r"line 901, column 'a': 'oops' .*999 of 1000"):
        read("\n".join(lines)).select()
    lines[800] = "1"
    with pytest.raises(ValueError, match="line 801 has 1 fields"):
        read("\n".join(lines))


@pytest.mark.parametrize("dtype", ["f2", "<f4", ">f4", "<f8", ">f8", "i1", "u8", "?", "g"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays(read: Reader, dtype: str, order: Any) -> None:
    array = np.array([[0, 1], [1, 0], [1, 1]], dtype=dtype, order=order)
    selection = read.array(array).select()
    single = array.dtype.newbyteorder("=") == np.float32
    expected = np.array([[0, 1], [1, 0], [1, 1]], np.float32 if single else np.float64)
    assert_same_array(selection.values, expected)
    assert selection.columns is None


def test_array_of_one_dimension_is_a_column(read: Reader) -> None:
    assert read.array(np.arange(3.0)).select().values.tolist() == [[0], [1], [2]]


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.array([[1.0, 2.0], [np.nan, 1.0]]), "row 2, column 'x1': missing value"),
        (np.array([[1.0, -np.inf], [np.nan, 1.0]]), "row 1, column 'x2': '-?inf' is not finite"),
        (np.zeros((2, 2), complex), "complex128, not real numbers"),
        (np.array([["1", "2"]]), "<U1, not real numbers"),
        (np.zeros(2, "M8[s]"), "datetime64"),
        (np.zeros(2, [("a", "f8")]), "not real numbers"),
        (np.zeros((2, 2, 2)), "shape .2, 2, 2., not .rows, columns."),
        (np.zeros(()), "shape .., not"),
        (np.zeros((3, 0)), "shape .3, 0., not"),
        (np.zeros((0, 3)), "there are no rows"),
    ],
    ids=str,
)
def test_arrays_that_are_refused(read: Reader, array: np.ndarray, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read.array(array).select()


def test_array_with_missing_rows(read: Reader) -> None:
    array = np.array([[1, 2], [np.nan, 1], [3, 4]], dtype=np.float32)
    selection = read.array(array).select(drop_missing=True)
    assert_same_array(selection.values, array[[0, 2]])
    assert selection.complete.tolist() == [True, False, True]


def test_pickled_array_is_refused(read: Reader) -> None:
    file = io.BytesIO()
    np.save(file, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        read(file.getvalue())


def npy(header: str, data: bytes = b"") -> bytes:
    text = header.encode("latin-1") + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


@pytest.mark.parametrize("shape", ["(1000000000000, 8)", "(-1, -8)", "(0, 10**99)", "(2,)" * 2000])
@pytest.mark.parametrize("descr", ["'<f8'", "'<U999999999'", "[('a', '<f8')]", "'|V0'"])
def test_absurd_headers_take_no_memory(read: Reader, shape: str, descr: str) -> None:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}"
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"npy|needs|possible"):
        read(npy(header, bytes(64)))
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


@given(position=st.integers(0, 127), byte=st.integers(0, 255), length=st.integers(0, 300))
def test_damaged_arrays_are_a_table_or_a_value_error(
    read: Reader, position: int, byte: int, length: int
) -> None:
    file = io.BytesIO()
    np.save(file, np.arange(12.0).reshape(4, 3))
    data = bytearray(file.getvalue())
    data[position] = byte
    values = np.zeros(1)
    with suppress(ValueError):
        values = read(bytes(data[:length])).select(drop_missing=True).values
    assert values.size > 0
    assert np.isfinite(values).all()


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        table.read(str(tmp_path / "none.csv"))
    with pytest.raises(IsADirectoryError):
        table.read(str(tmp_path))
