"""
A classifier of mixtures
========================

``MixtureDiscriminant`` has a mixture for each class. With one component a class and full
covariances it is quadratic discriminant analysis; with one covariance for all it is linear; with
more components a class may have any shape.
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import MixtureDiscriminant
from sklearn.datasets import load_wine
from sklearn.model_selection import cross_val_score

rng = np.random.default_rng(0)
angle = rng.uniform(0, np.pi, 300)
moons = np.vstack([
    np.column_stack([np.cos(angle), np.sin(angle)]),
    np.column_stack([1 - np.cos(angle), 0.4 - np.sin(angle)]),
]) + rng.normal(0, 0.15, (600, 2))  # fmt: skip
classes = np.repeat(["upper", "lower"], 300)

# %%
# One component a class cannot bend; with several, each class gets as many as BIC asks for.

quadratic = MixtureDiscriminant(n_components=1, random_state=0).fit(moons, classes)
mixed = MixtureDiscriminant(n_components="bic", random_state=0).fit(moons, classes)
x, y = np.linspace(-1.6, 2.6, 200), np.linspace(-1.2, 1.6, 200)
grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained", sharex=True, sharey=True)
for ax, model in ((axes[0], quadratic), (axes[1], mixed)):
    upper = model.predict_proba(grid)[:, 1].reshape(200, 200)
    ax.contourf(x, y, upper, levels=20, cmap="coolwarm", alpha=0.6)
    ax.contour(x, y, upper, levels=[0.5], colors="k")
    ax.scatter(*moons.T, c=classes == "upper", s=6, cmap="coolwarm")
    components = np.bincount(model.component_classes_).tolist()
    ax.set_title(f"{components} components, {model.score(moons, classes):.1%} right")

# %%
# It works in scikit-learn's searches and validations.

X, target = load_wine(return_X_y=True)
scores = cross_val_score(MixtureDiscriminant(random_state=0), X, target, cv=5)
print("wine, five folds:", scores.round(2))
