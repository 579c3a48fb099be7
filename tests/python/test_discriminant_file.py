"""Files, pickles and scorers of classifiers: the same bits, and nothing unsound is read."""

import json
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pandas as pd
import pytest
from compare import assert_same_bits
from container import Container, put_together, take_apart
from data import Floats, load
from gaussmix import GaussianMixture, MixtureDiscriminant, _core, _model_file
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file
from sklearn.datasets import load_iris

X = load("iris")
Y = np.array(["setosa", "versi\ncolor, or", 'v"ü'])[load_iris().target]

KINDS: dict[str, dict[str, Any]] = {
    "spherical": {"n_components": [1, 3, 2], "covariance_type": "spherical"},
    "families": {
        "n_components": {"setosa": 1, "versi\ncolor, or": 2, 'v"ü': 3},
        "covariance_type": ["diag", "VEV", "EEE"],
        "priors": np.array([0.2, 0.5, 0.3]),
    },
    "shared": {"n_components": 2, "covariance_type": "shared", "prior": "default", "tol": 0.01},
}


def fitted(kind: str = "families", dtype: Any = np.float64, labels: Any = Y) -> MixtureDiscriminant:
    return MixtureDiscriminant(**KINDS[kind], random_state=0).fit(X.astype(dtype), labels)


def assert_same(a: MixtureDiscriminant, b: MixtureDiscriminant, rows: Floats) -> None:
    assert a.classes_.tolist() == b.classes_.tolist()
    np.testing.assert_array_equal(a.priors_, b.priors_)
    np.testing.assert_array_equal(a.predict(rows), b.predict(rows))
    np.testing.assert_array_equal(a.predict_proba(rows), b.predict_proba(rows))
    np.testing.assert_array_equal(a.predict_log_proba(rows), b.predict_log_proba(rows))
    np.testing.assert_array_equal(a.decision_function(rows), b.decision_function(rows))
    for mine, yours in zip(a.mixtures_, b.mixtures_, strict=True):
        assert_same_bits(mine, yours, rows)
        assert mine.fit_report_ == yours.fit_report_


@pytest.mark.arithmetic
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_a_model_comes_back_to_the_bit(tmp_path: Path, kind: str, dtype: Any) -> None:
    model, rows = fitted(kind, dtype), X.astype(dtype)
    model.save(tmp_path / "model")
    loaded = gaussmix.load(tmp_path / "model")
    assert isinstance(loaded, MixtureDiscriminant)
    assert_same(model, loaded, rows)
    assert_same(model, pickle.loads(pickle.dumps(model)), rows)
    ours, theirs = model.get_params(), loaded.get_params()
    np.testing.assert_array_equal(ours.pop("priors"), theirs.pop("priors"))
    assert ours == theirs
    again = tmp_path / "again"
    loaded.save(again)
    assert again.read_bytes() == (tmp_path / "model").read_bytes()


def test_who_knows_no_classes_reads_the_mixture(tmp_path: Path) -> None:
    """Another safetensors reader, and what reads a mixture's file."""
    model = fitted()
    model.save(tmp_path / "model")
    content = (tmp_path / "model").read_bytes()
    assert take_apart(content).metadata["format_version"] == "1.2"
    arrays = load_file(tmp_path / "model")
    np.testing.assert_array_equal(arrays["weights"], model.mixture_.weights_)
    mixture = _model_file.read(content).model.mixture
    np.testing.assert_array_equal(mixture.means, model.mixture_.means_)
    assert mixture.family == "full"


@pytest.mark.parametrize(
    "labels",
    [
        np.array([3, 5, -7]),
        np.array([3, 5, 7], np.uint8),
        np.array([0.0, 1.0, 2.0], np.float32),
        np.array(["a", "b", "c"], object),
        np.array([1, 2, 10**15], object),
        np.array(["a long one", "b", ""]),
    ],
    ids=lambda labels: str(labels.dtype),
)
def test_labels_come_back(tmp_path: Path, labels: Any) -> None:
    model = fitted("shared", labels=labels[load_iris().target])
    model.save(tmp_path / "model")
    loaded = gaussmix.load(tmp_path / "model")
    assert loaded.classes_.dtype == model.classes_.dtype
    assert loaded.classes_.tolist() == model.classes_.tolist()
    twin = pickle.loads(pickle.dumps(model))
    assert (twin.classes_ == model.classes_).all()


