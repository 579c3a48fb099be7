"""MixtureDiscriminant at home in scikit-learn, and able to do without it."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
import sklearn.callback
from data import load
from gaussmix import MixtureDiscriminant
from gaussmix.exceptions import NotFittedError
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

X, Y = load("iris"), load_iris().target


@pytest.mark.filterwarnings("ignore:Estimator MixtureDiscriminant does not inherit from")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "params",
    [
        pytest.param({}, marks=pytest.mark.slow),
        {"n_components": 1, "covariance_type": "full"},
        {"n_components": 1, "covariance_type": "shared"},
    ],
    ids=str,
)
def test_check_estimator(params: dict[str, Any]) -> None:
    checks = check_estimator(MixtureDiscriminant(**params))
    statuses = {check["check_name"]: check["status"] for check in checks}
    assert {name for name, status in statuses.items() if status != "passed"} == {
        "check_array_api_input"
    }
    assert {"check_classifiers_train", "check_sample_weight_equivalence_on_dense_data"} <= set(
        statuses
    )


def test_tags_are_those_of_a_classifier() -> None:
    ours, theirs = get_tags(MixtureDiscriminant()), get_tags(QuadraticDiscriminantAnalysis())
    theirs.array_api_support = False
    assert ours == theirs


def test_searches_and_pipelines() -> None:
    grid = {"mixturediscriminant__n_components": [1, 2, [1, 2, 3]]}
    pipeline = make_pipeline(StandardScaler(), MixtureDiscriminant(covariance_type="diag"))
    search = GridSearchCV(pipeline, grid, cv=3).fit(X, Y)
    assert search.predict_proba(X).shape == (150, 3)
    assert search.score(X, Y) > 0.9
    scores = cross_val_score(MixtureDiscriminant(1, covariance_type="shared"), X, Y, cv=5)
    assert scores.mean() == pytest.approx(0.98)  # that of LinearDiscriminantAnalysis


def test_clone_has_the_parameters_alone() -> None:
    model = MixtureDiscriminant([1, 2, 1], covariance_type="EEE", priors=np.full(3, 1 / 3)).fit(
        X, Y
    )
    twin = clone(model)
    assert not hasattr(twin, "classes_")
    assert twin.n_components == [1, 2, 1]
    with pytest.raises(NotFittedError, match="This MixtureDiscriminant instance is not fitted yet"):
        twin.predict(X)


def test_weights_are_routed() -> None:
    weights = 1.0 + np.arange(150) % 2
    with sklearn.config_context(enable_metadata_routing=True):
        model = MixtureDiscriminant(1, covariance_type="full")
        model.set_fit_request(sample_weight=True).set_score_request(sample_weight="w")
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        found = make_pipeline(scaler, model).fit(X, Y, sample_weight=weights)
    rows = StandardScaler().fit_transform(X)
    alone = MixtureDiscriminant(1, covariance_type="full").fit(rows, Y, weights)
    np.testing.assert_array_equal(found[-1].predict_proba(rows), alone.predict_proba(rows))


def test_callbacks_are_told_of_the_fit() -> None:
    monitor = sklearn.callback.ScoringMonitor(scoring={"score": lambda m, X, y: m.score(X, y)})
    model = MixtureDiscriminant(1, covariance_type="full").set_callbacks(monitor).fit(X, Y)
    (entry,) = monitor.get_logs().data
    assert entry["score"] == model.score(X, Y)


def test_data_frames_name_their_columns() -> None:
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = MixtureDiscriminant(1, covariance_type="full").fit(frame, pd.Series(Y).astype(str))
    assert list(model.feature_names_in_) == list("abcd")
    assert model.predict(frame).tolist() == model.predict(frame).astype(str).tolist()
    with pytest.warns(UserWarning, match="X does not have valid feature names, but MixtureDisc"):
        model.predict(X)
    with pytest.raises(
        ValueError, match="X has 3 features, but MixtureDiscriminant is expecting 4"
    ):
        MixtureDiscriminant(1, covariance_type="full").fit(X, Y).predict(X[:, :3])
    strings = pd.Series(Y).astype("string").where(np.arange(150) > 0)
    with pytest.raises(ValueError, match=r"the label y\[0\] is missing"):
        MixtureDiscriminant(1).fit(X, strings)


def test_without_scikit_learn() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import numpy as np, gaussmix\n"
        "X = np.r_[np.arange(9.), np.arange(20., 29.)][:, None]; y = ['a'] * 9 + ['b'] * 9\n"
        "model = gaussmix.MixtureDiscriminant(random_state=0).fit(X, y)\n"
        "print(model.score(X, y), model.predict([[3.0]])[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout.split() == ["1.0", "a"]
