"""The compiled core: of its builds, one an instruction set, the best that this CPU can run.

The environment variable GAUSSMIX_ISA (v2, v3 or v4 on x86-64) asks for another.
"""

import importlib
import os

from gaussmix._cpu import built_instruction_sets, instruction_sets, is_native
from gaussmix._html.statistics import statistics as _statistics_html

_PORTABLE = 'pip install . --config-settings=cmake.define.GAUSSMIX_ISAS="v2;v3;v4"'


def _choose() -> str:
    built, supported = built_instruction_sets(), instruction_sets()
    if not supported:
        kind = "for the machine that it was built on" if is_native() else "for some machines alone"
        raise ImportError(
            f"this gaussmix was built {kind} (instruction sets: {', '.join(built)}), and this CPU "
            f"has none of these: install gaussmix on this machine anew, or build it for any "
            f"machine, with {_PORTABLE}"
        )
    wanted = os.environ.get("GAUSSMIX_ISA") or supported[0]
    if wanted not in supported:
        reason = (
            "this CPU does not have it" if wanted in built else "this gaussmix is built without"
        )
        raise ImportError(
            f"the environment variable GAUSSMIX_ISA is {wanted!r}, but {reason}: it can be "
            f"{', '.join(supported)}, or empty for the best of them ({_PORTABLE} builds all)"
        )
    return wanted


_build = importlib.import_module(f"gaussmix._core_{_choose()}")

Noise = _build.Noise
Mixture = _build.Mixture
Predictor = _build.Predictor
Scorer = _build.Scorer
Classifier = _build.Classifier
ClassScorer = _build.ClassScorer
StartReport = _build.StartReport
Repair = _build.Repair
FitResult = _build.FitResult
ConjugatePrior = _build.ConjugatePrior
SavedModel = _build.SavedModel
SharedStarts = _build.SharedStarts
StopFlag = _build.StopFlag
StoppedError = _build.StoppedError
all_finite = _build.all_finite
fit = _build.fit
FitSettings = _build.FitSettings
fit_tables = _build.fit_tables
Statistics = _build.Statistics
Statistics._repr_html_ = lambda self: _statistics_html(self)  # the core knows of no HTML
KeptRows = _build.KeptRows
expect = _build.expect
maximize = _build.maximize
covariance_families = _build.covariance_families
load_path = _build.load_path
load_bytes = _build.load_bytes
model_bytes = _build.model_bytes
kmeans = _build.kmeans
nearest_centers = _build.nearest_centers
center_distances = _build.center_distances
max_threads = _build.max_threads
config = _build.config
