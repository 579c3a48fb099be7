"""What a mixture with a noise component can be asked."""

from typing import Any

import numpy as np
import pytest
from gaussmix import GaussianMixture
from mixtures import Array


@pytest.fixture(scope="module", name="X")
def made_rows() -> Array:
    rng = np.random.default_rng(0)
    clusters = [rng.normal(centre, 1, (150, 2)) for centre in (0, 6)]
    return np.vstack([*clusters, rng.uniform(-15, 20, (60, 2))])


def noisy(X: Array, dtype: Any = np.float64) -> GaussianMixture:
    model = GaussianMixture(2, noise=True, random_state=0).fit(X.astype(dtype))
    assert 0.05 < model.noise_weight_ < 0.5
    return model


def test_gradient_is_that_of_finite_differences(X: Array) -> None:
    """Where the noise has a part in the density, too."""
    model, h = noisy(X), 1e-5
    rows = np.vstack([X[::20], [[3.0, 3.0], [-9.0, 4.0]]])
    shares = model.predict_proba(rows)[:, -1]
    assert ((shares > 0.1) & (shares < 0.9)).any()
    steps = h * np.eye(2)
    expected = np.column_stack(
        [(model.score_samples(rows + e) - model.score_samples(rows - e)) / (2 * h) for e in steps]
    )
    np.testing.assert_allclose(model.score_gradient(rows), expected, rtol=1e-6, atol=1e-8)
    single = noisy(X, np.float32)
    np.testing.assert_allclose(
        single.score_gradient(rows.astype(np.float32)), expected, rtol=1e-2, atol=1e-2
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_modes_are_those_of_the_gaussians(X: Array, dtype: Any) -> None:
    model = noisy(X, dtype)
    modes = model.modes()
    assert len(modes) == 2
    np.testing.assert_allclose(modes.log_density, model.score_samples(modes.points), rtol=1e-5)
    np.testing.assert_allclose(model.score_gradient(modes.points), 0.0, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_order_keeps_the_noise(X: Array, dtype: Any) -> None:
    model = noisy(X, dtype)
    ordered, rows = model.order_by([1, 0]), X.astype(dtype)
    assert ordered.noise_weight_ == model.noise_weight_
    np.testing.assert_array_equal(ordered.noise_box_.corner, model.noise_box_.corner)
    np.testing.assert_allclose(ordered.score_samples(rows), model.score_samples(rows), rtol=1e-6)
    labels = model.predict(rows)
    np.testing.assert_array_equal(ordered.predict(rows), np.where(labels < 0, labels, 1 - labels))


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("marginal", (0,)),
        ("condition", (0, 1.0)),
        ("regress", ([[1.0]], 0)),
        ("cdf", ([[0.0, 0.0]],)),
        ("quantile", (0.5,)),
        ("kl", (GaussianMixture.from_parameters([1.0], [[0.0, 0.0]], [np.eye(2)]),)),
        ("merge", (1,)),
        ("log_density_quantile", (0.1,)),
        ("is_outlier", ([[0.0, 0.0]], 0.1)),
    ],
)
def test_what_is_not_defined_is_an_error(X: Array, method: str, arguments: tuple[Any, ...]) -> None:
    model = noisy(X)
    message = f"{method} is not defined for a mixture with a noise component"
    with pytest.raises(ValueError, match=message):
        getattr(model, method)(*arguments)
    if method == "kl":
        with pytest.raises(ValueError, match=message):
            arguments[0].kl(model)
