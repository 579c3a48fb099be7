"""The libraries, each behind the same few methods. They are imported when they are made."""

import importlib
import importlib.metadata
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from em import native
from em.problems import COVARIANCE_TYPES, Parameters, Problem


class Library(Protocol):
    """A library that fits mixtures. Making one raises whatever its import raises."""

    covariance_types: tuple[str, ...]
    regularizes: bool  # whether it adds problem.reg_covar to every variance

    def version(self) -> str: ...

    def prepare(self, problem: Problem, n_iterations: int, n_threads: int) -> Callable[[], Any]:
        """Returns what is timed: a fit from the problem's start, which returns what it fitted."""
        ...

    def parameters(self, fitted: Any) -> Parameters: ...


class ScikitLearn:
    """Also of gaussmix, whose class has the same parameters and attributes."""

    covariance_types = COVARIANCE_TYPES
    regularizes = True
    module = "sklearn.mixture"
    distribution = "scikit-learn"

    def __init__(self) -> None:
        self.mixture = importlib.import_module(self.module).GaussianMixture

    def version(self) -> str:
        return importlib.metadata.version(self.distribution)

    def prepare(self, problem: Problem, n_iterations: int, n_threads: int) -> Callable[[], Any]:
        del n_threads  # those of its environment
        estimator = self.mixture(**_options(problem, n_iterations))
        return lambda: estimator.fit(problem.X)

    def parameters(self, fitted: Any) -> Parameters:
        return Parameters(
            np.asarray(fitted.weights_, np.float64),
            np.asarray(fitted.means_, np.float64),
            np.asarray(fitted.covariances_, np.float64),
            fitted.n_iter_,
            np.asarray(fitted.precisions_cholesky_, np.float64),
        )


class Gaussmix(ScikitLearn):
    module = distribution = "gaussmix"
    dtype: Any = np.float64
    degenerate = "raise"

    def prepare(self, problem: Problem, n_iterations: int, n_threads: int) -> Callable[[], Any]:
        # What becomes of empty components is then what scikit-learn makes of them.
        options = {**_options(problem, n_iterations), "degenerate": self.degenerate}
        estimator = self.mixture(**options, n_jobs=n_threads)
        X = problem.X.astype(self.dtype, copy=False)
        return lambda: estimator.fit(X)


class GaussmixFloat32(Gaussmix):
    dtype = np.float32
    degenerate = "repair"  # covariances that are sound in float64 may not be so here


def _options(problem: Problem, n_iterations: int) -> dict[str, Any]:
    start = problem.start
    spread = start.covariances
    matrices = problem.covariance_type in ("full", "tied")
    return {
        "n_components": problem.n_components,
        "covariance_type": problem.covariance_type,
        "weights_init": start.weights,
        "means_init": start.means,
        "precisions_init": np.linalg.inv(spread) if matrices else 1 / spread,
        "max_iter": n_iterations,
        "tol": 0,
        "reg_covar": problem.reg_covar,
    }


class OneDal:
    covariance_types = ("full", "diag")
    regularizes = False

    def __init__(self) -> None:
        self.daal4py = importlib.import_module("daal4py")

    def version(self) -> str:
        return importlib.metadata.version("daal")

    def prepare(self, problem: Problem, n_iterations: int, n_threads: int) -> Callable[[], Any]:
        self.daal4py.daalinit(n_threads)
        full = problem.covariance_type == "full"
        algorithm = self.daal4py.em_gmm(
            nComponents=problem.n_components,
            maxIterations=n_iterations,
            accuracyThreshold=0.0,
            covarianceStorage="full" if full else "diagonal",
            regularizationFactor=problem.reg_covar,
        )
        start = problem.start
        covariances = [np.atleast_2d(c).copy() for c in start.covariances]
        weights = start.weights[np.newaxis]
        return lambda: algorithm.compute(problem.X, weights, start.means, covariances)

    def parameters(self, fitted: Any) -> Parameters:
        covariances = np.array([np.asarray(c).squeeze() for c in fitted.covariances])
        n_iterations = int(np.asarray(fitted.nIterations).item())
        return Parameters(fitted.weights.ravel(), fitted.means, covariances, n_iterations)


