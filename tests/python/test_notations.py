"""Numbers in another notation than Python's: read where asked, else an error; never left out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written import Reader

NOTATIONS = {
    "a decimal comma": ["1,5", "-1,5", "1,5e3", ",5", "12,", "12345,678", "0,125", "\u22121,5"],
    "a decimal comma or thousands marks": ["1,234", "-12,345"],
    "another decimal mark": ["1·5", "1\u066b5"],
    "a minus sign that Python does not read": [
        "\u22121.5",
        "\u20131.5",
        "\u22121",
        "\uff0d2",
        "\u20103",
    ],
    "thousands marks": [
        *(
            "1,234.5",
            "1,234,567",
            "12,34,567.8",
            "1 234",
            "1\u00a0234",
            "1\u202f234",
            "1\u2009234.5",
        ),
        *("1'234", "1\u2019234.50", "1.234.567", "1.234,5", "1 234,5", "1_000", "-1 234 567"),
    ],
    "a percent sign": ["5%", "5.5 %", "-5,5 %", "1,234%", "\uff05".join(["5", ""]), "7‰", "%5"],
    "a currency": [
        *("$5", "$1,234.50", "5 €", "-$5", "$-5", "5,50 €", "£5.00", "USD 5", "5 EUR", "US$5"),
        *("R$ 5,00", "5 kr", "CHF 5.-", "₹500", "€110.5M", "¥\u00a0500", "12,- kr"),
    ],
    "parentheses": ["(12.50)", "(1,234)", "$(5)", "($5.00)", "( 3 )"],
    "a sign at the end": ["12.50-", "1,234.5 -", "0.05*", "0.01**"],
    "a Fortran exponent": ["1.0D+03", "1.0d3", "-0.5D-10", "1D3", "1.5Q+2", "0.123-101", "1.0+103"],
    "a base other than 10": ["0x1F", "-0xff", "0x1.8p3", "0o17", "0b101", "&H1F"],
    "a fraction": ["1/2", "-1/2", "1 1/2", "1-3/4", "½", "1½", "4.1/5"],
    "a power of ten": ["1.5x10^3", "1.5\u00d710³", "2*10^-3", "2 · 10\u207b³", "1.5*^3"],
    "a unit": [
        *(
            "5 mm",
            "5kg",
            "20 km/h",
            "12 °C",
            "12°C",
            "1.5 m/s²",
            "1,234 kWh",
            "3 m",
            "90 min",
        ),
        *(
            "5µg",
            "12 Ω",
            "1013 hPa",
            "1.2M",
            "14k",
            "5 mg/dL",
            "22°",
            "6'2\"",
            "5'11",
            "12 apples",
            "1 apple",
            "48°51'N",
        ),
    ],
    "quotes": ["'1.5'", '="1.5"', "'1.5", "“1.5”", "`1.5`"],
    "an uncertainty": ["1.5 ± 0.1", "1.5±0.1", "1.5 +/- 0.1", "1.234(5)"],
    "an imaginary part": ["1+2j", "1.5-2i"],
    "digits that Python does not read": ["\u0661\u0662", "\uff11\uff12", "\u0967"],
}
CASES = [(name, text) for name, texts in NOTATIONS.items() for text in texts]

# Whole columns; each has to be left out as text.
TEXTS = [
    ["setosa", "virginica", "versicolor"],
    ["2020-01-31", "2020-02-01", "2020-02-02"],
    ["31/12/2006", "01/01/2007", "02/01/2007"],
    ["12/31/06", "01/01/07", "01/02/07"],
    ["31.12.2006", "01.01.2007", "02.01.2007"],
    ["2020-01", "2020-02", "2020-03"],
    ["01/2007", "02/2007", "12/2007"],
    ["1 Jan", "2 Jan", "12 March"],
    ["Jan 1", "Jan 2", "March 12"],
    ["17:24:00", "17:25:00", "17:26:00"],
    ["18.00.00", "19.00.00", "20.00.00"],
    ["10am", "11am", "2 pm"],
    ["2020-01-01T00:00:00Z", "2020-01-01T00:01:00Z", "2020-01-01T00:02:00Z"],
    ["A1", "B2", "C3"],
    ["12A", "14C", "22F"],
    ["7GHK", "9QWE", "1ABC"],
    ["1st", "2nd", "3rd"],
    ["9th", "10th", "11th"],
    ["1Story", "2Story", "1.5Fin"],
    ["<18", "18-35", ">35"],
    ["<=50K", ">50K", "<=50K"],
    ["10-20", "20-30", "30-40"],
    ["192.168.1.1", "10.0.0.1", "8.8.8.8"],
    ["1.2.3", "1.10.0", "2.0.1"],
    ["+1 555 1234", "+1 555 1235", "+1 555 1236"],
    ["020 123 456", "020 123 457", "020 123 458"],
    ["555-1234", "555-1235", "555-1236"],
    ["#ff0000", "#00ff00", "#0000ff"],
    ["ID 1", "ID 2", "ID 3"],
    ["Sample 1", "Sample 2", "Sample 3"],
    ["12 Main Street", "13 Main Street", "14 Main Street"],
    ["978-3-16-148410-0", "978-3-16-148410-1", "978-3-16-148410-2"],
    ["550e8400-e29b-41d4-a716-446655440000", "9f86d081884c7d65", "0a1b2c3d4e5f"],
    ["TRUE", "FALSE", "TRUE"],
    ["2D", "3D", "2D"],
    ["12_34", "12_35", "12_36"],
    ["one", "two", "three"],
]  # fmt: skip


def column_of(cells: list[str]) -> str:
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    return "id,odd\n" + "".join(f"{i}.5,{cell}\n" for i, cell in enumerate(quoted))


@pytest.mark.parametrize(("name", "text"), CASES)
def test_other_notation_is_an_error_that_names_it(read: Reader, name: str, text: str) -> None:
    found = read(column_of([text, text, text]))
    with pytest.raises(ValueError, match="is not a number") as caught:
        found.select()
    message = str(caught.value)
    assert message.startswith(f"line 2, column 'odd': {text!r} is not a number (0 of 3 values are)")
    assert f"it has {name}" in message
    assert found.select(["id"]).columns == ["id"]


@pytest.mark.parametrize("texts", NOTATIONS.values(), ids=NOTATIONS)
def test_cells_of_one_notation_need_not_be_alike(read: Reader, texts: list[str]) -> None:
    with pytest.raises(ValueError, match=r"line 3, column 'odd': .* is not a number"):
        read(column_of(["unknown", *texts])).select()


@pytest.mark.parametrize("cells", TEXTS, ids=lambda cells: cells[0])
def test_text_is_left_out(read: Reader, cells: list[str]) -> None:
    selection = read(column_of(cells)).select()
    assert selection.columns == ["id"]
    assert selection.left_out == ["'odd' (not numeric)"]


@pytest.mark.parametrize("text", ["x y\n1,5 2\n2,5 3\n", "x\ty\n1,5\t2\n", "x;y\n1,5;2\n2;3\n"])
def test_decimal_commas_hide_no_delimiter(read: Reader, text: str) -> None:
    with pytest.raises(ValueError, match=r"line 2, column 'x': '1,5' .*--decimal comma reads it"):
        read(text).select()


def test_one_column_of_decimal_commas(read: Reader) -> None:
    with pytest.raises(ValueError, match=r"line 2 has 2 fields, .*; if commas are decimal, say"):
        read("x\n1,5\n2,5\n").select()


def test_one_cell_among_numbers_names_its_notation(read: Reader) -> None:
    with pytest.raises(ValueError, match=re.escape("'1,234' is not a number (2 of 3 values are)")):
        read(column_of(["1", "1,234", "2"])).select()


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["300g", "25g", "1.5g"], "the unit 'g'"),
        (["5A", "12.5A", "7A"], "the unit 'A'"),
        (["5apples", "12apples", "7apples"], "the unit 'apples'"),
        (["10,000+", "500+", "1,000,000+"], "the sign '+'"),
        (["<0.01", "<0.5", "<0.02"], "the sign '<'"),
        (["~5", "~ 7", "~8"], "the sign '~'"),
    ],
)
def test_what_all_cells_have_is_a_notation(read: Reader, cells: list[str], kind: str) -> None:
    """House numbers and ages have different letters behind, and signs before, their digits."""
    with pytest.raises(
        ValueError, match=re.escape(f"is not a number (0 of 3 values are): it has {kind}")
    ):
        read(column_of(cells)).select()


def test_limits_among_numbers(read: Reader) -> None:
    """Less than a half are plain numbers, but "<" before all others makes the column no text."""
    with pytest.raises(
        ValueError, match=r"line 2, .*'<0.01' is not a number .* it has the sign '<'"
    ):
        read(column_of(["<0.01", "0.5", "<0.01", "<0.02"])).select()


def test_what_is_mostly_text_is_left_out(read: Reader) -> None:
    cells = ["unknown", "none given", "1,5", "2.5", "see note", "see note"]
    selection = read(column_of(cells)).select()
    assert selection.left_out == ["'odd' (only 1 of 6 values are numbers)"]


def test_notation_after_very_many_different_texts(read: Reader) -> None:
    """Texts are counted, not only those that come first."""
    cells = ["unknown" for _ in range(2000)] + [f"{i},5" for i in range(3000)]
    with pytest.raises(ValueError, match=r"line 2002, .*'0,5' is not a number .*decimal comma"):
        read(column_of(cells)).select()


def test_decimal_comma_of_the_issue(read: Reader) -> None:
    text = "id;price\n1;1,5\n2;2,5\n3;4,5"
    with pytest.raises(ValueError, match=r"line 2, column 'price': '1,5' .*--decimal comma"):
        read(text).select()
    assert read(text, decimal=",").select().values.tolist() == [[1, 1.5], [2, 2.5], [3, 4.5]]


@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_decimal_commas_are_read_to_the_bit(read: Reader, numbers: list[float]) -> None:
    text = "a;b\n" + "".join(f"{x!r};1,5\n".replace(".", ",") for x in numbers)
    values = read(text, decimal=",").select().values
    assert values.tolist() == [[x, 1.5] for x in numbers]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,5;2,3\n1,7;2,9\n", [[1.5, 2.3], [1.7, 2.9]]),
        ("1,5 2,3\n1,7 2,9\n", [[1.5, 2.3], [1.7, 2.9]]),
        ("1,5\t2,3\n1,7\t2,9\n", [[1.5, 2.3], [1.7, 2.9]]),
        ("x\n1,5\n2,5\n", [[1.5], [2.5]]),
        ("x y\n1,5 2\n2,5 3\n", [[1.5, 2], [2.5, 3]]),
        ('a,b\n"1,5","2,5"\n"3,5","4"\n', [[1.5, 2.5], [3.5, 4]]),
        ("a;b\n1,5;NA\n2,5;?\n3;4e1\n", [[3, 40]]),
    ],
)
def test_decimal_comma_leaves_other_delimiters(read: Reader, text: str, values: list) -> None:
    assert read(text, decimal=",").select(drop_missing=True).values.tolist() == values


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("4.216", "it has a decimal point"),
        ("1.234", "it has a decimal point"),
        ("1.234,5", "it has thousands marks"),
        ("1 234,5", "it has thousands marks"),
        ("1,234,567", "it has thousands marks"),
        ("5,5 %", "it has a percent sign"),
    ],
)
def test_other_notations_where_commas_are_decimal(read: Reader, cell: str, says: str) -> None:
    with pytest.raises(ValueError, match=f"line 2, column 'b': {cell!r} .*{says}"):
        read(f"a;b\n1,5;{cell}\n2,5;{cell}\n", decimal=",").select()


def test_numbers_in_another_notation_are_no_header(read: Reader) -> None:
    found = read("1,5;$5\n2,5;$6\n", delimiter="semicolon")
    assert found.names is None
    with pytest.raises(ValueError, match="line 1, column 'x1': '1,5'"):
        found.select()
    with pytest.raises(ValueError, match="--header or --no-header"):
        read("25%,50%\n1,2\n3,4\n")
    assert read("count,25%\n1,2\n3,4\n").names == ["count", "25%"]
