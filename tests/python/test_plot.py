"""The pictures: what they hold are the model's numbers, and nothing in them overlaps."""

import itertools
import math
import re
import sys
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pytest
from command import PENGUINS, Run
from data import COVARIANCE_TYPES, Floats, load
from gaussmix import GaussianMixture, KMeans, Selection, plot, select
from gaussmix._types import FAMILIES
from gaussmix.exceptions import ConvergenceWarning, NotFittedError
from gaussmix.plot import view
from gaussmix.plot.style import COLOURS, style_of
from numpy.typing import NDArray
from scipy import stats

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import colors, pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

NAMES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
MEASURES = load("penguins")
BILLS = MEASURES[:, :2]


TURNS = np.linspace(0, 2 * math.pi, 50)
CIRCLE = np.stack([np.cos(TURNS), np.sin(TURNS)], axis=1)


@cache
def penguins(n_features: int = 2, **params: Any) -> GaussianMixture:
    """A mixture of penguins, of their first features."""
    return fitted(MEASURES[:, :n_features], **params)


def fitted(X: Floats, n_components: int = 3, **params: Any) -> GaussianMixture:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianMixture(n_components, random_state=0, **params).fit(X)


def new_axes(width: float = 6.4, height: float = 4.4) -> Axes:
    return Figure((width, height), layout="constrained").subplots()


def log_joint(model: GaussianMixture, points: Floats) -> NDArray[np.float64]:
    """The logarithm of weight times density of each component, (m, n_components), by the core."""
    with np.errstate(divide="ignore"):
        return model.score_samples(points)[:, np.newaxis] + np.log(model.predict_proba(points))


def points_of(ax: Axes) -> list[NDArray[np.float64]]:
    """The points of each scatter plot."""
    return [np.asarray(c.get_offsets()) for c in ax.collections if hasattr(c, "get_sizes")]


@cache
def selection() -> Selection:
    return select(BILLS, range(1, 4), random_state=0)


class WithNoise(GaussianMixture):
    """A mixture that calls each fourth row noise."""

    def predict(self, X: Any) -> NDArray[np.intp]:
        labels = super().predict(X)
        labels[::4] = -1
        return labels


# Clusters


@pytest.mark.parametrize(
    ("covariance_type", "dtype"),
    [
        *((name, np.float64) for name in FAMILIES),
        *((name, np.float32) for name in COVARIANCE_TYPES),
    ],
)
def test_ellipses_are_lines_of_equal_density(covariance_type: str, dtype: type) -> None:
    """The log-density falls from the mean by half a quantile of chi-squared, as the core has it."""
    model = fitted(BILLS.astype(dtype), covariance_type=covariance_type)
    ax = plot.clusters(model, None, new_axes(), coverage=0.8)
    assert len(ax.patches) == 3
    for j, ellipse in enumerate(ax.patches):
        line = ellipse.get_patch_transform().transform(CIRCLE)
        falls = log_joint(model, model.means_)[j, j] - log_joint(model, line)[:, j]
        expected = stats.chi2.ppf(0.8, 2) / 2
        np.testing.assert_allclose(falls, expected, rtol=1e-9 if dtype == np.float64 else 1e-3)


@pytest.mark.parametrize("shape", ["full", "diag"])
def test_ellipse_has_the_axes_of_the_covariance(shape: Any) -> None:
    covariance = np.array([[9.0, 0.0], [0.0, 4.0]])
    angle = 0.5 if shape == "full" else 0.0
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    full = turn @ covariance @ turn.T
    covariances = full[np.newaxis] if shape == "full" else np.diagonal(full)[np.newaxis]
    model = GaussianMixture.from_parameters([1], [[1, 2]], covariances, shape)
    (ellipse,) = plot.clusters(model, ax=new_axes()).patches
    radius = math.sqrt(stats.chi2.ppf(0.95, 2))
    assert tuple(ellipse.center) == (1, 2)
    assert ellipse.width == pytest.approx(2 * radius * 3)
    assert ellipse.height == pytest.approx(2 * radius * 2)
    assert ellipse.angle % 180 == pytest.approx(math.degrees(angle))