def test_labels_that_a_file_cannot_hold(tmp_path: Path) -> None:
    """A pickle holds them."""
    labels = np.array([(1, 2), (0, 1), (3, 3)], "i,i").astype(object)
    model = fitted("shared", labels=labels[load_iris().target])
    with pytest.raises(ValueError, match="a model file holds labels that are text, ints"):
        model.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []
    assert pickle.loads(pickle.dumps(model)).predict(X[:1]).tolist() == [(1, 2)]


def test_names_of_columns_are_kept(tmp_path: Path) -> None:
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = MixtureDiscriminant(1, covariance_type="diag").fit(frame, Y)
    model.save(tmp_path / "model")
    loaded = gaussmix.load(tmp_path / "model")
    assert list(loaded.feature_names_in_) == list("abcd")
    assert list(loaded.mixtures_[2].feature_names_in_) == list("abcd")
    with pytest.raises(ValueError, match="feature names should match"):
        loaded.predict(frame[list("badc")])


def test_a_file_of_cpp_has_numbered_classes() -> None:
    """One that has the components' classes, and nothing else."""
    mixture = GaussianMixture.from_parameters(
        [0.2, 0.2, 0.6], [[0.0], [1.0], [5.0]], [1.0, 1.0, 2.0], "spherical"
    )
    content = _core.model_bytes(mixture._get_model().mixture, "", "", "", "", [1, 1, 0])
    model = gaussmix.load(content)
    assert model.classes_.tolist() == [0, 1]
    np.testing.assert_allclose(model.priors_, [0.6, 0.4])
    np.testing.assert_allclose(model.mixtures_[1].weights_, [0.5, 0.5])
    assert [m.covariance_type for m in model.mixtures_] == ["spherical"] * 2
    assert not model.converged_
    responsibilities = mixture.predict_proba([[2.0]])
    np.testing.assert_allclose(model.predict_proba([[2.0]])[0, 1], responsibilities[0, :2].sum())


# Unsound files


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Container:
    path = tmp_path_factory.mktemp("files") / "model"
    fitted().save(path)
    return take_apart(path.read_bytes())


def with_classes(container: Container, **changes: Any) -> bytes:
    text = json.loads(container.metadata["classes"]) | changes
    kept = {key: value for key, value in text.items() if value is not ...}
    return put_together(container.with_metadata(classes=json.dumps(kept)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"labels": ["a", "b"]}, "classes.labels should be 3 labels"),
        ({"labels": ["a", "b", 3]}, "classes.labels should be of one type"),
        ({"labels": [1, 2, 3]}, "classes.labels should be of the dtype <U"),
        ({"labels": ["b", "a", "c"]}, "should be different, and sorted"),
        ({"labels": ["a", "a", "c"]}, "should be different, and sorted"),
        ({"labels": [1, 2, 300], "dtype": "|u1"}, "classes.labels should be of the dtype"),
        ({"dtype": "M8[s]"}, "classes.dtype should be that of text"),
        ({"dtype": 3}, "classes.dtype should be that of text"),
        ({"priors": [0.5, 0.5, 0.0]}, "priors and weights that are not the mixture's"),
        ({"priors": [0.5, 0.5]}, "classes.priors should be 3 numbers from 0 to 1"),
        ({"priors": ...}, "classes.priors should be 3 numbers from 0 to 1"),
        ({"weights": [1, 0.5, 0.5, 1, 0, -1]}, "classes.weights should be 6 numbers from 0 to 1"),
        ({"covariance_types": ["diag"]}, "classes.covariance_types should be 3 strings"),
        ({"covariance_types": ["diag", "VEV", "round"]}, "covariance_type 'round'"),
        ({"covariance_types": ["diag", "VEV", []]}, "covariance_type"),
        ({"fits": [{}, {}]}, "classes.fits should be none, one, or 3 objects"),
        ({"fits": [{"n_iter": -1}]}, r"classes.fits\[0\].n_iter should be an integer"),
        ({"fits": [3]}, r"classes.fits\[0\] should be an object"),
        ({"parameters": []}, "classes.parameters should be an object"),
        ({"parameters": {"tol": -1}}, "its parameters are unsound: The 'tol' parameter"),
        ({"parameters": {"n_components": {"by_class": [1]}}}, "a value for each class"),
        ({"parameters": {"priors": [2, 0, 0]}}, "classes.priors should be"),
    ],
)
def test_unsound_classes_are_refused(
    container: Container, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=f"is not a usable model file: .*{says}"):
        gaussmix.load(with_classes(container, **changes))


