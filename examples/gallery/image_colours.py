"""
The colours of a picture
========================

A mixture of the pixels' colours: each component is a colour with a spread, and each pixel belongs
to one. The picture is ``china.jpg`` of scikit-learn (by danielbuechele, CC BY 2.0).
"""

import matplotlib.pyplot as plt
import numpy as np
from gaussmix import GaussianMixture
from sklearn.datasets import load_sample_image

picture = load_sample_image("china.jpg")[::3, ::3] / 255.0
pixels = picture.reshape(-1, 3)
model = GaussianMixture(8, n_init="auto", random_state=0).fit(pixels)
model = model.order_by("weight", descending=True)
print(f"{len(pixels)} pixels, {model.n_iter_} iterations")

# %%
# Every pixel in the mean colour of its component.

figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
axes[0].imshow(picture)
axes[0].set_title("as it is")
axes[1].imshow(np.clip(model.means_, 0, 1)[model.predict(pixels)].reshape(picture.shape))
axes[1].set_title("in 8 colours")
for ax in axes:
    ax.set_axis_off()

# %%
# The palette: a bar is a component, as wide as its weight, with 300 colours that are drawn from
# it.

figure, ax = plt.subplots(figsize=(9, 1.8), layout="constrained")
rng = np.random.default_rng(0)
edge = 0.0
for weight, mean, covariance in zip(model.weights_, model.means_, model.covariances_, strict=True):
    colours = np.clip(rng.multivariate_normal(mean, covariance, 300), 0, 1)
    order = colours.sum(axis=1).argsort()
    ax.imshow(colours[order].reshape(300, 1, 3), extent=(edge, edge + weight, 0, 1), aspect="auto")
    edge += weight
ax.set(xlim=(0, 1), yticks=[], xlabel="share of the picture")
