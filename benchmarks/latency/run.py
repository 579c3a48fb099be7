"""How long one row takes: in C++ from call to call, from Python, in scikit-learn and onnxruntime.

    python benchmarks/latency/run.py [--calls 10000000] [--json FILE] [--markdown FILE]

All of it in one run. The C++ library is built in build/latency for the instruction set that Python
uses; that takes a minute the first time. onnxruntime is left out where it or onnx is missing.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import sysconfig
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from gaussmix import GaussianMixture, __version__, _core
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture as SklearnMixture

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "latency"


def run(*command: object) -> str:
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}")
    return done.stdout


def configure_library(folder: Path) -> None:
    """Prepares a folder for building the library; Eigen may be where pip installed it."""
    isa = f"-DGAUSSMIX_ISA={_core.config()['isa']}"
    packages = f"-DCMAKE_PREFIX_PATH={sysconfig.get_path('purelib')}"
    run("cmake", "-S", HERE.parents[1], "-B", folder, isa, packages)


def build() -> Path:
    """Builds and installs the library, builds the program, and returns it."""
    configure_library(BUILD / "library")
    run("cmake", "--build", BUILD / "library")
    run("cmake", "--install", BUILD / "library", "--prefix", BUILD / "prefix")
    release = "-DCMAKE_BUILD_TYPE=Release"
    run(
        "cmake", "-S", HERE, "-B", BUILD / "program", f"-Dgaussmix_ROOT={BUILD / 'prefix'}", release
    )
    run("cmake", "--build", BUILD / "program")
    return BUILD / "program" / "latency"


def make_models(k: int, d: int) -> tuple[GaussianMixture, SklearnMixture, NDArray[np.float64]]:
    """The same mixture in both libraries, and a row."""
    rng = np.random.default_rng(0)
    means = 2 * rng.standard_normal((k, d))
    factors = rng.standard_normal((k, d, d)) / np.sqrt(d)
    covariances = factors @ factors.swapaxes(1, 2) + 0.1 * np.eye(d)
    ours = GaussianMixture.from_parameters(np.full(k, 1 / k), means, covariances)
    theirs = SklearnMixture(k)
    theirs.weights_, theirs.means_, theirs.covariances_ = ours.weights_, means, covariances
    theirs.precisions_cholesky_ = ours.precisions_cholesky_
    return ours, theirs, 2 * rng.standard_normal(d)


def onnx_call(model: GaussianMixture, x: NDArray[np.float64]) -> Callable[[], Any] | None:
    """A call of onnxruntime, on one thread, that gives the label of x."""
    if not (importlib.util.find_spec("onnx") and importlib.util.find_spec("onnxruntime")):
        return None
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.to_onnx().SerializeToString(), options)
    table = x[np.newaxis]
    return lambda: session.run(["label"], {"X": table})[0]


def time_call(call: Callable[[], Any]) -> float:
    """The median time of a call in ns, over rounds of many calls each."""
    number, _ = timeit.Timer(call).autorange()
    rounds = timeit.repeat(call, number=max(1, number // 10), repeat=31)
    return float(np.median(rounds)) / max(1, number // 10) * 1e9


def time_python(k: int, d: int) -> dict[str, float]:
    ours, theirs, x = make_models(k, d)
    scorer = ours.scorer()
    calls: dict[str, Callable[[], Any] | None] = {
        "scorer().predict(x)": lambda: scorer.predict(x),
        "scorer().score(x)": lambda: scorer.score(x),
        "scorer().responsibilities(x)": lambda: scorer.responsibilities(x),
        "GaussianMixture.predict(x[None])": lambda: ours.predict(x[np.newaxis]),
        "onnxruntime": onnx_call(ours, x),
        "scikit-learn predict(x[None])": lambda: theirs.predict(x[np.newaxis]),
    }
    other = ("scorer().score(x)", "scorer().responsibilities(x)")
    labels = {
        name: int(np.squeeze(call())) for name, call in calls.items() if call and name not in other
    }
    if len(set(labels.values())) != 1:
        sys.exit(f"the labels differ: {labels}")
    return {name: time_call(call) for name, call in calls.items() if call}


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    cpp, python = results["cpp"], results["python"]
    lines = [
        f"One row, k = {results['k']}, d = {results['d']}, full, float64; {results['versions']}",
        "",
        "| C++ Predictor | median | p99.9 | p99.9 / median | calls in a row | allocations |",
        "|---|---|---|---|---|---|",
    ]
    for name in ("log_density", "responsibilities", "predict"):
        of = cpp[name]
        lines.append(
            f"| {name} | {of['median']:.0f} ns | {of['p99.9']:.0f} ns "
            f"| {of['p99.9'] / of['median']:.2f} | {of['in a row']:.0f} ns each "
            f"| {of['allocations']} |"
        )
    one, four = cpp["processor time of a row"].values()
    lines += [
        "",
        f"log_density, processor time of a row: {one:.0f} ns in 1 thread, {four:.0f} ns in each "
        f"of 4 ({four / one:.2f} times)",
        "",
        "| Python | median | times scorer().predict(x) |",
        "|---|---|---|",
    ]
    own = python["scorer().predict(x)"]
    lines += [f"| {name} | {t / 1e3:.2f} us | {t / own:.1f} |" for name, t in python.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=10_000_000)
    parser.add_argument("--components", type=int, default=8)
    parser.add_argument("--features", type=int, default=8)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()

    k, d = options.components, options.features
    results = {
        "versions": f"gaussmix {__version__} ({_core.config()['isa']}), "
        f"scikit-learn {sklearn.__version__}",
        "k": k,
        "d": d,
        "calls": options.calls,
        "cpp": json.loads(run(build(), options.calls, k, d)),
        "python": time_python(k, d),
    }
    print(table(results), end="")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(table(results))


if __name__ == "__main__":
    main()
