"""Mixtures that come from other programs, and go to them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import DTypeLike

from gaussmix import _mclust, _sklearn_mixture
from gaussmix._feature_names import as_feature_names
from gaussmix._model import Model
from gaussmix._streams import Streams
from gaussmix.noise import NoiseBox

if TYPE_CHECKING:
    import onnx


class Conversions(Streams):
    """From scikit-learn and mclust, to scikit-learn and ONNX."""

    @classmethod
    def from_sklearn(cls, fitted: Any) -> Self:
        """Makes a fitted estimator with the numbers of one of scikit-learn.

        Parameters
        ----------
        fitted : sklearn.mixture.GaussianMixture
            A fitted one. It is not changed, and shares no memory with the result.

        Returns
        -------
        GaussianMixture
            With the same parameters of the constructor, parameter arrays, feature names, and
            attributes of the fit; only what rounding leaves of asymmetry in covariances is taken
            out. Rows are scored by `precisions_cholesky_`, as there.

        Raises
        ------
        TypeError
            For anything else; a BayesianGaussianMixture is another model.
        NotFittedError
            If it is not fitted.
        ValueError
            If its arrays, set by hand, make no mixture.

        Examples
        --------
        >>> import sklearn.mixture
        >>> from gaussmix import GaussianMixture
        >>> X = [[1.0], [2.0], [8.0], [9.0]]
        >>> theirs = sklearn.mixture.GaussianMixture(2, random_state=0).fit(X)
        >>> ours = GaussianMixture.from_sklearn(theirs)
        >>> bool((ours.predict(X) == theirs.predict(X)).all())
        True
        """
        params, model = _sklearn_mixture.content_of(fitted)
        estimator = cls(**params)
        estimator._model = model
        return estimator

    def to_sklearn(self) -> Any:
        """Returns a fitted mixture of scikit-learn with the same numbers; needs scikit-learn.

        Returns
        -------
        sklearn.mixture.GaussianMixture
            A new one. Its `predict`, `predict_proba` and `score_samples` agree with these to
            rounding. A family of covariances becomes the type whose arrays it has: 'VEV' 'full',
            'EII' 'spherical'. Its `bic` and `aic` then count that type's parameters. Parameters
            that scikit-learn has not are left out, and so are values that it does not take:
            functions as `init_params`, and a Generator as `random_state`; `n_init` 'auto' is 1.

        Raises
        ------
        NotFittedError
            If this one is not fitted.
        ValueError
            If it has a noise component, which scikit-learn's class has not.
        ImportError
            Without scikit-learn.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters([1.0], [[2.0]], [4.0], "spherical")
        >>> model.to_sklearn().score_samples([[2.0]]).round(4).tolist()
        [-1.6121]
        """
        return _sklearn_mixture.to_sklearn(self.get_params(), self._get_model())

    @classmethod
    def from_mclust(
        cls,
        parameters: Mapping[str, Any] | str | os.PathLike[str],
        *,
        feature_names: Sequence[str] | None = None,
        noise_box: NoiseBox | None = None,
        **params: Any,
    ) -> Self:
        """Makes a fitted estimator from the parameters of a model that mclust of R fitted.

        Parameters
        ----------
        parameters : mapping or path
            The list `fit$parameters` of what mclust's `Mclust` returned: `pro`, `mean` (d x G, or G
            numbers for one feature) and `variance` with `modelName` and `sigma` (d x d x G), or
            `Sigma` (d x d) or `sigmasq` in its place; with noise, `Vinv` and a `pro` more. Values
            are array-like. A path is that of a JSON file, as R writes it by
            ``jsonlite::write_json(fit$parameters, path, digits = NA)``.
        feature_names : sequence of d str, default=None
            The columns' names, for `feature_names_in_`.
        noise_box : gaussmix.noise.NoiseBox or None, default=None
            The box of the noise, of the volume 1 / `Vinv`. mclust keeps the volume alone; None is a
            box of that volume about the components. It changes no density: random rows of the noise
            are drawn in it.
        **params
            Further parameters of the constructor.

        Returns
        -------
        GaussianMixture
            Its `covariance_type` is `modelName`, for one component of XII 'EII', of XXI 'EEI', of
            XXX 'EEE', and of X 'E'. Log-densities are those of mclust's `dens`.

        Raises
        ------
        ValueError
            If the parameters are not as above, or make no mixture.
        TypeError
            If they are neither a mapping nor a path.
        OSError
            If the file cannot be read.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> variance = {"modelName": "V", "sigmasq": [1.0, 4.0]}
        >>> parameters = {"pro": [0.25, 0.75], "mean": [0.0, 5.0], "variance": variance}
        >>> model = GaussianMixture.from_mclust(parameters)
        >>> model.covariance_type, model.means_.tolist()
        ('V', [[0.0], [5.0]])
        """
        family, mixture = _mclust.mixture_of(parameters, noise_box)
        names = as_feature_names(feature_names, mixture.n_features)
        if mixture.noise is not None:
            params.setdefault("noise", True)
        estimator = cls(mixture.n_components, covariance_type=family, **params)
        estimator._model = Model.unfitted(mixture, names)
        return estimator

    def to_onnx(self, *, dtype: DTypeLike = np.float64) -> onnx.ModelProto:
        """Returns the fitted model as an ONNX model; needs onnx: pip install 'gaussmix[onnx]'.

        Parameters
        ----------
        dtype : float64 or float32, default=float64
            What the graph computes in, whatever the model's own dtype.

        Returns
        -------
        onnx.ModelProto
            The input is X (n_rows, n_features) of the dtype; the outputs are label (n_rows,) of
            int64, responsibilities (n_rows, n_components), with a column more for a noise
            component, and log_density (n_rows,): what `predict`, `predict_proba` and
            `score_samples` return. The graph needs opset 18, and memory for n_rows x n_components x
            n_features numbers, so feed it batches of rows.

        Raises
        ------
        ImportError
            Without onnx.
        ValueError
            For another dtype, or if a parameter does not fit into float32.

        Notes
        -----
        In float64 the results are those of a float64 model up to rounding. In float32, with u =
        2**-24 and z = x - mu, the log-density of a row is off by at most the largest of ``|U^T z| r
        + r^2 / 2`` over the components, where, absolute values entry by entry, ``r = 2u | |U^T|
        (|x| + |mu| + (n_features + 2) |z|) |``, and by ``(n_components + 8) u (1 + |log-density|)``
        besides. So it loses what rounding x and mu to float32 loses, and no more: the square is not
        expanded.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical")
        >>> [output.name for output in model.to_onnx().graph.output]
        ['label', 'responsibilities', 'log_density']
        """
        from gaussmix.onnx_export import export

        return export(self._get_model().mixture, dtype)
