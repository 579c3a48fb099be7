"""What the package runs on."""

import os
import platform

import numpy as np

from gaussmix import _core
from gaussmix._cpu import built_instruction_sets, instruction_sets, is_native
from gaussmix._threads import n_threads


def show_config() -> None:
    """Prints what gaussmix runs on.

    That is: its version, the instruction set of the core in use and which it can be on this CPU,
    which sets were built, and whether for the machine that built them alone (native) or for any
    (portable), the threads that a fit would use now, OpenMP, Eigen, compiler, Python and NumPy. The
    environment variable GAUSSMIX_ISA, set before gaussmix is imported, chooses another of the
    instruction sets.

    Examples
    --------
    >>> import gaussmix
    >>> gaussmix.show_config()  # doctest: +ELLIPSIS
    gaussmix ...
    """
    core = _core.config()
    forced = " (asked for by GAUSSMIX_ISA)" if os.environ.get("GAUSSMIX_ISA") else ""
    kind = "native: the best of the machine that built it" if is_native() else "portable"
    lines = {
        "gaussmix": core["version"],
        "instruction set": f"{core['isa']}{forced}; can be {', '.join(instruction_sets())}",
        "built for": f"{', '.join(built_instruction_sets())} ({kind})",
        "threads": str(n_threads(None)),
        "OpenMP": core["openmp"],
        "Eigen": core["eigen"],
        "compiler": core["compiler"],
        "Python": platform.python_version(),
        "NumPy": np.__version__,
    }
    width = max(map(len, lines))
    for name, value in lines.items():
        print(f"{name:<{width}}  {value}")
