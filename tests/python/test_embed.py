"""The installed C++ library, and programs that embed it."""

import math
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import gaussmix
import numpy as np
import pytest
from cpp_build import ROOT, run
from gaussmix import GaussianMixture

EXAMPLE = ROOT / "cpp" / "examples" / "embed"

# Not what the library was compiled for, which is the best that this machine has.
OTHER_ISA = "-march=x86-64" if platform.machine() in ("x86_64", "AMD64") else ""

NUMBER = r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)"


def check_cpp_program(output: str) -> None:
    """Two clusters of unit variance and equal weights, around (0, 0) and (6, 6)."""
    lines = [line for line in output.splitlines() if line.startswith("(")]
    rows = [tuple(map(float, re.findall(NUMBER, line))) for line in lines]
    assert [row[:2] for row in rows] == [(0.5, -0.5), (3, 3), (6.5, 5), (6.5, 5)]
    for x, y, log_density, label, *responsibilities in rows:
        squares = [(x - centre) ** 2 + (y - centre) ** 2 for centre in (0, 6)]
        density = sum(math.exp(-square / 2) for square in squares) / (4 * math.pi)
        assert log_density == pytest.approx(math.log(density), abs=0.1)
        assert sum(responsibilities) == pytest.approx(1, abs=2e-4)
        assert responsibilities[int(label)] == max(responsibilities)
    assert rows[0][3] != rows[2][3]
    assert rows[2] == rows[3]  # from another thread


def check_steps(output: str) -> None:
    """EM rises, and finds the same two clusters."""
    bounds = [float(bound) for bound in re.findall(rf"^log.* {NUMBER}$", output, re.MULTILINE)]
    assert len(bounds) > 2
    assert (np.diff(bounds) >= 0).all()
    assert bounds[-1] == pytest.approx(-math.log(4 * math.pi) - 1, abs=0.05)
    found = [
        [float(number) for number in re.findall(NUMBER, line)]
        for line in output.splitlines()
        if line.startswith("weight")
    ]
    np.testing.assert_allclose(found, [[0.5, 0, 0, 1], [0.5, 6, 6, 1]], atol=0.06)


def known_model() -> GaussianMixture:
    return GaussianMixture.from_parameters(
        [0.25, 0.75], [[0, 0], [3, 1]], [[[1, 0], [0, 1]], [[2, 0.5], [0.5, 1]]]
    )


def check_c_program(output: str, model: GaussianMixture | None = None) -> None:
    """What it says of a row is what Python says."""
    model = model or known_model()
    x = np.array([[1.5, 0.5]])
    numbers = re.findall(NUMBER, output.partition(":")[2])
    assert output.startswith(f"gaussmix {gaussmix.__version__}:")
    assert [float(number) for number in numbers] == pytest.approx(
        [*model.score_samples(x), *model.predict(x), *model.predict_proba(x)[0]], rel=1e-12
    )


