"""Makes of the docstrings, as they are written here, what numpydoc and Sphinx can read.

- |x| is the absolute value of x, and no substitution.
- Signatures of the core name its builds and `self`.
"""

import re
from typing import Any

from sphinx.application import Sphinx

CODE = re.compile(r"``.*?``")


def _with_bars(line: str) -> str:
    if line.lstrip().startswith((">>>", "...")):
        return line
    pieces, end = [], 0
    for code in CODE.finditer(line):
        pieces += [line[end : code.start()].replace("|", r"\|"), code[0]]
        end = code.end()
    return "".join([*pieces, line[end:].replace("|", r"\|")])


def _docstring(
    _app: Sphinx, _what: str, _name: str, _o: Any, _options: Any, lines: list[str]
) -> None:
    lines[:] = map(_with_bars, lines)


def _signature(
    _app: Sphinx,
    _what: str,
    _name: str,
    _object: Any,
    _options: Any,
    arguments: str | None,
    returned: str | None,
) -> tuple[str | None, str | None]:
    if arguments:
        arguments = re.sub(r"\(self: [\w.]+(, )?", "(", arguments)
        arguments = re.sub(
            r"(typing\.)?SupportsFloat \| (typing\.)?SupportsIndex", "float", arguments
        )
    return arguments, returned


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx; numpydoc reads docstrings at the priority 500."""
    app.connect("autodoc-process-docstring", _docstring, priority=400)
    app.connect("autodoc-process-signature", _signature, priority=600)
    return {"parallel_read_safe": True}
