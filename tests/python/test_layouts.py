"""Layouts of files as programs write them and archives publish them; the numbers are made up."""

import io

import numpy as np
import pytest
from written import Reader

AIR_QUALITY = (
    "Date;Time;CO(GT);PT08.S1(CO);T;AH;;\r\n"
    "10/03/2004;18.00.00;2,6;1360;13,6;0,7578;;\r\n"
    "10/03/2004;19.00.00;2;1292;13,3;0,7255;;\r\n"
    "10/03/2004;20.00.00;2,2;1402;11,9;0,7502;;\r\n" + ";;;;;;;\r\n" * 3
)
AUTO_MPG = (
    '18.0   8   307.0      130.0      3504.      12.0   70  1\t"alpha first wagon"\n'
    '15.0   8   350.0      165.0      3693.      11.5   70  1\t"beta skylark 320"\n'
    '25.0   4   98.00      ?          2046.      19.0   71  1\t"gamma pinto"\n'
)
HOUSING = (
    " 0.10632  18.00   2.310  0  0.5380  6.5750  65.20  4.0900   1  296.0  15.30 396.90\n"
    " 0.22731   0.00   7.070  0  0.4690  6.4210  78.90  4.9671   2  242.0  17.80 396.90\n"
    "10.33045  12.50  17.870  1  0.5240 16.1850 100.00  5.5605  24  666.0  20.20   3.50\n"
)
HOUSEHOLD_POWER = (
    "Date;Time;Global_active_power;Voltage;Sub_metering_3\n"
    "16/12/2006;17:24:00;4.216;234.840;17.000\n"
    "16/12/2006;17:25:00;?;?;\n"
    "16/12/2006;17:26:00;5.374;233.290;16.000\n"
)


def test_air_quality(read: Reader) -> None:
    """Decimal commas; two columns without a name or a value; rows of delimiters at the end."""
    with pytest.raises(ValueError, match=r"line 2, column 'CO\(GT\)': '2,6' .*a decimal comma"):
        read(AIR_QUALITY).select()
    selection = read(AIR_QUALITY, decimal=",").select()
    assert selection.columns == ["CO(GT)", "PT08.S1(CO)", "T", "AH"]
    assert selection.values[1].tolist() == [2, 1292, 13.3, 0.7255]
    assert selection.values.shape == (3, 4)
    assert selection.left_out == [
        "'Date' (not numeric)",
        "'Time' (not numeric)",
        "'' (no values)",
        "'' (no values)",
    ]


def test_rows_of_delimiters_between_others_are_missing_values(read: Reader) -> None:
    found = read("a,b\n,\n1,2\n,\n3,4\n,\n,\n")
    with pytest.raises(ValueError, match="line 2, column 'a': missing value"):
        found.select()
    assert found.select(drop_missing=True).complete.tolist() == [False, True, False, True]
    assert read(";;\n\na;b;c\n1;2;3\n").names == ["a", "b", "c"]


def test_auto_mpg(read: Reader) -> None:
    """Numbers by blanks, a name after a tab."""
    selection = read(AUTO_MPG).select(drop_missing=True)
    assert selection.values.shape == (2, 8)
    assert selection.values[1].tolist() == [15, 8, 350, 165, 3693, 11.5, 70, 1]
    assert selection.left_out == ["'x9' (not numeric)"]


def test_blanks_and_tabs_that_do_not_agree(read: Reader) -> None:
    """Here the names are not quoted, so that blanks do not split all lines alike."""
    for text in ("1 2.5\talpha one\n3 4.5\tbeta\n", "a b\tc\n1.5 2\tx\n3.5 4 5\ty\n"):
        with pytest.raises(ValueError, match=r"line \d, .* several numbers; --delimiter space"):
            read(text).select()
    assert read("1 2.5\talpha\n3 4.5\tbeta\n").select().values.tolist() == [[1, 2.5], [3, 4.5]]
    with pytest.raises(ValueError, match="it has thousands marks"):
        read("1 234\t5 678\n2 345\t6 789\n").select()
    assert read("+1 555 1234\t5\n+1 555 1235\t6\n").select().values.tolist() == [[5], [6]]


def test_housing(read: Reader) -> None:
    found = read(HOUSING)
    assert found.names is None
    assert found.select().values.shape == (3, 12)
    assert found.select().values[2, :3].tolist() == [10.33045, 12.5, 17.87]


def test_household_power(read: Reader) -> None:
    found = read(HOUSEHOLD_POWER)
    selection = found.select(drop_missing=True)
    assert selection.columns == ["Global_active_power", "Voltage", "Sub_metering_3"]
    assert selection.values.tolist() == [[4.216, 234.84, 17], [5.374, 233.29, 16]]
    with pytest.raises(ValueError, match=r"line 3, .*missing value \('\?'\)"):
        found.select()