def test_the_page_shows_the_program() -> None:
    """docs/statistics.md: but for the indentation."""
    program = (EXAMPLE / "em_by_hand.cpp").read_text()
    page = (ROOT / "docs" / "statistics.md").read_text()
    blocks = re.findall(r"```cpp\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 1
    lines = {line.strip() for line in program.splitlines()}
    assert [line for line in blocks[0].splitlines() if line.strip() not in lines] == []


def configure(source: Path, folder: Path, prefix: Path, *options: str) -> None:
    """Only the prefix is there to be found: no Eigen."""
    run("cmake", "-G", "Ninja", "-S", source, "-B", folder, *options, CMAKE_PREFIX_PATH=str(prefix))


@pytest.mark.parametrize("march", ["", OTHER_ISA])
def test_example(prefix: Path, march: str, tmp_path: Path) -> None:
    flags = (f"-DCMAKE_CXX_FLAGS={march}", f"-DCMAKE_C_FLAGS={march}")
    configure(EXAMPLE, tmp_path, prefix, *flags)
    run("cmake", "--build", tmp_path)
    check_c_program(run(tmp_path / "embed_c"))
    check_steps(run(tmp_path / "em_by_hand"))
    path = tmp_path / "model.safetensors"
    check_cpp_program(run(tmp_path / "embed_cpp", path))
    check_c_program(run(tmp_path / "embed_c", path), gaussmix.load(path))


def test_installation_can_be_moved(prefix: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(prefix, tmp_path / "elsewhere", symlinks=True)
    for file in moved.rglob("*"):
        if file.is_file() and file.suffix in (".cmake", ".pc"):
            assert str(prefix) not in file.read_text()
    configure(EXAMPLE, tmp_path / "build", moved)
    run("cmake", "--build", tmp_path / "build")
    check_c_program(run(tmp_path / "build" / "embed_c"))


@pytest.mark.skipif(shutil.which("pkg-config") is None, reason="pkg-config is not installed")
@pytest.mark.parametrize(
    ("source", "check"),
    [("embed.cpp", check_cpp_program), ("embed.c", check_c_program)],
)
def test_pkg_config(prefix: Path, source: str, check, tmp_path: Path) -> None:
    path = {"PKG_CONFIG_PATH": str(next(prefix.rglob("gaussmix.pc")).parent)}
    assert run("pkg-config", "--modversion", "gaussmix", **path).strip() == gaussmix.__version__
    compile_by_pkg_config(prefix, EXAMPLE / source, tmp_path / "program")
    check(run(tmp_path / "program"))


def compile_by_pkg_config(prefix: Path, source: Path, program: Path) -> None:
    path = {"PKG_CONFIG_PATH": str(next(prefix.rglob("gaussmix.pc")).parent)}
    flags = run("pkg-config", "--cflags", "--libs", "gaussmix", **path).split()
    rpath = f"-Wl,-rpath,{next(prefix.rglob('libgaussmix.*')).parent}"
    compiler = "cc" if source.suffix == ".c" else "c++"
    run(compiler, source, "-o", program, *flags, rpath, "-pthread")


@pytest.mark.skipif(shutil.which("pkg-config") is None, reason="pkg-config is not installed")
def test_the_program_of_the_readme(prefix: Path, tmp_path: Path) -> None:
    (program,) = re.findall(r"```cpp\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / "score.cpp").write_text(program)
    compile_by_pkg_config(prefix, tmp_path / "score.cpp", tmp_path / "score")
    table = ROOT / "examples" / "penguins.csv"
    X = np.loadtxt(table, delimiter=",", skiprows=1, usecols=(1, 2, 3, 4))
    model = GaussianMixture(3, random_state=0).fit(X)
    model.save(tmp_path / "penguins.safetensors")
    shown = subprocess.run(
        [tmp_path / "score"], cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()
    assert int(shown[0]) == model.predict(X[:1])[0]
    assert float(shown[1]) == pytest.approx(model.score_samples(X[:1])[0], rel=1e-5)


def test_project_of_c_alone(prefix: Path, tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\n"
        "project(embed LANGUAGES C)\n"
        "find_package(gaussmix REQUIRED)\n"
        f"add_executable(embed {EXAMPLE / 'embed.c'})\n"
        "target_link_libraries(embed gaussmix::gaussmix)\n"
    )
    build = tmp_path / "build"
    if next(prefix.rglob("libgaussmix.*")).suffix == ".a":
        with pytest.raises(pytest.fail.Exception, match=r"add\s+CXX to the languages"):
            configure(tmp_path, build, prefix)
    else:
        configure(tmp_path, build, prefix)
        run("cmake", "--build", build)
        check_c_program(run(build / "embed"))


def test_headers_need_nothing_but_a_compiler(prefix: Path) -> None:
    """Each compiles alone, without a warning, and none knows Eigen or OpenMP."""
    headers = sorted((prefix / "include" / "gaussmix").iterdir())
    assert {header.name for header in headers} >= {"gaussmix.hpp", "gaussmix.h", "predictor.hpp"}
    strict = ("-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror")
    for header in headers:
        assert not re.search(r"#\s*include.*(Eigen|omp)|#\s*pragma omp", header.read_text())
        include = ("-include", header, "-I", prefix / "include")
        run("c++", "-std=c++17", *strict, *include, "-fsyntax-only", "-x", "c++", "/dev/null")
    include = ("-include", "gaussmix/gaussmix.h", "-I", prefix / "include")
    run("cc", "-std=c99", *strict, *include, "-fsyntax-only", "-x", "c", "/dev/null")


@pytest.mark.skipif(sys.platform != "linux", reason="looks at ELF files")
def test_shared_library_exports_its_own_names_alone(shared_prefix: Path) -> None:
    (library,) = shared_prefix.rglob("libgaussmix.so")
    listed = run("nm", "--dynamic", "--defined-only", "--format=posix", library)
    names = [line.split()[0] for line in listed.splitlines()]
    assert "gaussmix_log_density" in names
    foreign = r"(?!gaussmix_|_ZT[ISV]N8gaussmix|_ZNK?8gaussmix)"
    assert [name for name in names if re.match(foreign, name)] == []
    dynamic = run("readelf", "--dynamic", library)
    minor = ".".join(gaussmix.__version__.split(".")[:2])
    assert f"Library soname: [libgaussmix.so.{minor}]" in dynamic


@pytest.mark.skipif(sys.platform != "linux", reason="looks at ELF files")
def test_static_library_cannot_clash_with_a_programs_own_eigen(static_prefix: Path) -> None:
    (library,) = static_prefix.rglob("libgaussmix.a")
    symbols = run("nm", "--demangle", library)
    assert "gaussmix_eigen::" in symbols
    assert not re.search(r"\bEigen::", symbols)


def test_default_build_needs_eigen_alone(tmp_path: Path) -> None:
    """No Python is looked for, no tests are built, no submodule is missing."""
    run("cmake", "-G", "Ninja", "-S", ROOT, "-B", tmp_path)
    cache = (tmp_path / "CMakeCache.txt").read_text()
    assert "GAUSSMIX_BUILD_PYTHON:BOOL=OFF" in cache
    assert "BUILD_SHARED_LIBS:BOOL=OFF" in cache
    assert not re.search(r"pybind11_DIR|Python3?_EXECUTABLE|GTest_DIR", cache)
