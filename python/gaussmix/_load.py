"""Reading a model that was saved."""

from __future__ import annotations

from gaussmix import _discriminant_file, _model_file
from gaussmix._fit_history import FitSummary
from gaussmix._model_file import Source
from gaussmix.discriminant import MixtureDiscriminant
from gaussmix.mixture import GaussianMixture


def load(source: Source) -> GaussianMixture | MixtureDiscriminant:
    """Returns the fitted model that `save` of a mixture or of a classifier wrote.

    Parameters
    ----------
    source : path or bytes
        A file, or the content of one.

    Returns
    -------
    GaussianMixture or MixtureDiscriminant
        It has the same bits as the one that was saved, and so have its results on the same build of
        the core and the same instruction set. It also has the attributes of the fit, and the
        constructor's parameters but for those that a file cannot hold.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no sound model file. Nothing in a file is executed, and memory is used in
        proportion to its length.

    Examples
    --------
    >>> import os, tempfile
    >>> import gaussmix
    >>> model = gaussmix.GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.safetensors")
    ...     model.save(path)
    ...     gaussmix.load(path).covariance_type
    'spherical'
    """
    return load_with_summary(source)[0]


def load_with_summary(
    source: Source,
) -> tuple[GaussianMixture | MixtureDiscriminant, FitSummary | None]:
    """Returns the model as `load` does, and the summary that was saved with it."""
    with _model_file.saved_in(source) as saved:
        if saved.component_classes:
            found = _discriminant_file.content_of(saved)
            classifier = MixtureDiscriminant(**found.params)
            classifier._model = found.model
            return classifier, None
        content = _model_file.content_of(saved)
    estimator = GaussianMixture(**content.params)
    estimator._model = content.model
    return estimator, content.summary
