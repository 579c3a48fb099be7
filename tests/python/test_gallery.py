"""The examples of the gallery run, each as the documentation runs it, and warn of nothing."""

import runpy
from pathlib import Path

import pytest
from data import ROOT
from matplotlib import pyplot

GALLERY = ROOT / "examples" / "gallery"


@pytest.mark.parametrize("example", sorted(GALLERY.glob("*.py")), ids=lambda p: p.stem)
def test_example_draws(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pyplot.switch_backend("agg")
    monkeypatch.chdir(GALLERY)
    try:
        runpy.run_path(str(example), run_name="__main__")
        assert pyplot.get_fignums()
        for number in pyplot.get_fignums():
            pyplot.figure(number).canvas.draw()
    finally:
        pyplot.close("all")