class OpenCv:
    """ml::EM. It does not tell how many iterations it took; they are as many as it was allowed."""

    covariance_types = ("full", "diag", "spherical")
    regularizes = False

    def __init__(self) -> None:
        self.cv2 = importlib.import_module("cv2")
        if not hasattr(self.cv2, "ml"):
            raise ImportError(f"OpenCV {self.cv2.__version__} has no module ml")

    def version(self) -> str:
        return str(self.cv2.__version__)

    def prepare(self, problem: Problem, n_iterations: int, n_threads: int) -> Callable[[], Any]:
        self.cv2.setNumThreads(n_threads)
        kinds = {
            "full": self.cv2.ml.EM_COV_MAT_GENERIC,
            "diag": self.cv2.ml.EM_COV_MAT_DIAGONAL,
            "spherical": self.cv2.ml.EM_COV_MAT_SPHERICAL,
        }
        em = self.cv2.ml.EM_create()
        em.setClustersNumber(problem.n_components)
        em.setCovarianceMatrixType(kinds[problem.covariance_type])
        # It counts E-steps, of which there is one more than M-steps.
        both = self.cv2.TERM_CRITERIA_MAX_ITER | self.cv2.TERM_CRITERIA_EPS
        em.setTermCriteria((both, n_iterations + 1, 0.0))
        start = problem.start
        covariances = self.cv2.Mat(_as_matrices(start), wrap_channels=False)

        def fit() -> tuple[Any, str, int]:
            em.trainE(problem.X, start.means, covariances, start.weights)
            return em, problem.covariance_type, n_iterations

        return fit

    def parameters(self, fitted: tuple[Any, str, int]) -> Parameters:
        em, covariance_type, n_iterations = fitted
        matrices = np.array(em.getCovs())
        diagonals = matrices.diagonal(axis1=1, axis2=2)
        covariances = {"full": matrices, "diag": diagonals, "spherical": diagonals.mean(axis=1)}
        weights = em.getWeights().ravel()
        return Parameters(weights, em.getMeans(), covariances[covariance_type], n_iterations)


def _as_matrices(start: Parameters) -> Any:
    d = start.means.shape[1]
    if start.covariances.ndim == 3:
        return start.covariances.copy()
    return np.array([np.diag(np.broadcast_to(c, d)) for c in start.covariances])


class Pomegranate:
    """On PyTorch. It does not tell how many iterations it took; they are as many as allowed."""

    covariance_types = ("full", "diag")
    regularizes = False

    def __init__(self) -> None:
        self.torch = importlib.import_module("torch")
        self.mixture = importlib.import_module("pomegranate.gmm").GeneralMixtureModel
        self.normal = importlib.import_module("pomegranate.distributions").Normal

    def version(self) -> str:
        return importlib.metadata.version("pomegranate")

    def prepare(self, problem: Problem, n_iterations: int, n_threads: int) -> Callable[[], Any]:
        self.torch.set_num_threads(n_threads)
        start = problem.start
        # It may work in the arrays that it gets.
        pairs = zip(start.means.copy(), start.covariances.copy(), strict=True)
        normals = [self.normal(m, c, covariance_type=problem.covariance_type) for m, c in pairs]
        mixture = self.mixture(normals, priors=start.weights.copy(), max_iter=n_iterations, tol=0.0)
        X = self.torch.from_numpy(problem.X)
        return lambda: (mixture.fit(X), n_iterations)

    def parameters(self, fitted: tuple[Any, int]) -> Parameters:
        mixture, n_iterations = fitted
        means, covariances = (
            np.array([getattr(normal, name).numpy() for normal in mixture.distributions])
            for name in ("means", "covs")
        )
        return Parameters(mixture.priors.numpy(), means, covariances, n_iterations)


class Compiled:
    """A C++ library behind one of our own programs in peers/."""

    covariance_types: tuple[str, ...]
    regularizes = False
    name: str
    link: tuple[str, ...]

    def __init__(self) -> None:
        self.library = native.load(self.name, *self.link)
        self.library.version.restype = native.ctypes.c_char_p

    def version(self) -> str:
        return self.library.version().decode()

    def prepare(self, problem: Problem, n_iterations: int, n_threads: int) -> Callable[[], Any]:
        # C takes the start from these arrays, and leaves the result in them.
        start = problem.start
        arrays = [a.copy() for a in (start.weights, start.means, start.covariances)]
        n, d = problem.X.shape
        sizes = [native.ctypes.c_long(size) for size in (n, d, problem.n_components)]
        numbers = [*self.flags(problem), n_iterations, n_threads]
        pointers = [native.pointer(array) for array in arrays]

        def fit() -> Parameters:
            done = self.library.fit(native.pointer(problem.X), *sizes, *numbers, *pointers)
            return Parameters(*arrays, self.count(done, n_iterations))

        return fit

    def flags(self, problem: Problem) -> tuple[int, ...]:
        return ()

    def count(self, returned: int, n_iterations: int) -> int:
        """The number of iterations."""
        return returned

    def parameters(self, fitted: Parameters) -> Parameters:
        return fitted


class Armadillo(Compiled):
    covariance_types = ("full", "diag")
    name = "armadillo"
    link = ("-larmadillo",)

    def flags(self, problem: Problem) -> tuple[int, ...]:
        return (int(problem.covariance_type == "diag"),)

    def count(self, returned: int, n_iterations: int) -> int:
        if not returned:
            raise RuntimeError("learn() returned false")
        return n_iterations


class VlFeat(Compiled):
    covariance_types = ("diag",)
    name = "vlfeat"
    link = ("-lvl",)


# What to call them in the results.
LIBRARIES: dict[str, type[Library]] = {
    "gaussmix": Gaussmix,
    "gaussmix float32": GaussmixFloat32,
    "scikit-learn": ScikitLearn,
    "oneDAL": OneDal,
    "Armadillo": Armadillo,
    "VLFeat": VlFeat,
    "OpenCV": OpenCv,
    "pomegranate": Pomegranate,
}
