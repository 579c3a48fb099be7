"""What functions that make many fits share: the parameters of a fit, and tables of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gaussmix._constraints import check_parameters
from gaussmix.mixture import GaussianMixture

if TYPE_CHECKING:
    import pandas


def check_params(caller: str, params: Mapping[str, Any]) -> GaussianMixture:
    """Returns an estimator with these parameters, which the function `caller` was given.

    Raises TypeError for what is no parameter of GaussianMixture, ValueError for its value.
    """
    try:
        estimator = GaussianMixture(**params)
    except TypeError:
        known = GaussianMixture().get_params()
        (unknown, *_) = (name for name in params if name not in known)
        raise TypeError(
            f"{caller}() got an unexpected keyword argument {unknown!r}: beside its own it takes "
            f"those of GaussianMixture, {', '.join(known)}"
        ) from None
    check_parameters(estimator.get_params(), caller)
    return estimator


def frame_of(records: Sequence[Mapping[str, Any]]) -> pandas.DataFrame:
    """Returns records as a data frame; ImportError without pandas."""
    try:
        import pandas
    except ImportError:
        raise ImportError(
            "to_frame() needs pandas, which is not installed: pip install pandas, or use "
            "the attribute records"
        ) from None
    return pandas.DataFrame(records)
