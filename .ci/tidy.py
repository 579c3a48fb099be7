"""Runs clang-tidy on the sources of the core that have changed since it passed them.

Usage: tidy.py BUILD CACHE, where BUILD is a configured tree and CACHE a folder for what is known. A
source is known by its preprocessed text, comments included, whatever the folder it lies in.
"""

import hashlib
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def output_of(*command: str, folder: str | None = None) -> bytes:
    return subprocess.run(command, stdout=subprocess.PIPE, cwd=folder, check=True).stdout


def key_of(entries: list[dict[str, Any]], settings: bytes) -> str:
    """What decides on clang-tidy's findings of a source, which may be compiled in several ways."""
    key = hashlib.sha256(settings + Path(entries[0]["file"]).read_bytes())
    for entry in entries:
        command = shlex.split(entry["command"])
        end = command.index("-o")
        flags = [*command[:end], *command[end + 2 :]]
        if Path(flags[0]).name == "ccache":
            del flags[0]
        text = output_of(*(flag for flag in flags if flag != "-c"), "-E", "-P", "-C",
                         folder=entry["directory"])  # fmt: skip
        warnings = [flag for flag in flags if flag.startswith(("-W", "-D", "-std", "-march"))]
        key.update(repr(warnings).encode() + text)
    return key.hexdigest()


def check(entries: list[dict[str, Any]], build: str, cache: Path, settings: bytes) -> str:
    """What clang-tidy says of a source; nothing if that is nothing."""
    known = cache / key_of(entries, settings)
    if known.exists():
        return ""
    # clang has no omp.h of its own; it reads gcc's.
    include = output_of("g++", "-print-file-name=include").decode().strip()
    done = subprocess.run(
        [
            "clang-tidy",
            "--quiet",
            "-p",
            build,
            f"--extra-arg=-idirafter{include}",
            entries[0]["file"],
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        known.touch()
        return ""
    return done.stdout + done.stderr


def main() -> int:
    build, cache = sys.argv[1], Path(sys.argv[2])
    cache.mkdir(parents=True, exist_ok=True)
    settings = output_of("clang-tidy", "--version") + (ROOT / ".clang-tidy").read_bytes()
    sources = ROOT / "cpp" / "src"
    entries: dict[str, list[dict[str, Any]]] = {}
    for entry in json.loads((Path(build) / "compile_commands.json").read_text()):
        if sources in Path(entry["file"]).parents:
            entries.setdefault(entry["file"], []).append(entry)
    assert entries, f"{build} has no sources of {sources}"
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [*pool.map(lambda entry: check(entry, build, cache, settings), entries.values())]
    print("".join(found) or f"clang-tidy: {len(entries)} sources are clean")
    return int(any(found))


if __name__ == "__main__":
    sys.exit(main())
