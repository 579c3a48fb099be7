"""
Types of cells in an AnnData
============================

Tables of cells and genes come as an ``AnnData``, with principal components in ``obsm["X_pca"]``.
The number of cell types is chosen by stability here: which clusters would be found again in other
cells? The counts are made up: five types, two of them alike.
"""

import anndata
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from gaussmix import plot, select

rng = np.random.default_rng(0)
n_genes, sizes = 200, [500, 400, 300, 250, 150]
base = rng.gamma(2.0, 1.0, n_genes)
rates = [base * np.exp(rng.normal(0, 1.0, n_genes) * (rng.random(n_genes) < 0.2)) for _ in sizes]
rates[4] = rates[3] * np.exp(rng.normal(0, 1.0, n_genes) * (rng.random(n_genes) < 0.08))
cell_type = np.repeat(np.arange(5), sizes)
depth = rng.gamma(10, 0.1, (len(cell_type), 1))
counts = rng.poisson(np.array(rates)[cell_type] * depth)
cells = anndata.AnnData(
    counts.astype(np.float32),
    obs=pd.DataFrame(
        {"type": np.array(list("ABCDE"))[cell_type]}, index=[f"cell{i}" for i in range(len(counts))]
    ),
)

# %%
# The usual steps: counts a cell made equal, logarithms, principal components.

X = cells.X / cells.X.sum(axis=1, keepdims=True) * 1000
X = np.log1p(X)
X -= X.mean(axis=0)
left, singular, _ = np.linalg.svd(X, full_matrices=False)
cells.obsm["X_pca"] = left[:, :8] * singular[:8]

# %%
# For each number of components, ten times the cells are halved, a mixture is fitted to either
# half, and both label all cells.

pcs = cells.obsm["X_pca"]
found = select(pcs, range(2, 9), covariance_types="full", criterion="stability", random_state=0)
print(found)
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
found.plot(ax)

# %%
# The clusters and their probabilities go back into the AnnData.

model = found.best_
cells.obs["cluster"] = pd.Categorical(model.predict(pcs).astype(str))
cells.obsm["gaussmix"] = model.predict_proba(pcs)
print(pd.crosstab(cells.obs["type"], cells.obs["cluster"]))

# %%
# The first three principal components.

figure = plt.figure(figsize=(8, 7), layout="constrained")
names = [f"PC{i + 1}" for i in range(8)]
plot.clusters(model, pcs, figure, features=[0, 1, 2], feature_names=names)