@pytest.mark.parametrize(
    "text", ["[0,0,0,0,0,3]", "[0,1,2]", "[0,0,0,0,0,2]", "{}", "[0,1,1,2,2,-1]"]
)
def test_unsound_component_classes_are_refused(container: Container, text: str) -> None:
    with pytest.raises(ValueError, match="component_classes"):
        gaussmix.load(put_together(container.with_metadata(component_classes=text)))


def test_what_a_later_version_adds_is_ignored(container: Container) -> None:
    later = with_classes(container, costs=[[0, 1], [1, 0]], parameters={"gamma": 3, "tol": 0.5})
    model = gaussmix.load(later)
    assert model.tol == 0.5
    np.testing.assert_array_equal(model.predict_proba(X), fitted().predict_proba(X))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**20) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=5,
)


@given(key=st.integers(0, 6), place=st.integers(0, 3), whole=st.booleans(), value=JSON)
def test_any_value_in_any_place_is_read_or_refused(
    container: Container, key: int, place: int, whole: bool, value: Any
) -> None:
    text = json.loads(container.metadata["classes"])
    name = list(text)[key]
    held = value
    if not whole and isinstance(text[name], list):
        held = [value if i == place else item for i, item in enumerate(text[name])]
    with suppress(ValueError):
        model = gaussmix.load(with_classes(container, **{name: held}))
        assert model.predict_proba(X[:3]).shape == (3, 3)
        assert len(model.mixtures_) == 3


# Scorers


@pytest.mark.arithmetic
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_a_scorer_gives_the_same_bits(kind: str, dtype: Any) -> None:
    model, rows = fitted(kind, dtype), X.astype(dtype)
    for scorer in (model.scorer(), pickle.loads(pickle.dumps(model.scorer()))):
        expected = model.predict_proba(rows)
        np.testing.assert_array_equal(scorer.probabilities(rows), expected)
        np.testing.assert_array_equal([scorer.probabilities(x) for x in rows], expected)
        assert scorer.predict(rows).tolist() == model.predict(rows).tolist()
        assert [scorer.predict(x) for x in rows] == model.predict(rows).tolist()
        assert scorer.predict(rows).dtype == model.classes_.dtype


def test_a_scorer_takes_what_others_do() -> None:
    scorer = fitted().scorer()
    assert type(scorer.predict(X[0].tolist())) is str
    out = np.empty(3)
    assert scorer.probabilities(tuple(X[0].tolist()), out) is out
    assert out.sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="x should be a row of shape"):
        scorer.predict([1.0])
    with pytest.raises(AttributeError, match="a ClassScorer never changes"):
        scorer.labels = 3  # type: ignore[misc]
    assert repr(scorer) == "<ClassScorer of 3 classes, 6 components, 4 features, float64>"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"priors": [0.5, 0.5]}, "priors should have a probability for each class"),
        ({"priors": "x"}, "priors"),
        ({"n_components": {"zz": 1}}, "The keys of n_components should be the classes"),
        ({"tol": -1.0}, "The 'tol' parameter of MixtureDiscriminant"),
    ],
)
def test_no_file_is_written_that_cannot_be_read(
    params: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        fitted().set_params(**params).save(tmp_path / "model")
    assert not list(tmp_path.iterdir())