def test_rows_are_in_the_colours_of_their_labels() -> None:
    model = penguins()
    ax = plot.clusters(model, BILLS, new_axes())
    labels = model.predict(BILLS)
    for label, (points, drawn) in enumerate(zip(points_of(ax), ax.collections, strict=True)):
        np.testing.assert_array_equal(points, BILLS[labels == label])
        assert colors.to_hex(drawn.get_facecolor()[0]) == COLOURS[label].lower()
    means = [line.get_xydata()[0] for line in ax.lines]
    np.testing.assert_array_equal(means, model.means_)


def test_noise_is_small_and_grey_without_an_ellipse() -> None:
    model = WithNoise(3, random_state=0).fit(BILLS)
    ax = plot.clusters(model, BILLS, new_axes())
    noise, *clusters = ax.collections
    np.testing.assert_array_equal(noise.get_offsets(), BILLS[::4])
    red, green, blue, _ = noise.get_facecolor()[0]
    assert red == green == blue
    assert len(clusters) == len(ax.patches) == 3
    assert ax.get_legend().get_texts()[-1].get_text() == "noise"
    drawn = plot.density(model, BILLS, new_axes(), feature=0)
    assert len(drawn.patches) == 4


def test_kmeans_has_rows_and_centres() -> None:
    model = KMeans(3, random_state=0).fit(BILLS)
    ax = plot.clusters(model, BILLS, new_axes())
    assert sum(map(len, points_of(ax))) == len(BILLS)
    assert not ax.patches
    np.testing.assert_array_equal(
        [line.get_xydata()[0] for line in ax.lines], model.cluster_centers_
    )
    assert ax.get_legend().get_title().get_text() == "cluster"
    one = plot.clusters(model, BILLS, new_axes(), features=[0])
    assert (len(one.patches), len(one.lines)) == (3, 0)


