"""Types of the compiled core. `gaussmix.GaussianMixture` is the public face of it."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix._types import CovarianceLayout, CovarianceType, Floats, InitMethod

_Row: TypeAlias = Sequence[float]
_Table: TypeAlias = Sequence[Sequence[float]]
_Observer: TypeAlias = Callable[[int, int, float, float, bool], bool | None]

class Noise:
    """The noise component of a mixture: a weight, and the box whose volume is 1 / density.

    The box has the points corner + t @ axes, with t from 0 to widths. Arrays are float64.
    """

    def __init__(
        self, *, weight: float, corner: Floats, widths: Floats, axes: Floats | None = None
    ) -> None: ...
    @property
    def weight(self) -> float: ...
    @property
    def corner(self) -> NDArray[np.float64]: ...
    @property
    def widths(self) -> NDArray[np.float64]: ...
    @property
    def axes(self) -> NDArray[np.float64] | None:
        """(n_features, n_features), an axis a row; None: those of the features."""

    @property
    def log_volume(self) -> float: ...
    @property
    def log_normalizer(self) -> float:
        """The logarithm of weight / volume."""

class Mixture:
    """An immutable Gaussian mixture; every array is read-only and has the dtype of the model."""

    @staticmethod
    def from_covariances(
        weights: Floats,
        means: Floats,
        covariances: Floats,
        covariance_type: CovarianceType,
        noise: Noise | None = None,
    ) -> Mixture: ...
    @staticmethod
    def from_precisions(
        weights: Floats,
        means: Floats,
        precisions: Floats,
        covariance_type: CovarianceType,
        noise: Noise | None = None,
    ) -> Mixture: ...
    @staticmethod
    def from_precisions_cholesky(
        weights: Floats,
        means: Floats,
        precisions_cholesky: Floats,
        covariance_type: CovarianceType,
        covariances: Floats | None = None,
        noise: Noise | None = None,
    ) -> Mixture: ...
    @property
    def covariance_type(self) -> CovarianceLayout: ...
    @property
    def family(self) -> CovarianceType: ...
    @property
    def n_components(self) -> int: ...
    @property
    def n_columns(self) -> int:
        """The number of responsibilities of a row: with noise one more than components."""

    @property
    def n_features(self) -> int: ...
    @property
    def noise(self) -> Noise | None: ...
    @property
    def n_parameters(self) -> int: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...
    @property
    def weights(self) -> Floats: ...
    @property
    def means(self) -> Floats: ...
    @property
    def covariances(self) -> Floats: ...
    @property
    def precisions(self) -> Floats: ...
    @property
    def precisions_cholesky(self) -> Floats: ...

class Predictor:
    """A mixture prepared for scoring: immutable, safe to use from many threads at once.

    X is (n_samples, n_features), C-contiguous, of the mixture's dtype.
    """

    def __init__(self, mixture: Mixture) -> None: ...
    def takes(self, X: object) -> bool:
        """Whether X is what the other methods take, has at least one row, and is finite."""

    def score_samples(self, X: Floats, n_threads: int) -> Floats: ...
    def log_responsibilities(self, X: Floats, n_threads: int) -> Floats: ...
    def responsibilities(self, X: Floats, n_threads: int) -> Floats: ...
    def predict(self, X: Floats, n_threads: int) -> NDArray[np.intp]: ...
    def score(
        self, X: Floats, sample_weight: NDArray[np.float64] | None, n_threads: int
    ) -> float: ...
    def mean_scores(
        self, X: Floats, sample_weight: NDArray[np.float64] | None, n_threads: int
    ) -> tuple[float, float]:
        """The mean log-density, and the mean logarithm of the largest responsibility."""

class Scorer:
    """Scores one row, or a table of them.

    x is a row or a table as an array of the mixture's dtype, or a row as a list or tuple; anything
    else is passed through `convert`, which returns such an array or raises.
    """

    def __init__(
        self, mixture: Mixture, convert: Callable[[Any], Floats], n_threads: int
    ) -> None: ...
    @property
    def mixture(self) -> Mixture: ...
    @overload
    def predict(self, x: _Row) -> int: ...
    @overload
    def predict(self, x: _Table) -> NDArray[np.intp]: ...
    @overload
    def predict(self, x: NDArray[Any]) -> Any: ...  # its type does not tell a row from a table
    @overload
    def predict(self, x: ArrayLike) -> int | NDArray[np.intp]:
        """Returns the most probable component of x: an int from 0, of a table (n_samples,).

        That of noise is -1.
        """

    @overload
    def score(self, x: _Row) -> float: ...
    @overload
    def score(self, x: _Table) -> Floats: ...
    @overload
    def score(self, x: NDArray[Any]) -> Any: ...  # its type does not tell a row from a table
    @overload
    def score(self, x: ArrayLike) -> float | Floats:
        """Returns the logarithm of the density at x: a float, of a table (n_samples,)."""

    def responsibilities(self, x: ArrayLike, out: Floats | None = None) -> Floats:
        """Returns each component's probability for x: (n_components,), of a table with rows of it.

        A noise component has one more, the last.

        With `out`, a C-contiguous array of that shape and of the model's dtype, they are written
        there, and `out` is returned; it must not share memory with x.
        """

class Classifier:
    """A mixture whose components belong to classes, prepared for classifying.

    component_classes says of each component its class: 0, 1, ..., each at least once. X is as for
    Predictor. Immutable, safe to use from many threads at once.
    """

    def __init__(self, mixture: Mixture, component_classes: Sequence[int]) -> None: ...
    def takes(self, X: object) -> bool: ...
    def probabilities(self, X: Floats, n_threads: int) -> Floats: ...
    def log_probabilities(self, X: Floats, n_threads: int) -> Floats: ...
    def predict(self, X: Floats, n_threads: int) -> NDArray[np.intp]: ...

class ClassScorer:
    """Classifies one row, or a table of them, as Scorer takes them; `labels` name the classes."""

    def __init__(
        self,
        mixture: Mixture,
        component_classes: Sequence[int],
        labels: NDArray[Any],
        convert: Callable[[Any], Floats],
        n_threads: int,
    ) -> None: ...
    @property
    def mixture(self) -> Mixture: ...
    @property
    def component_classes(self) -> list[int]: ...
    @property
    def labels(self) -> NDArray[Any]: ...
    def predict(self, x: ArrayLike) -> Any:
        """Returns the label of the most probable class of x, of a table (n_samples,) labels."""

    def probabilities(self, x: ArrayLike, out: Floats | None = None) -> Floats:
        """Returns each class's probability for x: (n_classes,), of a table with rows of it.

        `out` is as for `Scorer.responsibilities`.
        """

class StartReport:
    """How one start went."""

    def __init__(
        self,
        *,
        origin: str = ...,
        lower_bound: float = ...,
        n_iter: int = ...,
        converged: bool = ...,
        dropped: bool = ...,
        seconds: float = ...,
    ) -> None: ...
    @property
    def origin(self) -> str: ...
    @property
    def lower_bound(self) -> float: ...
    @property
    def n_iter(self) -> int: ...
    @property
    def converged(self) -> bool: ...
    @property
    def dropped(self) -> bool: ...
    @property
    def seconds(self) -> float: ...

class Repair:
    """One repair of a degenerate component. `component` is -1 for a covariance that all share."""

    def __init__(
        self,
        *,
        start: int = ...,
        iteration: int = ...,
        component: int = ...,
        reason: str = ...,
        action: str = ...,
    ) -> None: ...
    @property
    def start(self) -> int: ...
    @property
    def iteration(self) -> int: ...
    @property
    def component(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def action(self) -> str: ...

class FitResult:
    """How the best start of a fit ended, and reports on all starts.

    The mixture alone is the result for one that was not fitted.
    """

    def __init__(
        self,
        mixture: Mixture,
        *,
        converged: bool = ...,
        n_iter: int = ...,
        lower_bound: float = ...,
        lower_bounds: list[float] = ...,
        starts: list[StartReport] = ...,
        best_start: int = ...,
        repairs: list[Repair] = ...,
        truncation_error: float = ...,
    ) -> None: ...
    def with_mixture(self, mixture: Mixture) -> FitResult: ...
    @property
    def mixture(self) -> Mixture: ...
    @property
    def converged(self) -> bool: ...
    @property
    def n_iter(self) -> int: ...
    @property
    def lower_bound(self) -> float: ...
    @property
    def lower_bounds(self) -> list[float]: ...
    @property
    def starts(self) -> list[StartReport]: ...
    @property
    def best_start(self) -> int: ...
    @property
    def repairs(self) -> list[Repair]: ...
    @property
    def truncation_error(self) -> float: ...

class ConjugatePrior:
    """A prior of each component; what is not given is computed by a fit."""

    def __init__(
        self,
        *,
        shrinkage: float = ...,
        mean: NDArray[np.float64] | None = ...,
        dof: float | None = ...,
        scale: NDArray[np.float64] | None = ...,
    ) -> None: ...

class SavedModel:
    """What a model file holds: a mixture, and JSON texts, empty where the file has none."""

    @property
    def mixture(self) -> Mixture: ...
    @property
    def feature_names(self) -> str: ...
    @property
    def fit(self) -> str: ...
    @property
    def parameters(self) -> str: ...
    @property
    def classes(self) -> str: ...
    @property
    def component_classes(self) -> list[int]: ...

class SharedStarts:
    """What fits of the same rows, weights, seed and number of components share.

    Given to one fit after another, each of which may begin where those before it ended.
    """

    def __init__(self, *, only_diagonal: bool = ...) -> None: ...

class StopFlag:
    """Has a fit given up that another thread runs; the fit raises StoppedError."""

    def set(self) -> None: ...
    def is_set(self) -> bool: ...

class StoppedError(Exception): ...

class Statistics:
    """What an M-step has to know of rows; statistics of two sets of rows add up to those of both.

    Weights are those of the rows, in their own units. Means are held beside points near them, and
    scatters about the means, so that no digit is lost far from zero, nor by merging. Values that
    are equal are equal to the bit. `GaussianMixture.expect` makes them.
    """

    @property
    def n_components(self) -> int: ...
    @property
    def n_features(self) -> int: ...
    @property
    def weights(self) -> NDArray[np.float64]:
        """(n_components,) sums of the rows' weights times their responsibilities."""

    @property
    def means(self) -> NDArray[np.float64]:
        """(n_components, n_features)."""

    @property
    def scatter(self) -> NDArray[np.float64]:
        """The weighted sums of the products of deviations from the means, as the family needs them.

        (n_components, n_features, n_features); for 'tied' (n_features, n_features), summed over the
        components; for diagonal and spherical families and 'fixed' (n_components, n_features).
        """

    @property
    def row_weight(self) -> float:
        """The sum of the rows' weights."""

    @property
    def log_likelihood(self) -> float:
        """The weighted sum of the rows' log-densities."""

    def merge(self, other: Statistics) -> None:
        """Adds those of other rows, which stay as they are. Raises ValueError for other sizes."""

    def scaled(self, factor: float) -> Statistics:
        """Those of the same rows, each with its weight times `factor` (finite, at least 0)."""

    def to_bytes(self) -> bytes:
        """Bytes that `from_bytes` makes equal statistics from, on any machine."""

    @staticmethod
    def from_bytes(data: bytes) -> Statistics:
        """The statistics of bytes. Raises ValueError for any that `to_bytes` did not make."""

    def _repr_html_(self) -> str: ...
    def __add__(self, other: Statistics) -> Statistics: ...
    def __radd__(self, start: Literal[0]) -> Statistics: ...
    def __eq__(self, other: object) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

