"""What a fitted mixture says of each row, as collections of dask that nothing computes yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dask.array
import numpy as np
from dask.base import tokenize
from dask.delayed import delayed

from gaussmix import _core
from gaussmix._core import Mixture
from gaussmix._feature_names import check_feature_names
from gaussmix._model import Model
from gaussmix.dask._chunks import as_rows, is_frame
from gaussmix.dask._tasks import checked_rows, mixture_bytes, mixture_of


def by_row(X: Any, model: Model, method: str, n_threads: int, class_name: str) -> Any:
    """Returns predict, predict_proba or score_samples of the rows of X, lazily.

    Of a dask array it is a dask array of the same chunks; of a data frame a series or a frame of
    the same partitions and index. Raises TypeError or ValueError for an X whose columns are not the
    model's.
    """
    mixture = model.mixture
    X = as_rows(X, class_name)
    check_columns(X, model, class_name)
    content = mixture_bytes(mixture)
    names = model.feature_names if is_frame(X) else None
    arguments = {
        "method": method,
        "n_threads": n_threads,
        "n_features": mixture.n_features,
        "names": None if names is None else tuple(names),
    }
    shared = delayed(content, name=f"gaussmix-mixture-{tokenize(content)}")
    of = _of_frame if is_frame(X) else _of_array
    return of(X, mixture, shared, arguments)


def check_columns(X: Any, model: Model, class_name: str) -> None:
    """Raises ValueError where the columns of X are not the model's; warns of names one lacks."""
    found, expected = len(X.columns) if is_frame(X) else X.shape[1], model.mixture.n_features
    check_feature_names(X._meta, model.feature_names, class_name)
    if found != expected:
        raise ValueError(
            f"X has {found} features, but {class_name} is expecting {expected} features as input."
        )


def result_type(mixture: Mixture, method: str) -> tuple[Any, list[int] | None]:
    """Returns the dtype of what a method returns, and the labels of its columns if it is a table.

    The label of noise is -1.
    """
    if method == "predict":
        return np.dtype(np.intp), None
    if method == "score_samples":
        return mixture.dtype, None
    components = list(range(mixture.n_components))
    return mixture.dtype, components + ([-1] if mixture.noise else [])


def predict_block(
    block: Any,
    mixture: bytes,
    *,
    block_id: tuple[int, ...] | None = None,
    method: str,
    n_threads: int,
    n_features: int,
    names: tuple[str, ...] | None,
) -> Any:
    """Returns what the method gives of the rows of a chunk."""
    scored = mixture_of(mixture)
    number = block_id[0] if block_id else 0
    rows = checked_rows(block, None, number, n_features, names, str(scored.dtype)).rows
    if len(rows) == 0:
        dtype, columns = result_type(scored, method)
        return np.empty((0,) if columns is None else (0, len(columns)), dtype)
    predictor = _core.Predictor(scored)
    methods: dict[str, Callable[..., Any]] = {
        "predict": predictor.predict,
        "predict_proba": predictor.responsibilities,
        "score_samples": predictor.score_samples,
    }
    return methods[method](rows, n_threads)


def predict_partition(
    partition: Any,
    mixture: bytes,
    *,
    partition_info: dict[str, Any] | None = None,
    **arguments: Any,
) -> Any:
    """`predict_block` of a partition of a frame, as a series or a frame with its index."""
    number = partition_info["number"] if partition_info else 0
    values = predict_block(partition, mixture, block_id=(number,), **arguments)
    return _with_index(partition, values, mixture_of(mixture), arguments["method"])


def _with_index(frame: Any, values: Any, mixture: Mixture, method: str) -> Any:
    columns = result_type(mixture, method)[1]
    if columns is None:
        return frame._constructor_sliced(values, index=frame.index)
    return frame._constructor(values, index=frame.index, columns=columns)


def _of_array(X: Any, mixture: Mixture, shared: Any, arguments: dict[str, Any]) -> Any:
    dtype, columns = result_type(mixture, arguments["method"])
    shape: dict[str, Any] = {"drop_axis": 1}
    if columns is not None:
        shape = {"chunks": (X.chunks[0], (len(columns),))}
    return dask.array.map_blocks(
        predict_block,
        X,
        shared,
        **arguments,
        **shape,
        name=f"gaussmix-{arguments['method']}-{tokenize(X.name, shared.key, arguments)}",
        dtype=dtype,
        meta=np.empty((0,) * (1 if columns is None else 2), dtype),
    )


def _of_frame(X: Any, mixture: Mixture, shared: Any, arguments: dict[str, Any]) -> Any:
    dtype, columns = result_type(mixture, arguments["method"])
    values = np.empty((0,) if columns is None else (0, len(columns)), dtype)
    meta = _with_index(X._meta.iloc[:0], values, mixture, arguments["method"])
    return X.map_partitions(predict_partition, shared, **arguments, meta=meta)
