"""Random problems for hypothesis: rows, and plain EM on them from a whole start."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from compare import spectra
from data import COVARIANCE_TYPES, Floats, sample_mixture, start
from gaussmix import GaussianMixture
from hypothesis import assume
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Problem:
    """Rows, and the settings of plain EM iterations on them from a whole start."""

    X: Floats
    settings: dict[str, Any]
    rng: np.random.RandomState

    def fit(
        self,
        X: Floats,
        sample_weight: Floats | None = None,
        condition: float = 1e4,
        **changes: Any,
    ) -> Any:
        """The fit, provided that it is well-posed.

        That is: nothing was repaired, and no component is `condition` times narrower than the data.
        """
        mixture = GaussianMixture(**self.settings | changes).fit(X, sample_weight=sample_weight)
        assume(not mixture.fit_report_.repairs)
        assume(X.var(axis=0).max() < condition * spectra(mixture).min())
        return mixture


def rng(seed: int) -> np.random.RandomState:
    return np.random.RandomState(seed ^ 1)


@st.composite
def problems(draw: st.DrawFn, covariance_types: Any = COVARIANCE_TYPES) -> Problem:
    """A mixture's rows, as they are or rounded until many are equal, and no mean near 0."""
    seed = draw(SEEDS)
    n_components, n_features = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    n_samples = draw(st.integers(10 * n_components * n_features, 400))
    X = sample_mixture(n_samples, n_features, draw(st.integers(1, 5)), seed)
    X = 100 + X.round(draw(st.sampled_from([1, 16])))
    assume((X.var(axis=0) > 1e-3).all())
    assume(len(np.unique(X, axis=0)) >= n_components)
    settings = start(X, n_components, draw(st.sampled_from(covariance_types)), seed)
    return Problem(X, settings | {"reg_covar": 0, "tol": 0, "max_iter": 5}, rng(seed))
