"""Loading a model from the bytes of its file, beside what does less or something like it.

    python benchmarks/load_model.py [--n-components 64 --n-features 32]

Each round times every way once, one after the other; the table has the medians of the rounds:
gaussmix.load, which checks everything and makes an estimator that can score; the core's parser
alone; safetensors, which checks the header alone and makes arrays; and scikit-learn's model of the
same parameters from its pickle, without any check.
"""

import argparse
import pickle
import statistics
import time
from collections.abc import Callable
from typing import Any

import gaussmix
import numpy as np
import safetensors.numpy
import sklearn
from gaussmix import _core
from sklearn import mixture as sklearn_mixture


def make_model(k: int, d: int, covariance_type: Any, dtype: Any) -> gaussmix.GaussianMixture:
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((k, d, d)) / np.sqrt(d)
    covariances = factors @ factors.swapaxes(1, 2) + 0.1 * np.eye(d)
    variances = covariances.diagonal(axis1=1, axis2=2)
    chosen = {
        "full": covariances,
        "tied": covariances[0],
        "diag": variances,
        "spherical": variances[:, 0],
    }[covariance_type]
    weights, means = np.full(k, 1 / k), rng.standard_normal((k, d))
    arrays = (array.astype(dtype) for array in (weights, means, chosen))
    return gaussmix.GaussianMixture.from_parameters(*arrays, covariance_type)


def sklearn_pickle(model: gaussmix.GaussianMixture) -> bytes:
    twin = sklearn_mixture.GaussianMixture(
        model.n_components, covariance_type=model.covariance_type
    )
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        setattr(twin, name, np.array(getattr(model, name)))
    return pickle.dumps(twin)


def milliseconds(load: Callable[[], object]) -> float:
    begin = time.perf_counter()
    load()
    return (time.perf_counter() - begin) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--n-components", type=int, default=64)
    parser.add_argument("--n-features", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    k, d = options.n_components, options.n_features

    print(f"gaussmix {gaussmix.__version__}, scikit-learn {sklearn.__version__}, k = {k}, d = {d}")
    print("milliseconds, medians of", options.rounds, "rounds\n")
    print("| covariance, dtype | bytes | gaussmix.load | the core | safetensors | pickle |")
    print("|---|---|---|---|---|---|")
    for covariance_type in ("full", "tied", "diag", "spherical"):
        for dtype in ("float64", "float32"):
            model = make_model(k, d, covariance_type, dtype)
            content, pickled = model.__getstate__()["model"], sklearn_pickle(model)
            ways: list[Callable[[], object]] = [
                lambda content=content: gaussmix.load(content),
                lambda content=content: _core.load_bytes(content),
                lambda content=content: safetensors.numpy.load(content),
                lambda pickled=pickled: pickle.loads(pickled),
            ]
            times = [[milliseconds(way) for way in ways] for _ in range(options.rounds)]
            medians = " | ".join(f"{statistics.median(t):.3f}" for t in zip(*times, strict=True))
            print(f"| {covariance_type}, {dtype} | {len(content)} | {medians} |", flush=True)


if __name__ == "__main__":
    main()
