"""The attributes of an estimator that has parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, overload

from numpy.typing import ArrayLike

from gaussmix import _model_file
from gaussmix._arrays import as_floats
from gaussmix._html.components import components
from gaussmix._html.markup import facts, number
from gaussmix._model import Model
from gaussmix._noise import box_of, first_share
from gaussmix._parameters import COVARIANCE_FORMS, make_mixture, replace_parameter
from gaussmix._scored_rows import ScoredRows
from gaussmix._settings import MixtureSettings
from gaussmix._types import Floats
from gaussmix.noise import NoiseBox
from gaussmix.report import FitReport


class ParameterArray:
    """One parameter array of a mixture: read-only, but a new array may be assigned.

    On an estimator with parameters the new array makes a new mixture with the others, of the same
    dtype; the three forms of the covariances change together. On one without, arrays are kept
    until there are weights, means and one form of the covariances. An array that does not fit, or
    that would complete a mixture with `noise`, which has no box, raises ValueError and changes
    nothing.
    """

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, owner: type, attribute: str) -> None:
        self._name = attribute.rstrip("_")

    @overload
    def __get__(self, estimator: None, owner: type) -> ParameterArray: ...
    @overload
    def __get__(self, estimator: Fitted, owner: type) -> Floats: ...
    def __get__(self, estimator: Fitted | None, owner: type) -> ParameterArray | Floats:
        if estimator is None:
            return self
        if estimator._model is None and self._name in estimator._pieces:
            return estimator._pieces[self._name]
        return estimator._get_model().array(self._name)

    def __set__(self, estimator: Fitted, values: ArrayLike) -> None:
        if estimator._model is not None:
            mixture = replace_parameter(estimator._model.mixture, self._name, values)
            estimator._model = estimator._model.with_mixture(mixture)
        else:
            estimator._add_piece(self._name, values)


class Fitted(MixtureSettings, ScoredRows[Model]):
    """The state of an estimator, and the attributes that show it."""

    _estimator_type = "density_estimator"

    _pieces: Mapping[str, Floats] = MappingProxyType({})

    weights_: ParameterArray = ParameterArray(
        "The weight of each component: (n_components,), summing to 1, with `noise_weight_`."
    )
    means_: ParameterArray = ParameterArray(
        "The mean of each component: (n_components, n_features)."
    )
    covariances_: ParameterArray = ParameterArray(
        """The covariances. Their shape depends on covariance_type:

        full (n_components, n_features, n_features), tied (n_features, n_features),
        diag (n_components, n_features), spherical (n_components,).
        """
    )
    precisions_: ParameterArray = ParameterArray(
        "The inverses of the covariances, in the same shape."
    )
    precisions_cholesky_: ParameterArray = ParameterArray(
        "Upper triangular U with U U^T = precision (diag, spherical: its square root)."
    )

    @property
    def noise_weight_(self) -> float:
        """The weight of the noise component; 0.0 where there is none."""
        noise = self._get_model().mixture.noise
        return 0.0 if noise is None else noise.weight

    @property
    def noise_box_(self) -> NoiseBox | None:
        """The box of the noise component, whose density is 1 / volume; None where there is none."""
        return box_of(self._get_model().mixture)

    @property
    def converged_(self) -> bool:
        """Whether the best start converged within max_iter iterations."""
        return self._get_model().result.converged

    @property
    def n_iter_(self) -> int:
        """The number of iterations of the best start."""
        return self._get_model().result.n_iter

    @property
    def lower_bound_(self) -> float:
        """The mean log-likelihood of a row in the best start, before its last M-step.

        With a prior, the logarithm of the prior's density is added to the log-likelihood of the
        rows, but for a constant, before both are divided by the sum of the weights; so it is what
        EM maximises. `score` stays the likelihood.
        With known labels, that of what they leave of each row's density: see `fit`.
        """
        return self._get_model().result.lower_bound

    @property
    def lower_bounds_(self) -> list[float]:
        """`lower_bound_` in each iteration of the best start."""
        return self._get_model().result.lower_bounds

    @property
    def fit_report_(self) -> FitReport:
        """How each start ended, and which components were repaired; str() is for reading."""
        return FitReport.of(self._get_model().result)

    def _model_to_state(self, model: Model) -> dict[str, Any]:
        return {"model": _model_file.to_bytes(model, self.get_params())}

    def _model_from_state(self, state: Mapping[str, Any]) -> Model:
        return _model_file.read(state["model"]).model

    def _found_html(self) -> Sequence[str]:
        model = self._get_model()
        mixture, result = model.mixture, model.result
        weights = [number(weight) for weight in mixture.weights]
        noise = None if mixture.noise is None else number(mixture.noise.weight)
        ending = {
            "converged": "yes" if result.converged else "no",
            "iterations": str(result.n_iter),
            "log-likelihood of a row": number(result.lower_bound),
        }
        return [
            facts(ending if result.starts else {"fit": "none: the parameters were given"}),
            components("component", mixture.means, model.feature_names, {"weight": weights}, noise),
        ]

    def _add_piece(self, name: str, values: ArrayLike) -> None:
        """Keeps an array of an estimator without parameters; the last one needed completes it."""
        piece = as_floats(values, name).copy()
        piece.flags.writeable = False
        superseded = COVARIANCE_FORMS if name in COVARIANCE_FORMS else (name,)
        pieces = {key: self._pieces[key] for key in self._pieces if key not in superseded}
        pieces[name] = piece
        if not ({"weights", "means"} <= pieces.keys() and pieces.keys() & set(COVARIANCE_FORMS)):
            self._pieces = pieces
            return
        self._check_parameters()
        if first_share(self.noise) is not None:
            raise ValueError(
                f"noise is {self.noise!r}, but arrays that are assigned leave it without a box: "
                "fit to rows, use from_parameters with a noise_box, or set noise to None"
            )
        mixture = make_mixture(pieces, self.covariance_type)
        if mixture.n_components != self.n_components:
            raise ValueError(
                f"n_components is {self.n_components}, but weights_ and means_ are those of "
                f"{mixture.n_components} components"
            )
        self._model = Model.unfitted(mixture)
        self._pieces = {}
