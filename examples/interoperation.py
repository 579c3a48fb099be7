"""Penguins in tables and tensors of other libraries, and a mixture that goes to scikit-learn.

Run it with `python examples/interoperation.py`. What is not installed of polars, pyarrow,
scikit-learn and torch is left out.
"""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from gaussmix import GaussianMixture

CSV = Path(__file__).with_name("penguins.csv")
NAMES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


def tables(X: np.ndarray) -> dict[str, Any]:
    """The same numbers as other libraries hold them."""
    makers = {
        "polars": lambda polars: polars.DataFrame(X, schema=list(NAMES)),
        "pyarrow": lambda pyarrow: pyarrow.table(dict(zip(NAMES, X.T, strict=True))),
        "torch": lambda torch: torch.utils.dlpack.from_dlpack(X),
    }
    found = {}
    for name, make in makers.items():
        try:
            found[name] = make(importlib.import_module(name))
        except ImportError:
            print(f"{name} is not installed")
    return found


def main() -> None:
    X = np.loadtxt(CSV, delimiter=",", skiprows=1, usecols=(1, 2, 3, 4))
    model = GaussianMixture(3, random_state=0).fit(X)
    for name, table in tables(X).items():
        other = GaussianMixture(3, random_state=0).fit(table)
        names = getattr(other, "feature_names_in_", "none")
        same = (other.means_ == model.means_).all()
        print(f"{name}: the same bits: {same}, names of the features: {names}")
    try:
        theirs = model.to_sklearn()
    except ImportError as error:
        print(error)
        return
    difference = np.abs(theirs.score_samples(X) - model.score_samples(X)).max()
    print(f"scikit-learn's log-densities differ by at most {difference:.0e}")
    again = GaussianMixture.from_sklearn(theirs)
    print("and back: the same bits:", (again.score_samples(X) == model.score_samples(X)).all())


if __name__ == "__main__":
    main()
