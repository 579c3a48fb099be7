"""Fits, scores, saves and loads with the gaussmix that is installed, on every instruction set.

Usage: try_package.py. It needs NumPy alone: for environments that have nothing else.
"""

import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import gaussmix
import numpy as np
from gaussmix._cpu import built_instruction_sets, instruction_sets

X = np.concatenate([np.random.default_rng(0).normal(m, 1, (5000, 3)) for m in (0, 9)])


def fit(dtype: type = float, **arguments: object) -> gaussmix.GaussianMixture:
    model = gaussmix.GaussianMixture(2, random_state=0, **arguments).fit(X.astype(dtype))
    means = np.sort(model.means_[:, 0])
    assert np.allclose(means, [0, 9], atol=0.1), means
    assert model.converged_
    return model


def try_one_instruction_set() -> None:
    serial, parallel = fit(n_jobs=1), fit(n_jobs=2)
    assert serial.means_.tobytes() == parallel.means_.tobytes()
    for family in ("tied", "diag", "spherical", "VVE"):
        fit(covariance_type=family)
    assert fit(np.float32).means_.dtype == np.float32
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        serial.save(path)
        assert gaussmix.load(path).means_.tobytes() == serial.means_.tobytes()
    assert serial.scorer().score(X[0]) == serial.score_samples(X[:1])[0]
    assert np.bincount(gaussmix.KMeans(2, random_state=0).fit(X).labels_).tolist() == [5000, 5000]
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert not sys._is_gil_enabled(), "an extension has brought the lock back"
    gaussmix.show_config()


def main() -> None:
    if os.environ.get("GAUSSMIX_ISA"):
        try_one_instruction_set()
        return
    print(f"built for {built_instruction_sets()}, of which this CPU has {instruction_sets()}")
    assert instruction_sets()
    for isa in instruction_sets():
        environment = {**os.environ, "GAUSSMIX_ISA": isa}
        subprocess.run([sys.executable, __file__], env=environment, check=True)


if __name__ == "__main__":
    main()
