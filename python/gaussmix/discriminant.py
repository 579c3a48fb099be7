"""Classification by a mixture for each class."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix import _discriminant_file
from gaussmix._arrays import as_sample_weight, as_table
from gaussmix._atomic_file import replace_file
from gaussmix._callbacks import fit_task
from gaussmix._class_labels import as_labels, by_class
from gaussmix._constraints import DISCRIMINANT_CONSTRAINTS
from gaussmix._discriminant import Discriminant
from gaussmix._discriminant_fit import as_priors, fit_discriminant
from gaussmix._discriminant_settings import DiscriminantSettings
from gaussmix._feature_names import feature_names_of
from gaussmix._html.components import components
from gaussmix._html.markup import facts, number
from gaussmix._model import Model
from gaussmix._scored_rows import ScoredRows
from gaussmix._types import Floats
from gaussmix.mixture import GaussianMixture
from gaussmix.scorer import ClassScorer


class MixtureDiscriminant(DiscriminantSettings, ScoredRows[Discriminant]):
    """Classifies rows by Bayes' rule, with a Gaussian mixture as the density of each class.

    Mixture discriminant analysis (Hastie, Tibshirani 1996; Hastie, Tibshirani, Friedman, The
    Elements of Statistical Learning, chapter 12.7), and MclustDA (Fraley, Raftery 2002). Each class
    has several components, its subclasses. With one component each it is quadratic discriminant
    analysis (covariance_type='full'), or linear discriminant analysis ('shared').

    It works in scikit-learn's pipelines and searches as a classifier; scikit-learn itself is not
    needed. Every method takes X as `GaussianMixture` does.

    Parameters
    ----------
    n_components : 'bic', int >= 1, sequence of int or dict, default='bic'
        The number of components of each class: the same for all, one for each in the order of
        `classes_`, or a dict by class. 'bic' chooses it for each class from 1 to 9, but at most the
        number of its rows divided by n_features + 1: the fit of the least BIC of those in which no
        component collapsed, that is was repaired or has a variance of which `reg_covar` is half.
    covariance_type : 'bic', 'shared', a type of GaussianMixture, sequence or dict, default='bic'
        What the covariances of a class may be: one of the types and families of `GaussianMixture`
        but 'fixed', the same for all classes, or as above one for each. 'bic' chooses among the
        fourteen families for each class, together with the number where both are 'bic'. 'shared':
        all components of all classes have one covariance, and one EM fits them, in which a row
        belongs to components of its own class alone. It needs numbers as `n_components`.
    priors : array-like of shape (n_classes,) or None, default=None
        The classes' probabilities, in the order of `classes_`; None takes their shares of the rows'
        weight. They change no fit, only the classes' weights against each other.
    tol : float >= 0, default=1e-3
        As of `GaussianMixture`, for the mixture of each class, and so are those below.
    reg_covar : float >= 0, default=1e-6
        Added to every variance in each M-step; in the square of the data's unit.
    max_iter : int >= 0, default=100
        The most iterations of each start.
    n_init : int >= 1 or 'auto', default=1
        The effort to find a better model than a single start does. Every class starts from k-means
        of its rows, the best of three with random centres: a row belongs to one component at first.
    random_state : int in [0, 2**64), RandomState, Generator or None, default=None
        Where random numbers come from; the mixtures of all classes have the same seed. An int
        repeats the same draws in each call, whatever n_jobs is.
    degenerate : {'repair', 'raise'}, default='repair'
        What to do about a component that lost its rows or whose covariance became singular.
    prior : None, 'default' or dict, default=None
        A conjugate prior of each component's mean and covariance.
    n_jobs : int other than 0 or None, default=None
        The number of threads; no result depends on it.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; of the dtype of y.
    priors_ : ndarray of shape (n_classes,)
        The classes' probabilities.
    mixtures_ : list of GaussianMixture
        The fitted mixture of each class; with 'shared' each has the covariance of all.
    mixture_ : GaussianMixture
        Of the components of all classes, weighted with the priors: the density of a row of whatever
        class. Its covariances are those of the classes where all are stored alike, else of the type
        'full'. It is what scores rows.
    component_classes_ : ndarray of shape (sum of the classes' n_components,)
        Of each component of `mixture_` the index of its class.
    converged_, n_iter_ : bool, int
        Whether all fits converged, and the most iterations of any.
    n_features_in_, feature_names_in_ : int, ndarray of str
        The columns; the names are there if the fit saw a data frame.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import MixtureDiscriminant
    >>> X = np.array([[0], [1], [2], [20], [21], [22], [10], [11], [12], [13]])
    >>> y = ["edge"] * 6 + ["middle"] * 4
    >>> model = MixtureDiscriminant({"edge": 2, "middle": 1}, covariance_type="tied").fit(X, y)
    >>> model.predict([[3], [9], [18]]).tolist()
    ['edge', 'middle', 'edge']
    """

    _estimator_type = "classifier"
    _constraints = DISCRIMINANT_CONSTRAINTS

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, sorted: (n_classes,)."""
        return self._get_model().classes

    @property
    def priors_(self) -> NDArray[np.float64]:
        """The classes' probabilities: (n_classes,)."""
        return self._get_model().priors

    @property
    def mixtures_(self) -> list[GaussianMixture]:
        """The fitted mixture of each class: new objects, with the bits of the fits."""
        model = self._get_model()
        return [
            self._mixture(model.class_model(i), name)
            for i, name in enumerate(model.covariance_types)
        ]

    @property
    def mixture_(self) -> GaussianMixture:
        """The mixture of the components of all classes, weighted with the priors: a new object."""
        model = self._get_model()
        mixture = model.mixture
        return self._mixture(Model.unfitted(mixture, model.feature_names), mixture.covariance_type)

    @property
    def component_classes_(self) -> NDArray[np.int32]:
        """Of each component of `mixture_` the index of its class in `classes_`."""
        return self._get_model().component_classes

    @property
    def converged_(self) -> bool:
        """Whether the best start of every fit converged within max_iter iterations."""
        return all(result.converged for result in self._get_model().results)

    @property
    def n_iter_(self) -> int:
        """The most iterations of the best start of any fit."""
        return max(result.n_iter for result in self._get_model().results)

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fits a mixture to the rows of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Of each class at least 2 rows ('shared': 1), and as many as it has components.
        y : array-like of shape (n_samples,)
            The class of each row: text, ints, bools, or objects that can be sorted. At least two
            different ones.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            How often each row counts, at least 0: 2 is as good as a repetition, and 0 as if the
            row were not there; then its class need not be either. None counts each row once.

        Returns
        -------
        MixtureDiscriminant
            The estimator itself.

        Raises
        ------
        ValueError, TypeError
            For parameters or data that cannot be used, and then, as after Ctrl-C, the estimator is
            as it was before.

        Warns
        -----
        ConvergenceWarning
            If the fit of a class did not converge.

        Examples
        --------
        >>> from gaussmix import MixtureDiscriminant
        >>> X, y = [[0.0], [1.0], [2.0], [8.0], [9.0]], ["low", "low", "low", "high", "high"]
        >>> MixtureDiscriminant(1, covariance_type="full").fit(X, y).priors_.tolist()
        [0.4, 0.6]
        """
        name = type(self).__name__
        self._check_parameters()
        table = as_table(X, name)
        labels = as_labels(y, len(table), name)
        with fit_task(self, X, y, {"sample_weight": sample_weight}) as task:
            model = fit_discriminant(self, table, labels, sample_weight, feature_names_of(X))
            if task:
                task.end({"_model": model})
        self._model = model
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Returns the most probable class of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            At least one row, in the columns of the fit.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels, of the dtype of `classes_`.

        Raises
        ------
        NotFittedError
            If it is not fitted.
        ValueError, TypeError
            For rows that cannot be scored.

        Examples
        --------
        >>> from gaussmix import MixtureDiscriminant
        >>> X, y = [[0.0], [1.0], [2.0], [8.0], [9.0]], ["low", "low", "low", "high", "high"]
        >>> MixtureDiscriminant(1, covariance_type="shared").fit(X, y).predict([[3.0]]).tolist()
        ['low']
        """
        model = self._get_model()
        rows = self._rows_to_score(model, X)
        labels: NDArray[Any] = model.classes[model.classifier.predict(rows, self._n_threads(rows))]
        return labels

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Returns each class's probability for each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Rows sum to 1.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.

        Examples
        --------
        >>> from gaussmix import MixtureDiscriminant
        >>> X, y = [[0.0], [2.0], [2.0], [4.0]], ["a", "a", "b", "b"]
        >>> model = MixtureDiscriminant(1, covariance_type="shared").fit(X, y)
        >>> model.predict_proba([[2.0]]).tolist()
        [[0.5, 0.5]]
        """
        model = self._get_model()
        rows = self._rows_to_score(model, X)
        return model.classifier.probabilities(rows, self._n_threads(rows))

    def predict_log_proba(self, X: ArrayLike) -> Floats:
        """Returns the logarithms of `predict_proba`, also where those are too small for a float.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In nats.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.

        Examples
        --------
        >>> from gaussmix import MixtureDiscriminant
        >>> X, y = [[0.0], [2.0], [2.0], [4.0]], ["a", "a", "b", "b"]
        >>> model = MixtureDiscriminant(1, covariance_type="shared").fit(X, y)
        >>> model.predict_log_proba([[500.0]]).round(0).tolist()
        [[-996.0, 0.0]]
        """
        model = self._get_model()
        rows = self._rows_to_score(model, X)
        return model.classifier.log_probabilities(rows, self._n_threads(rows))

    def decision_function(self, X: ArrayLike) -> Floats:
        """Returns the logarithm of each class's prior times its density.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or of two classes (n_samples,)
            Of two classes, the second's less the first's.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.

        Examples
        --------
        >>> from gaussmix import MixtureDiscriminant
        >>> X, y = [[0.0], [2.0], [2.0], [4.0]], ["a", "a", "b", "b"]
        >>> model = MixtureDiscriminant(1, covariance_type="shared").fit(X, y)
        >>> model.decision_function([[1.0], [2.0]]).round(2).tolist()
        [-2.0, 0.0]
        """
        model = self._get_model()
        rows = self._rows_to_score(model, X)
        threads = self._n_threads(rows)
        logarithms = model.classifier.log_probabilities(rows, threads)
        if len(model.classes) == 2:
            difference: Floats = logarithms[:, 1] - logarithms[:, 0]
            return difference
        densities = model.predictor.score_samples(rows, threads)
        joint: Floats = logarithms + densities[:, np.newaxis]
        return joint

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Returns the share of rows whose class in y is predicted.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.
        y : array-like of shape (n_samples,)
            The class of each row.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            How often each row counts, as in `fit`.

        Returns
        -------
        float
            From 0 to 1.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does, and for labels and weights as `fit` does.

        Examples
        --------
        >>> from gaussmix import MixtureDiscriminant
        >>> X, y = [[0.0], [1.0], [2.0], [8.0], [9.0]], ["low", "low", "low", "high", "high"]
        >>> MixtureDiscriminant(1, covariance_type="shared").fit(X, y).score(X, y)
        1.0
        """
        predicted = self.predict(X)
        right = predicted == as_labels(y, len(predicted), type(self).__name__)
        return float(np.average(right, weights=as_sample_weight(sample_weight, len(right))))

    def scorer(self) -> ClassScorer:
        """Returns an object that classifies single rows in the least time.

        It keeps the model of this moment: a later fit does not change it.

        Returns
        -------
        gaussmix.scorer.ClassScorer
            With `predict` and `probabilities`, for a row or a table.

        Raises
        ------
        NotFittedError
            If it is not fitted.

        Examples
        --------
        >>> from gaussmix import MixtureDiscriminant
        >>> X, y = [[0.0], [1.0], [2.0], [8.0], [9.0]], ["low", "low", "low", "high", "high"]
        >>> MixtureDiscriminant(1, covariance_type="shared").fit(X, y).scorer().predict([7.0])
        'high'
        """
        model = self._get_model()
        self._check_parameters("n_jobs")
        return ClassScorer(
            model.mixture,
            model.component_classes,
            model.classes,
            model.feature_names,
            self.n_jobs,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the fitted model to a file, whole or not at all; `gaussmix.load` reads it.

        It is a model file of `mixture_` with the classes besides: who knows of mixtures alone reads
        that mixture (docs/model-file.md). The constructor's parameters are kept but for a
        `random_state` that is not an int.

        Parameters
        ----------
        path : path
            By custom it ends in .safetensors.

        Raises
        ------
        NotFittedError
            If it is not fitted.
        OSError
            If the file cannot be written.
        ValueError
            For labels that are neither text nor numbers, and for invalid parameters of the
            constructor.

        Examples
        --------
        >>> import os, tempfile
        >>> import gaussmix
        >>> X, y = [[0.0], [1.0], [2.0], [8.0], [9.0]], ["low", "low", "low", "high", "high"]
        >>> model = gaussmix.MixtureDiscriminant(1, covariance_type="shared").fit(X, y)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.safetensors")
        ...     model.save(path)
        ...     gaussmix.load(path).classes_.tolist()
        ['high', 'low']
        """
        model, params = self._get_model(), self.get_params()
        self._check_parameters()
        for name in ("n_components", "covariance_type"):
            by_class(name, params[name], model.classes)
        if self.priors is not None:
            params["priors"] = as_priors(self.priors, len(model.classes))
        content = _discriminant_file.to_bytes(model, params)
        with replace_file(path) as file:
            file.write(content)

    def _found_html(self) -> Sequence[str]:
        model = self._get_model()
        of_component = model.component_classes
        known = {
            "class": [str(label) for label in model.classes[of_component].tolist()],
            "prior": [number(prior) for prior in model.priors[of_component]],
            "covariance": [model.covariance_types[i] for i in of_component],
            "weight in class": [number(weight) for weight in model.weights],
        }
        return [
            facts({"converged": "yes" if self.converged_ else "no"}),
            components("component", model.mixture.means, model.feature_names, known),
        ]

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags  # type: ignore[import-untyped]

        tags = super().__sklearn_tags__()
        tags.classifier_tags = ClassifierTags()
        tags.target_tags.required = True
        return tags

    def _model_to_state(self, model: Discriminant) -> dict[str, Any]:
        # a pickle holds labels of any kind, a file does not
        numbered = dataclasses.replace(model, classes=np.arange(len(model.classes)))
        return {"model": _discriminant_file.to_bytes(numbered, {}), "classes": model.classes}

    def _model_from_state(self, state: Mapping[str, Any]) -> Discriminant:
        model = _discriminant_file.read(state["model"]).model
        return dataclasses.replace(model, classes=state["classes"])

    def _mixture(self, model: Model, covariance_type: Any) -> GaussianMixture:
        mixture = GaussianMixture(
            model.mixture.n_components,
            covariance_type=covariance_type,
            **self._mixture_settings(),
        )
        mixture._model = model
        return mixture
