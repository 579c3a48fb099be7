"""Checks that the folders of cpp/src include only what stands below them, and no file itself.

The folders stand in the order in which they are read, from a fit down to what it is made of. The
public headers are below all of them.
"""

import re
import sys
from pathlib import Path

SOURCES = Path(__file__).parents[1] / "cpp" / "src"
FOLDERS = (
    "starts",
    "em",
    "kmeans",
    "scoring",
    "model_file",
    "mixture",
    "statistics",
    "densities",
    "covariance",
    "rows",
    "simd",
    "support",
)


def floor(path: str) -> int:
    """Of a file, by its path below cpp/src: it may include what is on its own floor or below."""
    return -FOLDERS.index(path.split("/")[0])


def includes(path: Path) -> list[str]:
    quoted = re.findall(r'^#include "([^"]+)"', path.read_text(), re.MULTILINE)
    return [name for name in quoted if not name.startswith("gaussmix/")]


def circle_through(start: str, tree: dict[str, list[str]]) -> bool:
    seen, left = set(), list(tree[start])
    while left:
        name = left.pop()
        if name == start:
            return True
        if name not in seen:
            seen.add(name)
            left += tree.get(name, [])
    return False


def main() -> int:
    files = [path for path in SOURCES.rglob("*") if path.suffix in (".cpp", ".hpp")]
    tree = {path.relative_to(SOURCES).as_posix(): includes(path) for path in files}
    strays = sorted(name for name in tree if name.split("/")[0] not in FOLDERS)
    found = [f"{name}: in none of the folders that there are" for name in strays]
    for name in sorted(tree.keys() - set(strays)):
        for other in tree[name]:
            if other not in tree:
                found.append(f"{name} includes {other}, which is not there")
            elif floor(other) > floor(name):
                found.append(f"{name} includes {other}, which stands above it")
        if circle_through(name, tree):
            found.append(f"{name} includes itself, by way of others")
    print("\n".join(found) or f"includes: {len(tree)} files include what stands below them")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