def test_some_of_many_rows_are_drawn_always_the_same() -> None:
    X = np.random.default_rng(0).normal(size=(30_000, 2))
    model = fitted(X, 2)
    first, second = (
        np.concatenate(points_of(plot.clusters(model, X, new_axes(), max_points=5000)))
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    rows = set(map(tuple, X.tolist()))
    assert len(set(map(tuple, first.tolist())) & rows) == len(first) == 5000
    default = plot.clusters(model, X, new_axes())
    assert sum(map(len, points_of(default))) == 10_000
    assert all(points.get_rasterized() for points in default.collections)


def test_seventy_components_look_different() -> None:
    looks = [tuple(style_of(j).values()) for j in range(70)]
    assert len(set(looks)) == 70
    assert {style_of(j)["color"] for j in range(7)} == set(COLOURS)
    model = GaussianMixture.from_parameters(
        np.full(40, 1 / 40), np.random.default_rng(0).normal(size=(40, 2)), np.full(40, 0.01),
        "spherical",
    )  # fmt: skip
    ax = plot.clusters(model, ax=new_axes())
    assert len(ax.patches) == 40
    assert ax.get_legend().get_texts()[-1].get_text() == "10 more"


# Machado, Oliveira, Fernandes (2009), "A physiologically-based model for simulation of color vision
# deficiency", IEEE TVCG 15(6): the matrices of severity 1, for linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def lab_of(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE L*a*b* (D65) of linear sRGB."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = np.cbrt(np.clip(linear, 0, 1) @ to_xyz.T / to_xyz.sum(axis=1)).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_colours_can_be_told_apart(deficiency: str) -> None:
    """A difference of 2.3 in CIELAB is just noticed; four times that is seen at a glance."""
    rgb = np.array([colors.to_rgb(colour) for colour in COLOURS])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = lab_of(linear @ DEFICIENCIES[deficiency].T)
    pairs = itertools.combinations(range(len(COLOURS)), 2)
    assert min(np.linalg.norm(seen[a] - seen[b]) for a, b in pairs) > 4 * 2.3


def test_first_colours_differ_in_lightness() -> None:
    """So they differ in a print in grey, too."""
    rgb = np.array([colors.to_rgb(colour) for colour in COLOURS[:3]])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lightness = np.sort(lab_of(linear)[:, 0])
    assert np.diff(lightness).min() > 10


# One feature


def test_curves_are_the_density() -> None:
    X = load("line")
    model = fitted(X)
    ax = plot.density(model, X, new_axes())
    *parts, total = [line for line in ax.lines if len(line.get_xdata()) > 1]
    x = total.get_xdata()[:, np.newaxis]
    np.testing.assert_allclose(total.get_ydata(), np.exp(model.score_samples(x)), rtol=1e-9)
    joint = np.exp(log_joint(model, x))
    for j, part in enumerate(parts):
        np.testing.assert_array_equal(part.get_xdata(), total.get_xdata())
        np.testing.assert_allclose(part.get_ydata(), joint[:, j], rtol=1e-9, atol=1e-12)
    marks = [line.get_xydata()[0] for line in ax.lines if len(line.get_xdata()) == 1]
    np.testing.assert_array_equal([x for x, _ in marks], model.means_[:, 0])
    np.testing.assert_allclose(
        [y for _, y in marks], np.exp(np.diagonal(log_joint(model, model.means_))), rtol=1e-9
    )


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_curves_of_one_feature_of_several_are_the_marginal_density(covariance_type: Any) -> None:
    model = penguins(4, covariance_type=covariance_type)
    total = plot.density(model, ax=new_axes(), feature=2).lines[-1]
    samples = model.sample(200_000)[0][:, 2]
    x, y = total.get_xydata().T
    cumulative = np.concatenate([[0], np.cumsum((y[1:] + y[:-1]) / 2 * np.diff(x))])
    empirical = np.searchsorted(np.sort(samples), x) / len(samples)
    assert np.abs(cumulative - empirical).max() < 0.01  # the bound of Kolmogorov is 0.003


def test_bars_have_the_areas_of_the_labels() -> None:
    X = load("line")
    model = fitted(X)
    ax = plot.density(model, X, new_axes())
    labels = model.predict(X)
    below: Any = 0.0
    for label, bars in enumerate(ax.patches):
        top, edges, floor = bars.get_data()
        np.testing.assert_array_equal(floor, below)
        area = ((top - floor) * np.diff(edges)).sum()
        assert area == pytest.approx((labels == label).mean())
        below = top
    assert len(ax.patches) == 3
    np.testing.assert_allclose(below, np.histogram(X, edges, density=True)[0])


def test_narrow_component_is_not_missed() -> None:
    model = GaussianMixture.from_parameters([0.5, 0.5], [[0], [500]], [1e-6, 1e4], "spherical")
    ax = plot.density(model, ax=new_axes())
    peak = math.exp(model.score_samples([[0]])[0])
    assert max(ax.lines[-1].get_ydata()) == pytest.approx(peak, rel=1e-3)


# Contours


def contour_of(ax: Axes) -> Any:
    (found,) = (drawn for drawn in ax.collections if hasattr(drawn, "levels"))
    return found


def test_contours_are_lines_of_equal_density() -> None:
    model = penguins()
    found = contour_of(plot.contours(model, BILLS, new_axes()))
    assert len(found.levels) == 4
    for level, path in zip(found.levels, found.get_paths(), strict=True):
        np.testing.assert_allclose(model.score_samples(path.vertices), level, atol=0.01)


def test_contours_have_the_shares_within() -> None:
    model = penguins()
    shares = [0.25, 0.5, 0.75, 0.95]
    levels = contour_of(plot.contours(model, ax=new_axes(), coverage=shares)).levels[::-1]
    density = model.score_samples(model.sample(100_000)[0])
    within = [(density > level).mean() for level in levels]
    np.testing.assert_allclose(within, shares, atol=0.01)


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_contours_of_one_gaussian_are_its_ellipses(scale: float) -> None:
    """Within an ellipse of the share p the density is above (1 - p) times the highest."""
    covariance = scale**2 * np.array([[2.0, 0.9], [0.9, 1.0]])
    model = GaussianMixture.from_parameters([1], [[0, 3 * scale]], covariance[np.newaxis])
    levels = contour_of(plot.contours(model, ax=new_axes(), coverage=(0.5, 0.9))).levels
    highest = -math.log(2 * math.pi) - np.linalg.slogdet(covariance)[1] / 2
    np.testing.assert_allclose(levels, np.log([0.1, 0.5]) + highest, atol=0.02)


def test_contours_of_two_features_of_several_are_those_of_the_marginal_density() -> None:
    model = penguins(4)
    pair = [3, 0]
    marginal = GaussianMixture.from_parameters(
        model.weights_, model.means_[:, pair], model.covariances_[:, pair][:, :, pair]
    )
    found, expected = (
        contour_of(plot.contours(m, ax=new_axes(), features=f))
        for m, f in ((model, pair), (marginal, None))
    )
    np.testing.assert_allclose(found.levels, expected.levels)


# Uncertainty


def test_markers_grow_with_uncertainty() -> None:
    model = penguins(n_components=4)
    ax = plot.uncertainty(model, BILLS, new_axes())
    doubts = 1 - model.predict_proba(BILLS).max(axis=1)
    labels = model.predict(BILLS)
    grown = []
    for label, drawn in enumerate(ax.collections):
        own = np.flatnonzero(labels == label)
        own = own[np.argsort(doubts[own], kind="stable")]
        np.testing.assert_array_equal(drawn.get_offsets(), BILLS[own])
        grown.append(np.stack([doubts[own], drawn.get_sizes(), drawn.get_alpha()]))
    doubt, area, opacity = np.concatenate(grown, axis=1)
    assert stats.linregress(doubt, area).rvalue == pytest.approx(1)
    assert stats.spearmanr(doubt, opacity).statistic == pytest.approx(1)
    assert area.max() > 3 * area.min()
    assert opacity.max() <= 1


def test_uncertainty_of_one_feature_is_the_height() -> None:
    X = load("line")
    model = fitted(X)
    points = np.concatenate(points_of(plot.uncertainty(model, X, new_axes())))
    expected = 1 - model.predict_proba(points[:, :1]).max(axis=1)
    np.testing.assert_array_equal(points[:, 1], expected)
    np.testing.assert_array_equal(np.sort(points[:, 0]), np.sort(X[:, 0]))


# The course of a fit


def test_course_is_that_of_the_report(tmp_path: Path) -> None:
    model = penguins(4, n_init=4, tol=1e-6, max_iter=500)
    model.save(tmp_path / "model.safetensors")
    for known in (model, gaussmix.load(tmp_path / "model.safetensors")):
        ax = plot.course(known, new_axes())
        best, ended, dropped = ax.lines
        np.testing.assert_array_equal(best.get_ydata(), model.lower_bounds_)
        np.testing.assert_array_equal(best.get_xdata(), np.arange(1, model.n_iter_ + 1))
        report = model.fit_report_
        for line, is_dropped in ((ended, False), (dropped, True)):
            expected = [
                (start.n_iter, start.lower_bound)
                for i, start in enumerate(report.starts)
                if i != report.best_start and start.dropped == is_dropped
            ]
            np.testing.assert_array_equal(line.get_xydata(), expected)
        low, high = ax.get_ylim()
        assert low < min(start.lower_bound for start in report.starts)
        assert model.lower_bound_ < high


def test_course_of_one_start_shows_all_of_it() -> None:
    model = penguins(4)
    ax = plot.course(model, new_axes())
    assert len(ax.lines) == 1
    low, high = ax.get_ylim()
    assert low < min(model.lower_bounds_) < max(model.lower_bounds_) < high


def test_course_marks_repairs() -> None:
    X = np.concatenate([np.zeros((30, 2)), BILLS[:100]])
    model = fitted(X, 6, reg_covar=0.0)
    repairs = [r for r in model.fit_report_.repairs if r.start == model.fit_report_.best_start]
    assert repairs
    rings = plot.course(model, new_axes()).lines[-1]
    assert rings.get_label() == "repair"
    iterations = sorted({min(max(r.iteration, 1), model.n_iter_) for r in repairs})
    assert rings.get_xdata().tolist() == iterations
    assert rings.get_ydata().tolist() == [model.lower_bounds_[i - 1] for i in iterations]


# What holds for all

PICTURES: dict[str, Callable[[Any], Any]] = {
    "clusters": lambda ax: plot.clusters(penguins(), BILLS, ax, feature_names=NAMES[:2]),
    "clusters, one": lambda ax: plot.clusters(
        penguins(4), MEASURES, ax, features=[3], feature_names=NAMES
    ),
    "clusters, many": lambda ax: plot.clusters(penguins(4), MEASURES, ax, feature_names=NAMES),
    "no rows": lambda ax: plot.clusters(penguins(4), None, ax, features=[1, 0]),
    "k-means": lambda ax: plot.clusters(KMeans(3, random_state=0).fit(BILLS), BILLS, ax),
    "ten components": lambda ax: plot.clusters(penguins(n_components=10), BILLS, ax),
    "density": lambda ax: plot.density(penguins(), BILLS, ax, feature=1),
    "contours": lambda ax: plot.contours(penguins(), BILLS, ax),
    "contours, many": lambda ax: plot.contours(
        penguins(4), MEASURES, ax, features=[0, 3, 1], feature_names=NAMES
    ),
    "uncertainty": lambda ax: plot.uncertainty(penguins(), BILLS, ax),
    "uncertainty, many": lambda ax: plot.uncertainty(
        penguins(4), MEASURES, ax, features=[2, 1, 0], feature_names=NAMES
    ),
    "criterion": lambda ax: plot.criterion(selection(), ax),
    "course": lambda ax: plot.course(penguins(4, n_init=3), ax),
}
PANELS = {"clusters, many": 4, "contours, many": 3, "uncertainty, many": 3}
COLUMN = 3.5  # inches


def texts_of(figure: Figure) -> list[tuple[str, Any]]:
    """All texts that are seen, and where they are; a legend is one of them."""
    renderer = figure.canvas.get_renderer()
    found = []
    for ax in figure.axes:
        texts = [ax.xaxis.label, ax.yaxis.label]
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            texts += [
                tick.label1
                for tick in axis.get_major_ticks()
                if low <= tick.get_loc() <= high and tick.label1.get_visible()
            ]
        seen = [text for text in texts if ax.axison and text.get_text()]
        found += [(text.get_text(), text.get_window_extent(renderer)) for text in seen]
        if ax.get_legend():
            found.append(("legend", ax.get_legend().get_window_extent(renderer)))
    return found


@pytest.mark.parametrize("size", ["default", "column of print"])
@pytest.mark.parametrize("name", PICTURES)
def test_nothing_overlaps(name: str, size: str) -> None:
    """Texts lie apart, within the figure, and beside the axes."""
    ax: Any = None
    if size != "default":
        ax = Figure((COLUMN, COLUMN if name in PANELS else 0.8 * COLUMN), layout="constrained")
    drawn = PICTURES[name](ax)
    figure = np.ravel(drawn)[0].figure
    FigureCanvasAgg(figure).draw()
    texts = texts_of(figure)
    pyplot.close("all")
    assert len(texts) > 5
    for text, box in texts:
        assert figure.bbox.x0 - 1 <= box.x0 < box.x1 <= figure.bbox.x1 + 1, text
        assert figure.bbox.y0 - 1 <= box.y0 < box.y1 <= figure.bbox.y1 + 1, text
    for (one, a), (other, b) in itertools.combinations(texts, 2):
        assert not a.shrunk(0.9, 0.9).overlaps(b.shrunk(0.9, 0.9)), (one, other)
    frames = [ax.get_window_extent() for ax in figure.axes if ax.axison]
    legends = [box for text, box in texts if text == "legend"]
    for legend, frame in itertools.product(legends, frames):
        assert not legend.shrunk(0.95, 0.95).overlaps(frame)


@pytest.mark.parametrize("name", PICTURES)
def test_axes_are_used_and_returned_and_nothing_else_changes(name: str) -> None:
    before = dict(matplotlib.rcParams)
    n = PANELS.get(name)
    figure = Figure((8, 8), layout="constrained")
    given = figure.subplots(n, n) if n else figure.subplots()
    assert PICTURES[name](given) is given
    assert not pyplot.get_fignums()
    assert dict(matplotlib.rcParams) == before


def test_figures_are_made_or_filled() -> None:
    before = dict(matplotlib.rcParams)
    for name in ("course", "contours, many"):
        part = Figure((8, 8), layout="constrained").subfigures()
        drawn = PICTURES[name](part)
        assert np.ravel(drawn)[0].figure is part
        assert not pyplot.get_fignums()
        own = PICTURES[name](None)
        assert np.shape(own) == np.shape(drawn)
        assert len(pyplot.get_fignums()) == 1
        pyplot.close("all")
    assert dict(matplotlib.rcParams) == before


def test_matrix_has_all_pairs() -> None:
    model = penguins(4)
    axes = plot.clusters(model, MEASURES, Figure(), features=[3, 0, 2], feature_names=NAMES)
    chosen = MEASURES[:, [3, 0, 2]]
    for (row, column), ax in np.ndenumerate(axes):
        assert ax.axison == (row >= column)
        if row > column:
            points = np.concatenate(points_of(ax))
            np.testing.assert_array_equal(
                np.sort(points, axis=0), np.sort(chosen[:, [column, row]], axis=0)
            )
            assert len(ax.patches) == 3
            assert ax.get_xlim() == axes[2, column].get_xlim()
            assert ax.get_ylim() == axes[row, 0].get_ylim()
        assert ax.get_xlabel().replace("\n", "") == (NAMES[[3, 0, 2][column]] if row == 2 else "")
    labels = [axes[row, 0].get_ylabel().replace("\n", "") for row in range(3)]
    assert labels == ["", NAMES[0], NAMES[2]]


def test_names_come_from_the_fit_the_rows_or_the_caller() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(BILLS, columns=NAMES[:2])
    of_fit = plot.clusters(fitted(frame), frame, new_axes())
    given = plot.clusters(fitted(frame), frame, new_axes(), feature_names=["a", "b"])
    none = plot.contours(penguins(), BILLS, new_axes())
    labels = [(ax.get_xlabel(), ax.get_ylabel()) for ax in (of_fit, given, none)]
    assert labels == [tuple(NAMES[:2]), ("a", "b"), ("feature 0", "feature 1")]
    by_name = plot.density(fitted(frame), frame, new_axes(), feature=NAMES[1])
    assert by_name.get_xlabel() == NAMES[1]


def test_any_name_can_be_drawn() -> None:
    names = ["cost ($) of $", "x" * 300]
    ax = plot.clusters(penguins(), BILLS, new_axes(), feature_names=names)
    ax.figure.canvas.draw()
    assert ax.xaxis.label.get_window_extent().width < ax.figure.bbox.width
    assert ax.yaxis.label.get_window_extent().height < ax.figure.bbox.height


def test_first_of_many_features_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    assert view.MOST_FEATURES == 6
    monkeypatch.setattr(view, "MOST_FEATURES", 2)
    ax = plot.clusters(penguins(4), MEASURES, new_axes(), feature_names=NAMES)
    assert (ax.get_xlabel(), ax.get_ylabel()) == tuple(NAMES[:2])


def test_one_row_and_no_spread() -> None:
    model = GaussianMixture.from_parameters([1], [[0, 0]], [[[1, 0], [0, 1]]])
    for picture in (plot.clusters, plot.contours, plot.uncertainty):
        ax = picture(model, [[5.0, 5.0]], new_axes())
        ax.figure.canvas.draw()
    kmeans = KMeans(1).fit([[1.0], [1.0]])
    plot.clusters(kmeans, [[1.0]], new_axes()).figure.canvas.draw()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"features": [2]}, "features has 2, but should have columns: an int from 0 to 1"),
        ({"features": [-1]}, "features has -1"),
        ({"features": [True]}, "features has True"),
        ({"features": ["c"]}, "features has 'c', .* names 'feature 0', 'feature 1'"),
        ({"features": [0, 0]}, r"each once, but is \[0, 0\]"),
        ({"features": []}, r"each once, but is \[\]"),
        ({"feature_names": ["a"]}, "feature_names should be 2 strings"),
        ({"coverage": 95}, "coverage should be a float between 0 and 1, but is 95"),
        ({"coverage": 1.0}, "coverage should be a float between 0 and 1, but is 1.0"),
        ({"max_points": 0}, "max_points should be an int of at least 1, but is 0"),
        ({"X": MEASURES}, "X has 4 features, but GaussianMixture is expecting 2"),
    ],
)
def test_arguments_that_cannot_be(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plot.clusters(penguins(), **arguments)
    assert not pyplot.get_fignums()


KNOWN = GaussianMixture.from_parameters([1], [[0]], [1.0], "spherical")
KMEANS = KMeans(2, random_state=0).fit(BILLS)


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda: plot.clusters("m"), TypeError, "fitted GaussianMixture or KMeans, but is a str"),
        (lambda: plot.contours(KMEANS), TypeError, "fitted GaussianMixture, but is a KMeans"),
        (lambda: plot.density(KMEANS), TypeError, "fitted GaussianMixture, but is a KMeans"),
        (lambda: plot.uncertainty(KMEANS, BILLS), TypeError, "GaussianMixture, but is a KMeans"),
        (lambda: plot.course(KMEANS), TypeError, "fitted GaussianMixture, but is a KMeans"),
        (lambda: plot.course(KNOWN), ValueError, "no course"),
        (lambda: plot.criterion(KNOWN), TypeError, "returns, but is a GaussianMixture"),
        (lambda: plot.clusters(GaussianMixture(2)), NotFittedError, "not fitted yet"),
        (lambda: plot.clusters(KMeans(2)), NotFittedError, "not fitted yet"),
        (lambda: plot.clusters(penguins(), features="a"), TypeError, "list of columns, but is 'a'"),
        (lambda: plot.contours(KNOWN, coverage=[0.5, 0.0]), ValueError, "coverage .* but is 0.0"),
        (lambda: plot.contours(KNOWN, coverage=[]), ValueError, "coverage should have a share"),
        (lambda: plot.density(penguins()), ValueError, "has 2 features: say which"),
        (lambda: plot.density(KNOWN, ax="axes"), TypeError, "Axes or Figure, but is a str"),
        (lambda: plot.clusters(penguins(4), ax=new_axes()), TypeError, "4 features .* is a Axes"),
        (
            lambda: plot.clusters(penguins(4), ax=Figure().subplots(2, 2)),
            TypeError,
            r"of shape \(4, 4\), since there are 4 features to draw, .* of shape \(2, 2\)",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said(
    draw: Callable[[], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        draw()
    assert not pyplot.get_fignums()


@pytest.mark.parametrize("name", PICTURES)
def test_without_matplotlib_it_is_said_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"pip install 'gaussmix\[plot\]'"):
        PICTURES[name](None)


# The command

BEGINNINGS = {".PNG": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}


@pytest.mark.parametrize("ending", BEGINNINGS)
def test_fit_and_info_draw(run: Run, tmp_path: Path, ending: str) -> None:
    model, rows, parts = tmp_path / "m", tmp_path / f"rows{ending}", tmp_path / f"parts{ending}"
    options = (PENGUINS, "-k", 3, "--n-init", 1, "--columns", ",".join(NAMES[:2]), "-o", model)
    assert run("fit", *options, "--plot", rows) == run("fit", *options)
    assert run("info", model, "--plot", parts) == run("info", model)
    for picture in (rows, parts):
        assert picture.read_bytes().startswith(BEGINNINGS[ending])
    assert rows.read_bytes() != parts.read_bytes()
    assert not pyplot.get_fignums()


def test_command_names_the_columns_it_draws(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "MOST_FEATURES", 2)
    wide, picture = tmp_path / "wide.npy", tmp_path / "wide.svg"
    np.save(wide, np.random.default_rng(0).normal(size=(9, 3)))
    code, _, err = run("fit", wide, "-k", 1, "--plot", picture)
    assert (code, err) == (0, "gaussmix: --plot: of 3 columns only the first 2 are drawn\n")
    assert re.findall("<!-- (x[0-9]) -->", picture.read_text()) == ["x1", "x2"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--plot", "picture.txt"], "--plot picture.txt: the name must end in .png or"),
        (["--plot", "/nowhere/x.png"], "--plot /nowhere/x.png: there is no directory /nowhere"),
        (["--plot", "x.png", "-o", "x.png"], "--plot x.png: this is the file of -o"),
    ],
)
def test_fit_that_cannot_draw_says_so_first(run: Run, arguments: list[str], message: str) -> None:
    assert message in run.fails("fit", "no such file", "-k", 3, *arguments)


def test_info_does_not_overwrite_the_model(run: Run, tmp_path: Path) -> None:
    model = tmp_path / "model.png"
    penguins().save(model)
    before = model.read_bytes()
    assert "this would overwrite the input" in run.fails("info", model, "--plot", model)
    assert model.read_bytes() == before


def test_command_without_matplotlib(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    error = run.fails("fit", PENGUINS, "-k", 3, "--plot", "x.png")
    assert "--plot needs matplotlib: pip install 'gaussmix[plot]'" in error
