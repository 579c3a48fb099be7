"""Components merged into clusters.

Baudry, Raftery, Celeux, Lo, Gottardo (2010), "Combining mixture components for clustering", Journal
of Computational and Graphical Statistics 19(2): step by step, those two clusters become one whose
union lowers the entropy of the assignment of rows the most.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix._types import Floats
from gaussmix.density.arguments import as_count
from gaussmix.density.arrays import Doubles, blocks


class Assignment(Protocol):
    """What tells the probabilities of components: a fitted mixture."""

    def predict_proba(self, X: ArrayLike) -> Floats: ...


@dataclass(frozen=True, eq=False)
class MergedComponents:
    """Clusters of one or more components of a mixture, which stays what it is.

    `GaussianMixture.merge` makes one. It keeps the parameters of that moment: a later fit of the
    mixture does not change it.

    Examples
    --------
    >>> from gaussmix import GaussianMixture
    >>> model = GaussianMixture.from_parameters(
    ...     [0.3, 0.3, 0.4], [[0.0], [1.0], [9.0]], [1.0, 1.0, 1.0], "spherical", random_state=0
    ... )
    >>> merged = model.merge(2, n_samples=1000)
    >>> merged.labels.tolist(), merged.n_clusters
    ([0, 0, 1], 2)
    """

    labels: NDArray[np.intp]
    """The cluster of each component: (n_components,), numbered from 0 by their first components."""
    merges: NDArray[np.intp]
    """The numbers of the two clusters that become one in each step, the smaller first, as they are
    before it: (n_components - 1, 2). The union has the smaller number, and those beyond the larger
    move down by one."""
    entropies: Doubles
    """The entropy of the assignment with n clusters at [n - 1], in nats, summed over the rows: 0
    for one cluster, and at [n_components - 1] that of the components. A number of clusters where
    fewer would hardly lower it any more is what the paper looks for."""
    _mixture: Assignment = field(repr=False)

    @property
    def n_clusters(self) -> int:
        """The number of clusters."""
        return int(self.labels.max()) + 1

    def with_clusters(self, n_clusters: int) -> MergedComponents:
        """Returns the clusters of the same steps when there are `n_clusters` of them.

        Parameters
        ----------
        n_clusters : int from 1 to the number of components
            How many clusters there are to be.

        Returns
        -------
        MergedComponents
            A new one.

        Raises
        ------
        ValueError
            For another number.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.3, 0.3, 0.4], [[0.0], [1.0], [9.0]], [1.0, 1.0, 1.0], "spherical", random_state=0
        ... )
        >>> model.merge(1, n_samples=1000).with_clusters(3).labels.tolist()
        [0, 1, 2]
        """
        n_steps = len(self.labels) - as_count(n_clusters, "n_clusters", 1, len(self.labels))
        return replace(self, labels=labels_after(self.merges[:n_steps], len(self.labels)))

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Returns each cluster's probability for each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `GaussianMixture.predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters)
            The sums of its components' probabilities.

        Raises
        ------
        ValueError, TypeError
            As `GaussianMixture.predict` does.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.3, 0.3, 0.4], [[0.0], [1.0], [9.0]], [1.0, 1.0, 1.0], "spherical", random_state=0
        ... )
        >>> model.merge(2, n_samples=1000).predict_proba([[0.5]]).round(3).tolist()
        [[1.0, 0.0]]
        """
        components = self._mixture.predict_proba(X)
        out = np.zeros((len(components), self.n_clusters), components.dtype)
        for j, cluster in enumerate(self.labels):
            out[:, cluster] += components[:, j]
        return out

    def predict(self, X: ArrayLike) -> NDArray[np.intp]:
        """Returns the most probable cluster of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `GaussianMixture.predict`.

        Returns
        -------
        ndarray of shape (n_samples,), int
            From 0.

        Raises
        ------
        ValueError, TypeError
            As `GaussianMixture.predict` does.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.3, 0.3, 0.4], [[0.0], [1.0], [9.0]], [1.0, 1.0, 1.0], "spherical", random_state=0
        ... )
        >>> model.merge(2, n_samples=1000).predict([[0.0], [8.0]]).tolist()
        [0, 1]
        """
        return np.asarray(self.predict_proba(X).argmax(axis=1))


def merge_path(
    probabilities: Floats, weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.intp], Doubles]:
    """Returns `merges` and `entropies` for responsibilities (n, n_components) of weighted rows."""
    columns = np.ascontiguousarray(probabilities.T, np.float64)
    k = len(columns)
    joint = _joint_entropies(columns, weights)
    merges, entropies = np.zeros((k - 1, 2), np.intp), np.zeros(k)
    clusters = np.arange(k)  # where each one's probabilities are
    for n in range(k, 1, -1):
        own = joint.diagonal()
        entropies[n - 1] = own.sum()
        gains = np.triu(own[:, np.newaxis] + own - joint, 1) + np.tril(np.full((n, n), -np.inf))
        i, j = np.unravel_index(gains.argmax(), gains.shape)
        merges[k - n] = i, j
        columns[clusters[i]] += columns[clusters[j]]
        clusters = np.delete(clusters, j)
        joint = np.delete(np.delete(joint, j, axis=0), j, axis=1)
        joint[i] = joint[:, i] = _entropies_with(columns, clusters[i], clusters, weights)
    return merges, entropies


def labels_after(merges: NDArray[np.intp], n_components: int) -> NDArray[np.intp]:
    """Returns the cluster of each component after some of the steps."""
    labels = np.arange(n_components)
    for kept, dropped in merges:
        labels[labels == dropped] = kept
        labels[labels > dropped] -= 1
    return labels


def _joint_entropies(columns: Doubles, weights: NDArray[np.float64] | None) -> Doubles:
    """The entropies of the unions of two clusters, symmetric, with those of each one alone."""
    k = len(columns)
    joint = np.empty((k, k))
    for i in range(k):
        later = np.arange(i, k)
        joint[i, i:] = joint[i:, i] = _entropies_with(columns, i, later, weights)
    return joint


def _entropies_with(
    columns: Doubles, one: int, others: NDArray[np.intp], weights: NDArray[np.float64] | None
) -> Doubles:
    """The weighted sums of -t log t over rows, for t the sum of `one` column and each other.

    Of the column itself, t is that alone.
    """
    sums = np.zeros(len(others))
    scale = np.where(others == one, 0.0, 1.0)[:, np.newaxis]
    for block in blocks(columns.shape[1], len(others)):
        t = columns[others, block] * scale + columns[one, block]
        terms = t * np.log(np.maximum(t, np.finfo(np.float64).tiny))
        sums -= terms.sum(axis=1) if weights is None else terms @ weights[block]
    return sums
