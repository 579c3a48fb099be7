"""The files that a benchmark leaves."""

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from em.target import Target


def write(folder: Path, name: str, results: Any, targets: Iterable[Target], markdown: str) -> None:
    """Writes the dataclass `results`, with the targets' verdicts, as JSON; and NAME.md."""
    content = {
        **dataclasses.asdict(results),
        "targets": [
            {**dataclasses.asdict(target), "verdict": target.verdict()} for target in targets
        ],
    }
    (folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
    (folder / f"{name.upper()}.md").write_text(markdown)