@pytest.mark.parametrize(
    "text",
    [
        '"mpg" "cyl"\n"alpha one" 21 6\n"beta" 22.8 4\n',
        '"mpg","cyl"\n"1",21,6\n"2",22.8,4\n',
        '"mpg";"cyl"\n"3";21;6\n"7";22.8;4\n',
        "mpg\tcyl\nalpha\t21\t6\nbeta\t22.8\t4\n",
        "mpg cyl\n1 21 6\n2 22.8 4\n",
    ],
)
def test_write_table_of_r(read: Reader, text: str) -> None:
    """The header is shorter than the rows by one: they begin with their names."""
    selection = read(text).select()
    assert selection.columns == ["mpg", "cyl"]
    assert selection.values.tolist() == [[21, 6], [22.8, 4]]
    assert selection.left_out == ["the first (no name, so taken for row names)"]


def test_write_table_of_r_with_one_column(read: Reader) -> None:
    selection = read('"x"\n"1" 2.5\n"2" 3.5\n').select()
    assert (selection.columns, selection.values.tolist()) == (["x"], [[2.5], [3.5]])


@pytest.mark.parametrize(
    "text", ["x\n1,5\n2,5\n3,5\n", "a,b\n1,2,\n2,4,\n", "a,b\n1,2,3\n2,5,6\n", "a,b\n1,2\nx,4,5\n"]
)
def test_other_rows_longer_than_the_header_are_errors(read: Reader, text: str) -> None:
    with pytest.raises(ValueError, match=r"line \d has \d fields, but the first has"):
        read(text).select()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("sep", ["sep=;\r\n", '"sep=;"\r\n', "SEP=;\r\n", ""])
def test_exports_of_spreadsheets(read: Reader, sep: str, encoding: str) -> None:
    text = f"{sep}Länge;Breite, außen;Notiz\r\n1,5;2;x\r\n2,5;3;\r\n;;\r\n"
    selection = read(text.encode(encoding), decimal=",").select()
    assert selection.columns == ["Länge", "Breite, außen"]
    assert selection.values.tolist() == [[1.5, 2], [2.5, 3]]


def test_sep_line_may_name_any_mark(read: Reader) -> None:
    assert read("sep=^\na^b\n1^2\n").select().values.tolist() == [[1, 2]]
    with pytest.raises(ValueError, match="line 3, column 'b': 'x'"):
        read("sep=,\na,b\n1,x\n2,3\n").select()


@pytest.mark.parametrize("mark", [",", ";", "|", "\t"])
@pytest.mark.parametrize("blanks", [(" ", ""), ("", " "), (" ", "  ")])
def test_blanks_beside_quotes(read: Reader, mark: str, blanks: tuple[str, str]) -> None:
    before, after = blanks
    rows = [["x", f"y{mark} z"], ["1", "2"], ["3", "5"]]
    quoted = [[f'{before}"{cell}"{after}' for cell in row] for row in rows]
    found = read("\n".join(mark.join(row) for row in quoted))
    assert found.names == ["x", f"y{mark} z"]
    assert found.select().values.tolist() == [[1, 2], [3, 5]]


def test_blank_before_a_quote_of_the_issue(read: Reader) -> None:
    assert read('a, b\n1, "2"\n2, "3"\n3, "5"').select().values[:, 1].tolist() == [2, 3, 5]


@pytest.mark.parametrize(
    "text",
    [
        "0,1\n1.5,2.5\n2.5,3.5\n4.5,1.5",
        "0;1\n1;2\n3;4\n",
        "0 1\n1.5 2.5\n",
        "0\n1.5\n2.5\n",
        "1,2,3\n1.5,2.5,3.5\n",
    ],
)
def test_generated_header_is_a_question(read: Reader, text: str) -> None:
    with pytest.raises(ValueError, match=r"as generated names do.* --header or --no-header"):
        read(text)
    n_lines = len(text.split())
    assert len(read(text, header=True).select().values) < n_lines


@pytest.mark.parametrize("text", ["0\n1\n2\n", "1,2\n3,4\n", "0,1.0\n4,5\n", "1,2,3\n4,5,6\n"])
def test_numbers_that_may_well_be_data(read: Reader, text: str) -> None:
    assert read(text).names is None


@pytest.mark.parametrize("header", [",0,1\n", "Unnamed: 0,0,1\n"])
def test_generated_header_above_an_index(read: Reader, header: str) -> None:
    found = read(header + "0,1.5,2.5\n1,2.5,3.5\n2,4.5,1.5\n")
    assert found.select().columns == ["0", "1"]
    assert found.select().values.shape == (3, 2)


