"""
Clusters of embeddings, for retrieval
=====================================

Embeddings of texts or pictures have hundreds of dimensions. A common recipe is to project them
onto their principal axes, to fit mixtures over a range of k, and to choose k by BIC. A search then
looks at the rows of the likeliest components alone. The data here are made up: 40 topics on a
sphere in 256 dimensions.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture, select

rng = np.random.default_rng(0)
n, dimension, n_topics = 8000, 256, 40
topics = rng.normal(size=(n_topics, dimension))
topic = rng.choice(n_topics, n, p=rng.dirichlet(np.full(n_topics, 5.0)))
X = (topics[topic] + 1.9 * rng.normal(size=(n, dimension))).astype(np.float32)
X /= np.linalg.norm(X, axis=1, keepdims=True)

# %%
# The principal axes, and the rows on the first 24 of them, in float32: gaussmix keeps that type.

centred = X - X.mean(axis=0)
axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :24]
Z = centred @ axes
print(Z.shape, Z.dtype)

# %%
# The sweep: diagonal covariances, since axes are uncorrelated, and tied ones. All fits with as
# many components begin from the same clusterings.

found = select(Z, range(10, 71, 10), covariance_types=["diag", "tied"], random_state=0)
print(found)
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
found.plot(ax)

# %%
# Around the best number, one by one.

best = found.best_record["n_components"]
kind = found.best_record["covariance_type"]
fine = select(Z, range(best - 8, best + 9, 2), covariance_types=kind, random_state=0)
model = fine.best_
print(f"{model.n_components} components, {kind}; there were {n_topics} topics")

# %%
# A search among the rows of a few components in place of all. The recall is the share of the 10
# nearest rows, by the cosine in all 256 dimensions, that are found.

queries = rng.choice(n, 200, replace=False)
cosine = X[queries] @ X.T
nearest = np.argsort(-cosine, axis=1)[:, 1:11]
labels = model.predict(Z)
ranked = np.argsort(-model.predict_proba(Z[queries]), axis=1)
recall, read = [], []
for n_probed in range(1, 6):
    probed = ranked[:, :n_probed]
    recall.append(np.mean([np.isin(labels[nearest[i]], probed[i]).mean() for i in range(200)]))
    read.append(np.mean([np.isin(labels, probed[i]).mean() for i in range(200)]))
    print(f"{n_probed} components: {read[-1]:.1%} of the rows read, recall {recall[-1]:.1%}")

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(np.array(read) * 100, np.array(recall) * 100, "o-")
ax.set(xlabel="rows that are read, %", ylabel="recall of the 10 nearest, %")

# %%
# A fit of one k by itself is the same class.

again = GaussianMixture(
    model.n_components, covariance_type=kind, n_init="auto", random_state=0
).fit(Z)
print(bool(np.isclose(again.bic(Z), model.bic(Z), rtol=1e-3)))
