"""The order of the examples in the gallery: from the first fit to what is special."""

from pathlib import Path

ORDER = [
    "first_fit",
    "em_step_by_step",
    "starts",
    "families",
    "choosing_k",
    "density_1d",
    "histogram_weights",
    "image_colours",
    "retrieval_sweep",
    "cells",
    "noise",
    "outliers",
    "known_labels",
    "prior",
    "mixture_regression",
    "classifier",
    "sampling_digits",
    "stream",
]


class ByChapter:
    """A key to sort file names by, as sphinx-gallery asks for; unknown names come last."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def __call__(self, name: str) -> tuple[int, str]:
        stem = Path(name).stem
        return (ORDER.index(stem) if stem in ORDER else len(ORDER), stem)
