"""What a notebook shows: read as a browser and as IPython read it."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import sklearn
from data import Floats, load
from gaussmix import GaussianMixture, KMeans, MixtureDiscriminant, Selection, select
from IPython.core.formatters import DisplayFormatter
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

NAMES = ["a<b>&\"'", "</td><script>alert(1)</script>", "c", "d"]
VOID = {"br", "input", "meta", "link", "img", "hr"}


class Page(HTMLParser):
    """HTML as a browser reads it: its tables' cells, its tags, and all that is text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.best: list[str] = []
        self.texts: list[str] = []
        self._in_best = False
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_best = ("class", "best") in attributes

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data
            if self._in_best:
                self.best.append(data)


@pytest.fixture(name="frame")
def penguins() -> pd.DataFrame:
    return pd.DataFrame(load("penguins"), columns=NAMES)


def own(value: object) -> str:
    """What is shown of a value, without scikit-learn's diagram, which stands behind."""
    html = value._repr_html_()
    first, *diagram = re.split(r"<(?:head|style)>(?!\.gaussmix)", html)
    return first + "</div>" if diagram else first


def fitted(frame: pd.DataFrame) -> list[object]:
    X, species = frame, np.arange(len(frame)) % 2
    mixture = GaussianMixture(3, noise=True, random_state=0).fit(X)
    classes = np.where(species, "<i>odd", "even")
    return [
        mixture,
        KMeans(3, random_state=0).fit(X),
        MixtureDiscriminant(2, covariance_type="diag").fit(X, classes),
        mixture.expect(X),
        select(X, range(1, 4), random_state=0),
    ]


def test_html_is_whole_and_shows_names_as_text(frame: pd.DataFrame) -> None:
    for value in fitted(frame):
        shown = Page(own(value))
        assert "script" not in shown.tags
        assert "i" not in shown.tags
        if not isinstance(value, Selection) and hasattr(value, "feature_names_in_"):
            head = next(row for row in shown.rows if "c" in row)
            assert head[-4:] == NAMES


def test_nothing_is_loaded_and_no_colour_is_fixed(frame: pd.DataFrame) -> None:
    for value in fitted(frame):
        html = own(value)
        for name in NAMES:
            html = html.replace(name, "")
        assert re.search(r"https?:|src=|href=|url\(|@import", html) is None
        style = html[html.index("<style>") : html.index("</style>")]
        assert re.search(r"#[0-9a-f]{3}|rgb|hsl|(?<!-)color:|background", style) is None


def test_parameters_that_differ_come_first() -> None:
    model = GaussianMixture(3, prior={"shrinkage": 0.1}, tol=1e-5)
    rows = Page(own(model)).rows
    names = [name for name, _ in rows]
    assert rows[:3] == [
        ["n_components", "3"],
        ["tol", "1e-05"],
        ["prior", "{'shrinkage': 0.1}"],
    ]
    assert sorted(names) == sorted(model.get_params())


def test_components_are_those_of_the_fit(frame: pd.DataFrame) -> None:
    model = GaussianMixture(3, noise=True, random_state=0).fit(frame)
    rows = Page(own(model)).rows
    for i in range(3):
        cells = next(row for row in rows if row[0] == str(i))
        assert [float(cell) for cell in cells[1:]] == pytest.approx(
            [model.weights_[i], *model.means_[i]], rel=1e-5
        )
    (noise,) = (row for row in rows if row[0] == "noise" and len(row) == 6)
    assert float(noise[1]) == pytest.approx(model.noise_weight_, rel=1e-5)
    assert ["iterations", str(model.n_iter_)] in rows


def test_clusters_have_their_sizes(frame: pd.DataFrame) -> None:
    model = KMeans(3, random_state=0).fit(frame)
    rows = Page(own(model)).rows
    sizes = [int(row[1]) for row in rows if row[0] in "012" and len(row) == 6]
    assert sizes == pd.Series(model.labels_).value_counts().sort_index().tolist()


def test_many_components_and_features_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    means = np.arange(50.0 * 30).reshape(50, 30)
    model = GaussianMixture.from_parameters(np.full(50, 0.02), means, np.ones((50, 30)), "diag")
    shown = Page(own(model))
    assert max(map(len, shown.rows)) == 8
    assert len([row for row in shown.rows if len(row) == 8]) == 21
    assert "and 30 more components" in shown.texts
    assert "Components, with means of the first 6 of 30 features" in shown.texts
    assert ["fit", "none: the parameters were given"] in shown.rows


def test_selection_marks_the_best(X: Floats) -> None:
    found = select(X, range(1, 4), random_state=0)
    shown = Page(found._repr_html_())
    assert shown.rows[0] == ["components", "full", "tied", "diag", "spherical"]
    assert shown.best == [f"{found.best_record['bic']:.1f}"]
    table = found.to_frame().pivot(index="n_components", columns="covariance_type", values="bic")
    cells = [[float(cell) for cell in row[1:]] for row in shown.rows[1:]]
    np.testing.assert_allclose(cells, table[shown.rows[0][1:]], atol=0.051)


def test_selection_tells_of_fits_that_failed() -> None:
    with pytest.warns(UserWarning, match="1 of 2 fits failed|failed"):
        found = select([[0.0], [1.0], [3.0]], [1, 4], covariance_types="full")
    assert "failed: 1 of 2 fits" in Page(found._repr_html_()).texts


def test_statistics_of_no_rows_are_shown(X: Floats) -> None:
    statistics = GaussianMixture(2, random_state=0).fit(X).expect(X[:0])
    assert ["weight of all rows", "0"] in Page(statistics._repr_html_()).rows


def test_ipython_shows_it_and_scikit_learns_diagram(X: Floats) -> None:
    model = GaussianMixture(2)
    bundle, _ = DisplayFormatter().format(model)
    assert bundle["text/plain"] == "GaussianMixture(n_components=2)"
    assert bundle["text/html"].startswith('<div class="gaussmix">')
    assert "sk-estimator" in bundle["text/html"]
    with sklearn.config_context(display="text"):
        bundle, _ = DisplayFormatter().format(model)
    assert "text/html" not in bundle


def test_pipeline_shows_the_estimator_in_its_diagram(X: Floats) -> None:
    html = make_pipeline(StandardScaler(), GaussianMixture(2)).fit(X)._repr_html_()
    assert "GaussianMixture(n_components=2)" in html


def test_without_scikit_learn_there_is_no_diagram() -> None:
    code = (
        "import sys; from gaussmix import GaussianMixture\n"
        "print(GaussianMixture(2)._repr_mimebundle_()['text/html'])\n"
        "assert 'sklearn' not in sys.modules"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()
    assert Page(shown).rows[0] == ["n_components", "2"]
