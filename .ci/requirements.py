"""Prints what builds the package, and what the extras `test`, `docs` and `dev` name, a line each.

In the folder of pyproject.toml.
"""

import tomllib

with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)
extras = project["project"]["optional-dependencies"]
needs = {*project["build-system"]["requires"], *extras["test"], *extras["docs"], *extras["dev"]}
print(*sorted(need for need in needs if not need.startswith("gaussmix")), sep="\n")
