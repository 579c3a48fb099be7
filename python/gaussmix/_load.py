"""Reading a model that was saved."""

from gaussmix import _model_file
from gaussmix._fit_history import FitSummary
from gaussmix._model_file import Source
from gaussmix.mixture import GaussianMixture


def load(source: Source) -> GaussianMixture:
    """Returns the fitted model that `GaussianMixture.save` wrote.

    Parameters
    ----------
    source : path or bytes
        A file, or the content of one.

    The model has the same bits as the one that was saved, and so have its results on the same
    build of the core and the same instruction set. It also has the attributes of the fit, and the
    constructor's parameters but for those that a file cannot hold.

    Raises OSError if the file cannot be read, and ValueError if it is no sound model file. Nothing
    in a file is executed, and memory is used in proportion to its length.
    """
    return load_with_summary(source)[0]


def load_with_summary(source: Source) -> tuple[GaussianMixture, FitSummary | None]:
    """Returns the model as `load` does, and the summary that was saved with it."""
    content = _model_file.read(source)
    estimator = GaussianMixture(**content.params)
    estimator._model = content.model
    return estimator, content.summary
