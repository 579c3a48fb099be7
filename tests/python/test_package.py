"""What an installed gaussmix consists of, and what importing it does to a process."""

import ast
import graphlib
import importlib.metadata
import importlib.resources
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import gaussmix
import gaussmix._cpu
import pytest
from gaussmix._cpu import built_instruction_sets, instruction_sets, is_native

ROOT = Path(__file__).parents[2]
PACKAGE = Path(gaussmix.__file__).parent


def python(code: str, **environment: str) -> str:
    """What a new interpreter prints that runs `code`."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()


def test_version_is_the_same_everywhere() -> None:
    header = (ROOT / "cpp" / "include" / "gaussmix" / "version.hpp").read_text()
    changelog = (ROOT / "CHANGELOG.md").read_text()
    command = Path(sysconfig.get_path("scripts")) / "gaussmix"
    printed = subprocess.run([command, "--version"], stdout=subprocess.PIPE, text=True, check=True)
    version = re.search(r'GAUSSMIX_VERSION "(.*)"', header)[1]
    assert gaussmix.__version__ == version
    assert importlib.metadata.version("gaussmix") == version
    assert printed.stdout == f"gaussmix {version}\n"
    assert re.search(r"^## \[(\d.*?)\]", changelog, re.MULTILINE)[1] == version


def test_has_types() -> None:
    assert (importlib.resources.files("gaussmix") / "py.typed").is_file()
    assert (importlib.resources.files("gaussmix") / "_core.pyi").is_file()


def test_stubs_describe_the_extensions() -> None:
    environment = dict(os.environ)
    if PACKAGE.parent != Path(sysconfig.get_path("platlib")):  # an editable install
        environment["MYPYPATH"] = str(PACKAGE.parent)
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "mypy.stubtest", "gaussmix._core", "gaussmix._cpu"),
            *("--allowlist", Path(__file__).with_name("stubtest_allowlist.txt")),
            "--ignore-unused-allowlist",
        ],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_wheel_has_the_licences() -> None:
    files = importlib.metadata.files("gaussmix")
    for licence in [ROOT / "LICENSE", *(ROOT / "licenses").iterdir()]:
        name = licence.relative_to(ROOT).as_posix()
        (installed,) = (f for f in files if f.as_posix().endswith(f".dist-info/licenses/{name}"))
        assert installed.read_text(encoding="utf-8") == licence.read_text(encoding="utf-8")
    assert importlib.metadata.metadata("gaussmix")["License-Expression"] == "BSD-3-Clause"


def test_numpy_is_the_only_requirement() -> None:
    requirements = importlib.metadata.requires("gaussmix")
    assert [r for r in requirements if "extra ==" not in r] == ["numpy>=1.26"]


@pytest.mark.parametrize(
    "module", ["gaussmix", "gaussmix.selection", "gaussmix.plot", "gaussmix.cli"]
)
def test_import_needs_numpy_alone(module: str) -> None:
    loaded = python(f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})")
    assert "gaussmix" in loaded.split()
    optional = {"sklearn", "scipy", "pandas", "tqdm", "joblib", "onnx", "matplotlib"}
    optional |= {"IPython", "openpyxl", "polars", "pyarrow", "shtab", "torch"}
    assert optional.isdisjoint(loaded.split())


def imports(path: Path) -> set[str]:
    """The modules of the package that a file imports anywhere, for types alone too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "gaussmix":
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    files = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }
    graph = {module: imports(path) & files.keys() - {module} for module, path in files.items()}
    graphlib.TopologicalSorter(graph).prepare()


def test_import_changes_nothing_in_the_process() -> None:
    """No thread starts, no signal handler changes, denormals stay, nothing is printed."""
    state = (
        "os.listdir('/proc/self/task') if os.path.isdir('/proc/self/task') else None,"
        "signal.getsignal(signal.SIGINT), sys.float_info.min / 4, np.geterr(), dict(os.environ)"
    )
    assert python(
        "import os, signal, sys\n"
        "import numpy as np\n"
        f"before = {state}\n"
        "import gaussmix._core\n"
        f"after = {state}\n"
        "print(before == after, before[2] != 0)"
    ) == "True True"  # fmt: skip


