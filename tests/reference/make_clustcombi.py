"""Write clustcombi.json: how mclust's clustCombi merges the components of made mixtures.

    python tests/reference/make_clustcombi.py

It needs R with mclust 6.0.0 or later.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "python"))

from clusters_of_components import EXAMPLES  # noqa: E402
from mixtures import matrices  # noqa: E402

content = {}
for name, make in EXAMPLES.items():
    model, X = make()
    arrays = (np.array(model.means_.shape), model.weights_, model.means_, matrices(model), X)
    lines = (" ".join(map(repr, np.ravel(array).tolist())) for array in arrays)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        printed = subprocess.run(
            ["Rscript", HERE / "clustcombi.R", file.name],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
    entropies, *labels = ([float(v) for v in line.split()] for line in printed.splitlines())
    content[name] = {"entropies": entropies, "labels": [[int(v) for v in row] for row in labels]}
(HERE / "clustcombi.json").write_text(json.dumps(content, indent=1) + "\n")
