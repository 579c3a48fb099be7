"""Write gmr.json: what gmr 2.0.3 finds when it conditions a mixture of the penguins.

pip install gmr && python tests/reference/make_gmr.py
"""

import json
import sys
from pathlib import Path

import numpy as np
from gmr import GMM
from sklearn.mixture import GaussianMixture

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "python"))

from data import load  # noqa: E402

STEP = 31

X = load("penguins")
fit = GaussianMixture(3, random_state=0).fit(X)
parameters = {
    "weights": fit.weights_.round(6) / fit.weights_.round(6).sum(),
    "means": fit.means_.round(4),
    "covariances": ((fit.covariances_ + fit.covariances_.swapaxes(1, 2)) / 2).round(4),
}
gmm = GMM(3, *parameters.values())
rows, cases = X[::STEP], []
for known in ([0], [1, 3], [3, 0, 2]):
    given = gmm.condition(np.array(known), rows[0, known])
    cases.append(
        {
            "known": known,
            "predicted": gmm.predict(np.array(known), rows[:, known]).tolist(),
            "covariance": given.to_mvn().covariance.tolist(),
            "priors": given.priors.tolist(),
            "means": given.means.tolist(),
            "covariances": given.covariances.tolist(),
        }
    )
content = {name: values.tolist() for name, values in parameters.items()}
(HERE / "gmr.json").write_text(
    json.dumps({**content, "step": STEP, "cases": cases}, indent=1) + "\n"
)