@pytest.mark.parametrize("isa", instruction_sets())
def test_environment_variable_chooses_the_instruction_set(isa: str) -> None:
    code = "from gaussmix import _core; print(_core.config()['isa'])"
    assert python(code, GAUSSMIX_ISA=isa) == isa


def test_best_instruction_set_is_the_default() -> None:
    code = "from gaussmix import _core; print(_core.config()['isa'])"
    assert python(code, GAUSSMIX_ISA="") == instruction_sets()[0]


def test_unknown_instruction_set_is_an_import_error() -> None:
    code = "try:\n    import gaussmix._core\nexcept ImportError as error:\n    print(error)"
    message = python(code, GAUSSMIX_ISA="v9")
    assert message.startswith(
        "the environment variable GAUSSMIX_ISA is 'v9', but this gaussmix is built without"
    )
    assert instruction_sets()[0] in message


def test_a_cpu_without_any_build_is_told_what_to_do() -> None:
    code = (
        "import gaussmix._cpu\n"
        "gaussmix._cpu.instruction_sets = lambda: ()\n"
        "try:\n    import gaussmix._core\nexcept ImportError as error:\n    print(error)"
    )
    message = python(code)
    assert f"instruction sets: {', '.join(built_instruction_sets())})" in message
    assert 'pip install . --config-settings=cmake.define.GAUSSMIX_ISAS="v2;v3;v4"' in message


def test_command_tells_of_an_unknown_instruction_set_in_one_line() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "gaussmix", "fit", ROOT / "examples" / "penguins.csv", "-k", "2"],
        env={**os.environ, "GAUSSMIX_ISA": "v9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith(
        "gaussmix: error: the environment variable GAUSSMIX_ISA is 'v9', but this"
    )
    assert run.stderr.count("\n") == 1


def test_public_names_are_imported_when_they_are_asked_for() -> None:
    print_names = (
        "import sys, gaussmix\n"
        "print('gaussmix._core' in sys.modules, set(gaussmix.__all__) <= set(dir(gaussmix)))\n"
        "print(all(hasattr(gaussmix, name) for name in gaussmix.__all__))\n"
        "print(hasattr(gaussmix, 'nothing'))"
    )
    assert python(print_names).split() == ["False", "True", "True", "False"]


@pytest.mark.parametrize("isa", instruction_sets())
def test_show_config_tells_what_runs(isa: str) -> None:
    code = "import gaussmix; gaussmix.show_config()"
    lines = dict(line.split("  ", 1) for line in python(code, GAUSSMIX_ISA=isa).splitlines())
    shown = {name: value.strip() for name, value in lines.items()}
    assert shown["gaussmix"] == gaussmix.__version__
    assert shown["instruction set"].startswith(f"{isa} (asked for by GAUSSMIX_ISA); can be ")
    built = built_instruction_sets()
    assert shown["built for"].startswith(", ".join(built))
    assert ("native" in shown["built for"]) == is_native()
    assert not is_native() or built == instruction_sets()[:1]
    assert set(shown) >= {"threads", "OpenMP", "Eigen", "compiler", "Python", "NumPy"}
    assert int(shown["threads"]) >= 1


@pytest.mark.skipif(sys.platform != "linux", reason="looks at ELF files")
def test_extensions_export_their_entries_alone() -> None:
    extensions = list(Path(gaussmix._cpu.__file__).parent.glob("*.so"))
    assert len(extensions) == 1 + len(built_instruction_sets())
    for extension in extensions:
        listed = subprocess.run(
            ["nm", "--dynamic", "--defined-only", "--format=posix", extension],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        names = [line.split()[0] for line in listed.splitlines()]
        assert names == [f"PyInit_{extension.name.partition('.')[0]}"]
