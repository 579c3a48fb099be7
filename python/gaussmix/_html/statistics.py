"""Statistics as a notebook shows them."""

from __future__ import annotations

from typing import Any

from gaussmix._html.components import components
from gaussmix._html.markup import document, facts, heading, number


def statistics(value: Any) -> str:
    """Returns what is shown of `gaussmix.Statistics`."""
    weights = [number(weight) for weight in value.weights]
    return document(
        heading("Statistics"),
        facts(
            {
                "weight of all rows": number(value.row_weight),
                "log-likelihood": number(value.log_likelihood),
            }
        ),
        components("component", value.means, None, {"weight of rows": weights}),
    )
