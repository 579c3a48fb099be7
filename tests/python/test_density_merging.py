"""Components merged into clusters, against mclust's clustCombi and a plain search."""

import json
import pickle
import shutil
import subprocess
from collections.abc import Iterator

import numpy as np
import pytest
from clusters_of_components import EXAMPLES, crosses, overlapping
from data import ROOT
from gaussmix import GaussianMixture
from mixtures import Array, fitted, line, made
from scipy.special import xlogy

REFERENCE = ROOT / "tests" / "reference"


@pytest.mark.parametrize("name", EXAMPLES)
def test_steps_and_entropies_are_clust_combis(name: str) -> None:
    """tests/reference/clustcombi.json has what mclust 6.0.0 finds."""
    reference = json.loads((REFERENCE / "clustcombi.json").read_text())[name]
    model, X = EXAMPLES[name]()
    k = model.n_components
    merged = model.merge(1, X)
    np.testing.assert_allclose(merged.entropies, reference["entropies"], rtol=1e-9, atol=1e-10)
    for n, labels in zip(range(k - 1, 0, -1), reference["labels"], strict=True):
        np.testing.assert_array_equal(merged.with_clusters(n).labels, labels)
        np.testing.assert_array_equal(model.merge(n, X).labels, labels)


def has_mclust() -> bool:
    if shutil.which("Rscript") is None:
        return False
    asked = subprocess.run(["Rscript", "-e", "library(mclust)"], capture_output=True, check=False)
    return asked.returncode == 0


@pytest.mark.slow
def test_data_of_the_paper() -> None:
    """Mixtures that mclust fits to data of Baudry et al., whose licence keeps them in R."""
    if not has_mclust():
        pytest.skip("needs R with mclust")
    printed = subprocess.run(
        ["Rscript", REFERENCE / "clustcombi.R", "paper"],
        stdout=subprocess.PIPE, text=True, check=True,
    ).stdout  # fmt: skip
    lines = iter([np.array(row.split(), float) for row in printed.splitlines()])
    sizes = [compare_with_mclust(first, lines) for first in lines]
    assert sizes == [6, 7, 4]  # components by BIC, as in the paper


def compare_with_mclust(sizes: Array, lines: Iterator[Array]) -> int:
    k, d = sizes.astype(int)
    weights, means, covariances, rows, entropies = (next(lines) for _ in range(5))
    model = GaussianMixture.from_parameters(
        weights / weights.sum(), means.reshape(k, d), covariances.reshape(k, d, d)
    )
    merged = model.merge(k, rows.reshape(-1, d))
    np.testing.assert_allclose(merged.entropies, entropies, rtol=1e-9, atol=1e-9)
    for n in range(k - 1, 0, -1):
        np.testing.assert_array_equal(merged.with_clusters(n).labels, next(lines))
    return int(k)


@pytest.mark.parametrize("seed", range(3))
def test_each_step_lowers_the_entropy_the_most(seed: int) -> None:
    """A plain search through all pairs, with the entropy of all clusters each time."""
    model = made(6, 2, seed=seed, random_state=0)
    X = model.sample(200)[0]

    def entropy(R: Array) -> float:
        return -float(xlogy(R, R).sum())

    R, merged = model.predict_proba(X), model.merge(1, X)
    for step, n in enumerate(range(6, 1, -1)):
        assert merged.entropies[n - 1] == pytest.approx(entropy(R), rel=1e-12)
        unions = {}
        for i in range(n):
            for j in range(i + 1, n):
                union = np.delete(R, j, axis=1)
                union[:, i] += R[:, j]
                unions[i, j] = union
        best = min(unions, key=lambda pair: entropy(unions[pair]))
        assert tuple(merged.merges[step]) == best
        R = unions[best]
        np.testing.assert_allclose(merged.with_clusters(n - 1).predict_proba(X), R, atol=1e-14)
    assert merged.entropies[0] == 0


def test_clusters_of_crosses() -> None:
    model, X = crosses()
    merged = model.merge(4, X)
    np.testing.assert_array_equal(merged.labels, [0, 1, 0, 2, 2, 3])
    assert merged.n_clusters == 4
    assert merged.entropies[3] < 0.1 * merged.entropies[5]
    probabilities, components = merged.predict_proba(X), model.predict_proba(X)
    np.testing.assert_allclose(probabilities[:, 2], components[:, 3] + components[:, 4])
    np.testing.assert_array_equal(merged.predict(X), probabilities.argmax(axis=1))
    np.testing.assert_array_equal(merged.with_clusters(6).predict_proba(X), components)
    np.testing.assert_array_equal(merged.with_clusters(1).predict(X), 0)
    assert "labels" in repr(merged)


def test_without_rows_it_goes_by_rows_of_the_mixture() -> None:
    model, _ = crosses()
    merged = model.set_params(random_state=0).merge(4, n_samples=20_000)
    np.testing.assert_array_equal(merged.labels, [0, 1, 0, 2, 2, 3])
    drawn = model.merge(4, model.sample(20_000)[0])
    np.testing.assert_array_equal(merged.entropies, drawn.entropies)


def test_weights_are_repetitions() -> None:
    model, X = overlapping()
    weights = np.random.RandomState(0).randint(0, 4, len(X))
    weighted = model.merge(3, X, sample_weight=weights)
    repeated = model.merge(3, np.repeat(X, weights, axis=0))
    np.testing.assert_array_equal(weighted.merges, repeated.merges)
    np.testing.assert_allclose(weighted.entropies, repeated.entropies, rtol=1e-12)


def test_many_rows_are_cut_into_blocks() -> None:
    model, X = overlapping()
    once, often = model.merge(3, X), model.merge(3, np.tile(X, (200, 1)))
    np.testing.assert_array_equal(once.merges, often.merges)
    np.testing.assert_allclose(200 * once.entropies, often.entropies, rtol=1e-10)


def test_a_later_fit_changes_nothing() -> None:
    model, X = crosses()
    merged = model.merge(4, X)
    labels = merged.predict(X)
    model.fit(X + 1)
    np.testing.assert_array_equal(merged.predict(X), labels)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(merged)).predict(X), labels)


def test_one_component_and_float32() -> None:
    merged = line([1.0], [0.0], [1.0]).merge(1, [[0.0], [1.0]])
    np.testing.assert_array_equal(merged.labels, [0])
    np.testing.assert_array_equal(merged.entropies, [0.0])
    assert merged.merges.shape == (0, 2)
    single = fitted("full", np.float32)
    X = np.zeros((3, 4), np.float32)
    assert single.merge(2, X).predict_proba(X).dtype == np.float32


def test_wrong_arguments_are_errors() -> None:
    model, X = crosses()
    for n in (0, 7, 2.0):
        with pytest.raises(
            ValueError, match=f"n_clusters should be an int from 1 to 6, but got {n}"
        ):
            model.merge(n, X)
        with pytest.raises(ValueError, match="n_clusters should be an int from 1 to 6"):
            model.merge(2, X).with_clusters(n)
    with pytest.raises(ValueError, match="sample_weight is of the rows of X, but X is None"):
        model.merge(2, sample_weight=[1.0])
    with pytest.raises(ValueError, match="X has 1 features"):
        model.merge(2, X[:, :1])
    with pytest.raises(ValueError, match="contains NaN"):
        model.merge(2, X * np.nan)
