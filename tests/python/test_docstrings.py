"""Docstrings of all that is public: in numpydoc's form, complete, and with examples that run."""

import doctest
import inspect
import re
from typing import Any

import numpydoc.validate
import pytest
from public_names import public

# GL08: no docstring. SS01: no summary, SS03: or without a full stop. PR01-PR04, PR07: a parameter
# is missing, unknown, in another place, without a type, without a description. PR10: no space
# before the colon. RT01, RT03: no section of what is returned, or no description of it.
# EX01: no example.
CHECKS = {"GL08", "SS01", "PR01", "PR02", "PR03", "PR04", "PR07", "PR10", "RT01", "RT03", "EX01"}

# Made by gaussmix, never by users: their fields are attributes, each with a docstring of its own.
RESULTS = {
    "gaussmix.Selection",
    "gaussmix.density.Divergence",
    "gaussmix.density.MergedComponents",
    "gaussmix.density.Modes",
    "gaussmix.report.FitReport",
    "gaussmix.report.Repair",
    "gaussmix.report.Start",
    "gaussmix.scorer.ClassScorer",
    "gaussmix.scorer.Scorer",
}
PUBLIC = dict(public())


def is_field(value: Any) -> bool:
    """Whether it is an attribute: one line says what it is."""
    return not callable(value)


def checks(path: str) -> set[str]:
    value = PUBLIC[path]
    if is_field(value):
        return {"GL08", "SS01"}
    if path in RESULTS:
        return CHECKS - {"PR01"}
    if (
        not inspect.isfunction(value)
        and not inspect.ismethod(value)
        and not isinstance(value, type)
    ):
        return CHECKS - {"PR02"}  # of a function of the core, Python does not know the parameters
    return CHECKS


CHECKED = [
    path
    for path, value in PUBLIC.items()
    if not isinstance(value, int | float | tuple)  # the default of a field, with Python's docstring
]


@pytest.mark.parametrize("path", CHECKED)
def test_docstring_is_complete(path: str) -> None:
    value = PUBLIC[path]
    # A function of gaussmix.plot has the name of its module.
    in_module = inspect.isfunction(value) and path.startswith("gaussmix.plot.")
    name = f"{value.__module__}.{value.__qualname__}" if in_module else path
    found = numpydoc.validate.validate(name)["errors"]
    assert [error for error in found if error[0] in checks(path)] == []


WITH_EXAMPLES = sorted(path for path in CHECKED if not is_field(PUBLIC[path]))


@pytest.mark.parametrize("path", WITH_EXAMPLES)
def test_example_runs(path: str) -> None:
    value = PUBLIC[path]
    (example,) = doctest.DocTestFinder(recurse=False).find(value, path, globs={})
    assert example.examples
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example)
    assert result.failed == 0


@pytest.mark.parametrize("path", WITH_EXAMPLES)
def test_sections_are_those_of_numpydoc(path: str) -> None:
    """No prose stands behind a section: numpydoc would take it for a part of that."""
    text = inspect.getdoc(PUBLIC[path])
    assert not re.search(r"^(Args|Raises|Returns|Yields|Attributes):$", text, re.MULTILINE)
    _, *sections = re.split(r"^[A-Z][A-Za-z ]+\n-{3,}\n", text, flags=re.MULTILINE)
    names = re.findall(r"^([A-Z][A-Za-z ]+)\n-{3,}$", text, re.MULTILINE)
    assert len(names) == len(set(names)) == len(sections)
    for name, section in zip(names, sections, strict=True):
        if name in ("Parameters", "Attributes"):
            entries = re.findall(r"^(?=\S).*", section, re.MULTILINE)
            assert all(re.fullmatch(r"\*{0,2}\w+(, \w+)*( : .+)?", entry) for entry in entries)
        if name in ("Returns", "Raises", "Warns") and section.strip():
            assert not re.search(r"\n\n(?=\S)", section.strip()), (name, section)