class KeptRows:
    """E-steps over one array again and again: each remembers bounds for the next."""

    def __init__(
        self,
        X: Floats,
        mixture: Mixture,
        *,
        sample_weight: NDArray[np.float64] | None,
        known_labels: NDArray[np.int32] | None,
        n_threads: int,
    ) -> None: ...
    def expect(self, mixture: Mixture) -> Statistics: ...

def expect(
    X: Floats,
    mixture: Mixture,
    *,
    sample_weight: NDArray[np.float64] | None,
    known_labels: NDArray[np.int32] | None,
    component_classes: Sequence[int] = ...,
    n_threads: int,
) -> Statistics: ...
def maximize(
    statistics: Statistics,
    *,
    covariance_type: CovarianceType,
    tol: float,
    reg_covar: float,
    degenerate: Literal["repair", "raise"],
    prior: ConjugatePrior | None,
    previous: FitResult | None,
    n_threads: int,
) -> FitResult: ...
def covariance_families() -> list[
    tuple[CovarianceType, CovarianceType, CovarianceLayout, bool]
]: ...

class FitSettings:
    def __init__(
        self,
        *,
        n_components: int,
        covariance_type: CovarianceType,
        tol: float,
        reg_covar: float,
        max_iter: int,
        n_init: int,
        screening: bool,
        init_params: InitMethod,
        seed: int,
        degenerate: Literal["repair", "raise"],
        acceleration: Literal["none", "squarem"],
        truncation: float,
        prior: ConjugatePrior | None,
        noise: float | None,
        n_threads: int,
    ) -> None: ...

