"""Numbers in another notation than Python's, such as '1,5', '1 234', '$5' and '3 mm'."""

import re
import unicodedata

_DASHES = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_OTHERS = "\u2018\u2019\u02bc\u2032`\u201c\u201d\u2033\u2044\u00d7\u066b"
_ASCII = str.maketrans(_DASHES + _OTHERS, "-------'''''\"\"\"/x\u00b7")
_SWAP_MARKS = str.maketrans(",.", ".,")
_LONGEST = 100

_SIGN = r"[+-]? ?"
_POINT = r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_COMMA = r"(?:\d+,\d*|,\d+)(?:e[+-]?\d+)?"
_GROUPED = r"[1-9]\d{0,2}(?:(?:[ ,.'_]\d{3})+(?:[.,]\d*)?|(?:,\d\d)+,\d{3}(?:\.\d*)?)"
_NUMBER = rf"(?:{_GROUPED}|{_COMMA}|{_POINT})(?!\d)"
_CURRENCY = (
    r"(?:[a-z]{0,2}[$¢-¥\u20a0-\u20cf]|usd|eur|gbp|chf|jpy|cny|inr|cad|aud|nzd|sek|nok|dkk|pln|czk"
    r"|huf|brl|mxn|zar|krw|kr\.?|zł|kč|rs\.?)"
)
_COUNT = r"(?:[.,]?--?)?(?: ?(?:[kmb]n?|mio|mrd))?"
_UNIT = (
    r"(?:[kcdmnμ]?m|[kmμ]g|[mdcμ]l|[mnμ]s|[kmg]?hz|[kmg]w|[kmg]?wh|[kmμ]v|m?ah|ma|[kmh]?pa|k[jnω]"
    r"|[kmgt]i?b|k?cal|lbs?|oz|ft|in|mi|mph|psi|bar|db|pp[mb]|px|min|hrs?|sec|mol|k|bn|°[cf]?)[23]?"
)
_WORD = r"(?:°?[^\W\d_]+[23]?)"
_NO_UNIT = (  # but of a date, a time or an ordinal
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|[a-z]+(?:uary|ember|ober)|march|april"
    r"|june|july|august|[ap]\.?m|st|nd|rd|th)\.?$"
)
SEVERAL = "several numbers"
_WHOLE = {
    "a decimal comma or thousands marks": r"[1-9]\d{0,2},\d{3}",
    "a decimal comma": _COMMA,
    "thousands marks": _GROUPED,
    SEVERAL: rf"(?=.*\.){_POINT}(?:\s+{_SIGN}{_POINT})+",
    "parentheses": rf"(?:{_CURRENCY} ?)?\( ?(?:{_CURRENCY} ?)?{_NUMBER}[^()\d]*\)",
    "a currency": rf"{_CURRENCY} ?{_SIGN}{_NUMBER}{_COUNT}|\d+[.,]--?",
    "quotes": rf"[='\"]+{_SIGN}{_NUMBER}['\"]*",
    "a base other than 10": r"(?:0x|&h)[\da-f]+\.?[\da-f]*(?:p[+-]?\d+)?|0o[0-7]+|0b[01]+",
    "a fraction": r"(?:\d+[ -])?\d{1,3}(?:[.,]\d+)?/\d{1,3}",
    "a Fortran exponent": r"(?:\d+\.\d*|\.\d+)[+-]\d{2,3}",
    "a percent sign": rf"% ?{_NUMBER}",
}
_BEHIND = {
    "a percent sign": r" ?[%‰]",
    "a currency": rf"{_COUNT} ?{_CURRENCY}",
    "a sign at the end": r" ?(?:-|\*+)",
    "a Fortran exponent": r"[dq][+-]?\d+",
    "a power of ten": r"(?: ?[x*·] ?10 ?(?:\^|\*\*)?|\*\^)[+-]?\d+",
    "another decimal mark": r"·\d+",
    "an uncertainty": rf" ?(?:±|\+/?-) ?{_NUMBER}(?: ?{_UNIT})?|\(\d+\)",
    "an imaginary part": rf" ?[+-] ?{_NUMBER}[ij]",
    "a unit": rf"{_UNIT}(?:[/·*]{_WORD})*| (?!{_NO_UNIT}){_WORD}(?:[/·*]{_WORD})*\.?"
    r"|['°] ?[\d'\" ]+[nsew]?",
}
_NAMES = [*_WHOLE, *_BEHIND]
_whole, _behind = ("|".join(f"({p})" for p in kinds.values()) for kinds in (_WHOLE, _BEHIND))
_PATTERN = re.compile(rf"{_SIGN}(?:{_whole}|{_NUMBER}(?:{_behind}))", re.IGNORECASE)
_PLAIN = re.compile(_SIGN + _POINT, re.IGNORECASE)
_AFFIXED = re.compile(
    rf"([<>≤≥~≈]=?)? ?{_SIGN}{_NUMBER}"
    rf"(?: ?(\+|(?i:(?!{_NO_UNIT}))(?:[^\W\d_]{{2,}}|[mgslhtxAVWKNJFCTHL])))?"
)


def notation(text: str, decimal: str = ".") -> str | None:
    """Returns what `text`, which is a number, has that float() refuses; None if it is no number.

    A name that begins with "the" is doubtful: '12A' may be a current, or where somebody lives.
    """
    if len(text) > _LONGEST or not any(map(str.isnumeric, text)):
        return None
    plain = unicodedata.normalize("NFKC", text).translate(_ASCII).strip()
    if decimal == ",":
        plain = plain.translate(_SWAP_MARKS)
    if _PLAIN.fullmatch(plain):
        what = "digits" if set(_DASHES).isdisjoint(text) else "a minus sign"
        return f"{what} that Python does not read"
    if found := _PATTERN.fullmatch(plain):
        name = _NAMES[(found.lastindex or 1) - 1]
        return name.replace("comma", "point") if decimal == "," else name
    if found := _AFFIXED.fullmatch(plain):
        affix = " ".join(filter(None, found.groups()))
        return f"the {'unit' if affix.isalpha() else 'sign'} {affix!r}"
    return None
