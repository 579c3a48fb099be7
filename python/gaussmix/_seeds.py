"""From random_state to the core's seed, and to numpy's generators for sampling."""

from typing import TypeAlias

import numpy as np

RandomState: TypeAlias = int | np.random.RandomState | np.random.Generator | None
Generator: TypeAlias = np.random.Generator | np.random.RandomState


def draw_seed(random_state: RandomState) -> int:
    """Returns the 64-bit seed of a fit: an int itself, else the generator's next draw."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    rng = generator(random_state)
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**64, dtype=np.uint64))
    return int(rng.randint(2**64, dtype=np.uint64))


def generator(random_state: RandomState) -> Generator:
    """Returns what to draw with: a new generator for an int, numpy's global one for None."""
    if isinstance(random_state, int | np.integer):
        return np.random.default_rng(int(random_state))
    if isinstance(random_state, Generator):
        return random_state
    return np.random.mtrand._rand  # also for the module np.random, as in scikit-learn


def legacy_generator(random_state: RandomState) -> np.random.RandomState:
    """Returns what functions that users wrote for scikit-learn draw with.

    It draws what scikit-learn's generator for the same random_state does.
    """
    if isinstance(random_state, int | np.integer):
        seed = int(random_state)
        small = seed < 2**32  # all that the constructor takes
        return np.random.RandomState(
            seed if small else np.random.MT19937(np.random.SeedSequence(seed))
        )
    rng = generator(random_state)
    return np.random.RandomState(rng.bit_generator) if isinstance(rng, np.random.Generator) else rng
