"""What bounds EM on a machine: matrix products and exponentials, timed like the libraries."""

from collections.abc import Callable
from typing import Any

import numpy as np

from em import native
from em.problems import Problem

PRODUCT_SIZE = 512
PRODUCTS = 20  # at a time
PRODUCT_FLOPS = 2.0 * PRODUCT_SIZE**3 * PRODUCTS


class _Products:
    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.a, self.b = rng.standard_normal((2, PRODUCT_SIZE, PRODUCT_SIZE))
        self.c = np.empty((PRODUCT_SIZE, PRODUCT_SIZE))


class NumpyProducts(_Products):
    def version(self) -> str:
        blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"NumPy {np.__version__}, {blas['name']} {blas['version']}"

    def prepare(self, problem: Problem, n_iterations: int, n_threads: int) -> Callable[[], Any]:
        del problem, n_iterations, n_threads  # the threads are those of its environment

        def multiply() -> None:
            for _ in range(PRODUCTS):
                np.matmul(self.a, self.b, out=self.c)

        return multiply


class EigenProducts(_Products):
    def __init__(self) -> None:
        super().__init__()
        self.library = native.load("eigen")

    def version(self) -> str:
        self.library.version.restype = native.ctypes.c_char_p
        return f"Eigen {self.library.version().decode()}"

    def prepare(self, problem: Problem, n_iterations: int, n_threads: int) -> Callable[[], Any]:
        del problem, n_iterations
        matrices = [native.pointer(matrix) for matrix in (self.a, self.b, self.c)]
        size = native.ctypes.c_long(PRODUCT_SIZE)
        return lambda: self.library.multiply(*matrices, size, PRODUCTS, n_threads)


class EigenExponentials:
    """As many as the problem has rows times components, `n_iterations` times."""

    def __init__(self) -> None:
        self.library = native.load("eigen")
        self.library.exponentials.restype = native.ctypes.c_double

    def version(self) -> str:
        self.library.version.restype = native.ctypes.c_char_p
        return f"Eigen {self.library.version().decode()}"

    def prepare(self, problem: Problem, n_iterations: int, n_threads: int) -> Callable[[], Any]:
        count = native.ctypes.c_long(len(problem.X) * problem.n_components * n_iterations)
        return lambda: self.library.exponentials(count, n_threads)


PRODUCT_LIMITS = ("NumPy's matrix product", "Eigen's matrix product")
PRODUCT_ONE_THREAD = f"{PRODUCT_LIMITS[1]}, 1 thread"
EXPONENTIALS = "Eigen's exp"
LIMITS: dict[str, Callable[[], Any]] = {
    PRODUCT_LIMITS[0]: NumpyProducts,
    PRODUCT_LIMITS[1]: EigenProducts,
    EXPONENTIALS: EigenExponentials,
}
