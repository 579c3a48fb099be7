"""An estimator as a notebook shows it: its parameters, what was found, scikit-learn's diagram."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from gaussmix._html.markup import document, facts, folded, heading, shown


def estimator(
    value: Any, params: Mapping[str, Any], changed: Sequence[str], found: Sequence[str]
) -> str | None:
    """Returns what is shown of an estimator; None where scikit-learn is set to show text.

    `changed` are the names of parameters that differ from their defaults, which come first;
    `found` are sections about the fit.
    """
    if not is_wanted():
        return None
    own = {name: shown(params[name]) for name in changed}
    others = {name: shown(params[name]) for name in params if name not in own}
    return document(
        heading(f"{type(value).__name__}{'' if found else ', not fitted'}"),
        facts(own),
        folded(f"{len(others)} parameters at their defaults", facts(others)) if others else "",
        *found,
        _diagram(value),
    )


def is_wanted() -> bool:
    """Whether scikit-learn, if it is loaded, is set to show diagrams."""
    sklearn = sys.modules.get("sklearn")
    return sklearn is None or sklearn.get_config()["display"] == "diagram"


def _diagram(value: Any) -> str:
    if "sklearn" not in sys.modules:
        return ""
    from sklearn.utils import estimator_html_repr  # type: ignore[import-untyped]

    return str(estimator_html_repr(value))
