"""Write what mclust (R) finds with a noise component into mclust_noise.json.

    python tests/reference/make_mclust_noise.py

It needs Rscript and the R package mclust. mclust is told which rows to take for noise at first:
those that were drawn from the background.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "python"))

from data import NOISY, noisy  # noqa: E402

SCRIPT = """
suppressMessages(library(mclust))
arguments <- commandArgs(trailingOnly = TRUE)
X <- as.matrix(read.csv(arguments[1], header = FALSE))
noise <- scan(arguments[2], quiet = TRUE) > 0
for (name in c("EII", "VII", "EEI", "VVI", "EEE", "VEE", "EVE", "VVV")) {
  fit <- Mclust(X, G = 3, modelNames = name, initialization = list(noise = noise),
                control = emControl(tol = c(1e-12, 1e-12), itmax = 10000), verbose = FALSE)
  cat(sprintf('{"model": "%s", "loglik": %.15g, "df": %d, "bic": %.15g, "icl": %.15g, ', name,
              fit$loglik, fit$df, fit$bic, fit$icl))
  cat(sprintf('"noise": %.15g}\n', fit$parameters$pro[4]))
}
cat(sprintf("%.15g\n", log(hypvol(X))))
cat(as.character(packageVersion("mclust")), "\n")
"""


def run(name: str) -> dict[str, object]:
    X, labels = noisy(name)
    with tempfile.TemporaryDirectory() as folder:
        table, noise, script = (Path(folder) / file for file in ("X.csv", "noise.txt", "fit.R"))
        np.savetxt(table, X, delimiter=",", fmt="%.17g")
        np.savetxt(noise, labels < 0, fmt="%d")
        script.write_text(SCRIPT)
        command = ["Rscript", str(script), str(table), str(noise)]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split(
            "\n"
        )
    *results, log_volume, version = filter(None, lines)
    return {
        "mclust": version.strip(),
        "log_volume": float(log_volume),
        "results": [json.loads(line) for line in results],
    }


if __name__ == "__main__":
    found = {name: run(name) for name in NOISY}
    (HERE / "mclust_noise.json").write_text(json.dumps(found, indent=1) + "\n")
