"""The exceptions and warnings of gaussmix that are not Python's own.

`NotFittedError`, `ConvergenceWarning` and `DataConversionWarning` are scikit-learn's classes where
scikit-learn is loaded, so that code written for it catches them, and equivalents with the same
bases where it is not.
Which of the two is decided whenever a name is looked up in this module, by gaussmix when it
raises and by you when you catch: `except gaussmix.exceptions.NotFittedError` is right in both
cases. A class taken out with `from gaussmix.exceptions import ...` before scikit-learn was loaded
stays the other one; there, catch ValueError, AttributeError or UserWarning instead.
"""

import sys
from typing import TYPE_CHECKING


class _NotFittedError(ValueError, AttributeError):
    """The estimator has no parameters: it was neither fitted nor given any."""


class _ConvergenceWarning(UserWarning):
    """The best start did not converge within max_iter iterations."""


class _DataConversionWarning(UserWarning):
    """Labels were a column of a table, and were taken as one dimension."""


if TYPE_CHECKING:
    NotFittedError = _NotFittedError
    ConvergenceWarning = _ConvergenceWarning
    DataConversionWarning = _DataConversionWarning
else:
    _OWN = {
        "NotFittedError": _NotFittedError,
        "ConvergenceWarning": _ConvergenceWarning,
        "DataConversionWarning": _DataConversionWarning,
    }

    def __getattr__(name):
        if name not in _OWN:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(sys.modules.get("sklearn.exceptions"), name, _OWN[name])
