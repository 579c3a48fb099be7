"""What a fitted mixture can be asked as a density; the methods are those of `GaussianMixture`.

`Modes`, `Divergence` and `MergedComponents` are what some of them return. The modules here have one
subject each, as functions of the core's mixtures; `gaussmix._density_methods` calls them.
"""

from gaussmix.density.divergence import Divergence
from gaussmix.density.merging import MergedComponents
from gaussmix.density.modes import Modes

__all__ = ["Divergence", "MergedComponents", "Modes"]
