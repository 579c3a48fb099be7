"""Components and clusters as a table: what is known of each, and the mean of the first features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gaussmix._html.markup import note, number, table
from gaussmix._types import FeatureNames, Floats

MOST_COMPONENTS = 20
MOST_FEATURES = 6


def components(
    kind: str,
    means: Floats,
    names: FeatureNames | None,
    known: Mapping[str, Sequence[Any]],
    noise: str | None = None,
) -> str:
    """Returns a table with a row for each of the first means (n_components, n_features).

    `kind` says what they are of. `known` has by name what else is known of each. `noise` is the
    weight of a noise component, which comes last.
    """
    n_features = means.shape[1]
    features = [str(name) for name in names[:MOST_FEATURES]] if names is not None else []
    features = features or [f"x{i + 1}" for i in range(min(n_features, MOST_FEATURES))]
    rows = [
        [str(i), *(str(values[i]) for values in known.values()), *map(number, mean[:MOST_FEATURES])]
        for i, mean in enumerate(means[:MOST_COMPONENTS])
    ]
    if noise is not None:
        rows.append(["noise", noise, *[""] * (len(known) - 1 + len(features))])
    hidden = n_features - len(features)
    of = f"the first {len(features)} of {n_features} features" if hidden else "the features"
    more = note(f"and {rest} more {kind}s") if (rest := len(means) - MOST_COMPONENTS) > 0 else ""
    return (
        table([kind, *known, *features], rows, f"{kind.capitalize()}s, with means of {of}") + more
    )