def all_finite(X: Floats, n_threads: int) -> bool: ...
def fit(
    X: Floats,
    sample_weight: NDArray[np.float64] | None,
    *,
    settings: FitSettings,
    first_responsibilities: Callable[[int], NDArray[np.int32] | NDArray[np.float64]] | None,
    origin: str,
    weights_init: NDArray[np.float64] | None,
    means_init: NDArray[np.float64] | None,
    precisions_init: NDArray[np.float64] | None,
    known_labels: NDArray[np.int32] | None = ...,
    component_classes: Sequence[int] = ...,
    previous: Mixture | None,
    previous_lower_bound: float,
    observer: _Observer | None,
    shared_starts: SharedStarts | None = ...,
    checkpoint: Callable[[list[FitResult]], None] | None = ...,
    checkpoint_every: int = ...,
    resume: Sequence[FitResult] = ...,
    stop: StopFlag | None = ...,
) -> FitResult: ...
def fit_tables(
    X: Floats,
    sample_weight: NDArray[np.float64] | None,
    n_rows: Sequence[int],
    *,
    settings: FitSettings,
    stop: StopFlag | None = ...,
) -> list[FitResult | str]: ...
def kmeans(
    X: Floats,
    sample_weight: NDArray[np.float64] | None,
    *,
    n_clusters: int,
    init: Literal["k-means++", "random"],
    centers: Floats | None,
    n_init: int,
    max_iter: int,
    tol: float,
    seed: int,
    n_threads: int,
) -> tuple[Floats, NDArray[np.int32], float, int]: ...
def nearest_centers(
    X: Floats, sample_weight: NDArray[np.float64] | None, centers: Floats, n_threads: int
) -> tuple[NDArray[np.int32], float]: ...
def center_distances(X: Floats, centers: Floats, n_threads: int) -> Floats: ...
def load_path(path: bytes) -> SavedModel: ...
def load_bytes(data: bytes) -> SavedModel: ...
def model_bytes(
    mixture: Mixture,
    feature_names: str,
    fit: str,
    parameters: str,
    classes: str = ...,
    component_classes: Sequence[int] = ...,
) -> bytes: ...
def max_threads() -> int: ...
def config() -> dict[str, str]: ...