@pytest.mark.parametrize(
    ("names", "index"),
    [
        ("Unnamed: 0,a,b", "0,1,2"),
        ("Unnamed: 0,a,b", "3,17,5"),
        ("Unnamed: 0.1,Unnamed: 0,a,b", "0,1,2"),
        ("index,a,b", "0,1,2"),
        ("rownames,a,b", "1,2,3"),
        ("level_0,index,a,b", "0,1,2"),
    ],
)
def test_saved_index_is_left_out(read: Reader, names: str, index: str) -> None:
    n_index = len(names.split(",")) - 2
    rows = [",".join([i] * n_index + ["1.5", "2.5"]) for i in index.split(",")]
    found = read("\n".join([names, *rows]))
    selection = found.select()
    assert selection.columns == ["a", "b"]
    first = names.split(",")[0]
    assert selection.left_out[0] == f"{first!r} (taken for row numbers)"
    assert len(selection.left_out) == n_index
    assert found.select([first, "a"]).columns == [first, "a"]


@pytest.mark.parametrize("name", ["id", "x", "a", "Unnamed: 0", "index"])
def test_what_is_no_index_is_fitted(read: Reader, name: str) -> None:
    cells = ["1.5", "2", "3"] if name in ("Unnamed: 0", "index") else ["1", "2", "3"]
    selection = read(f"{name},b\n" + "".join(f"{cell},4.5\n" for cell in cells)).select()
    assert (selection.columns, selection.left_out) == ([name, "b"], [])
    assert read("index\n1\n2\n").select().columns == ["index"]


@pytest.mark.parametrize("length", [131_073, 1_000_000])
def test_long_cells(read: Reader, length: int) -> None:
    long = "x" * length
    selection = read(f'note,a\n"{long}",1\n{long},2\n').select()
    assert selection.values.tolist() == [[1], [2]]
    assert selection.left_out == ["'note' (not numeric)"]
    assert read(f"a,b\n{'0' * length}1.5,2\n3,4\n").select().values.tolist() == [[1.5, 2], [3, 4]]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a,b\n1,2\n\xe9,4\n", 3),
        (b"a,b\n1,2\n4,\xe9\n", 3),
        (b"\xe9,b\n1,2\n", 1),
        (b"a,b\r\n1,2\r\n\xe9,4\r\n", 3),
        (b"a,b\r1,2\r\xe9,4\r", 3),
        (b"a,b\n\n\n\xe9,4\n", 4),
        ("a,b\n1,2\x0b\x85\u2028\n".encode() + b"\xe9,4\n", 3),
        ("a,b\n1,2\n".encode("utf-16") + b"\x00\xdc1\x00", 3),
    ],
)
def test_line_of_what_is_no_text(read: Reader, data: bytes, line: int) -> None:
    with pytest.raises(ValueError, match=rf"^line {line}: it is not UTF-(8|16) text"):
        read(data)


@pytest.mark.parametrize("delimiter", [" ", ",", ";", "\t"])
@pytest.mark.parametrize("header", ["a b", "made by hand\nin two lines\na b", "made by hand\n"])
@pytest.mark.parametrize("footer", ["", "the end"])
def test_comments_of_savetxt(read: Reader, delimiter: str, header: str, footer: str) -> None:
    X = np.random.default_rng(0).normal(size=(5, 2))
    text = io.StringIO()
    named = header.replace("a b", f"a{delimiter}b")
    np.savetxt(text, X, delimiter=delimiter, header=named, footer=footer)
    found = read(text.getvalue())
    assert found.names == (["a", "b"] if header.endswith("a b") else None)
    assert found.select().values.tolist() == X.tolist()


def test_comments(read: Reader) -> None:
    assert read("#a,b\n1,2\n3,4\n").names == ["a", "b"]
    assert read("##made\n#CHROM\tPOS\nx\t1\ny\t2\n").names == ["CHROM", "POS"]
    assert read("# one two\na b\n1 2\n3 4\n").names == ["a", "b"]
    assert read("# 1,2\n3,4\n").names is None
    assert read("#id,2019,2020\n1,5,6\n2,7,8\n").names == ["id", "2019", "2020"]
    assert read("1;2\n3;4\n# with, of all, commas; two\n").select().values.tolist() == [
        [1, 2],
        [3, 4],
    ]
    assert read("# a,b\n3,4\n", header=False).names is None
    assert read("# a,b\n3,4\n5,6\n", header=True).names == ["a", "b"]
    with pytest.raises(ValueError, match="line 5, column 'b': 'x'"):
        read("# made\n# a,b\n3,4\n# more\n5,x\n7,8\n").select()
    colours = read("#ff0000,1\n#00ff00,2\n").select()
    assert colours.values.tolist() == [[1], [2]]
    assert read("colour,a\n#ff0000,1\n#00ff00,2\n").select().values.tolist() == [[1], [2]]


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", ">f8"])
def test_byte_order_keeps_the_precision(read: Reader, dtype: str) -> None:
    values = read.array(np.array([[0.1, 2], [3, 4]], dtype)).select().values
    assert values.dtype == np.dtype(dtype).newbyteorder("=")
    assert values.tolist() == np.array([[0.1, 2], [3, 4]], dtype).tolist()
