"""Pictures of mixtures, with matplotlib (the extra `plot`), which is imported when one is drawn.

Each function takes `ax`, draws there, and returns it. Without it a new figure is made with pyplot,
which a notebook shows by itself and a script with `pyplot.show()`; where there is no display,
`ax.figure.savefig("picture.png")` works. Whoever makes many pictures hands over axes of a
`matplotlib.figure.Figure`, of which pyplot knows nothing. No setting of matplotlib is changed.

`clusters`, `contours` and `uncertainty` draw one feature or two into one Axes. More of them make a
matrix of panels, a pair of features in each: there, `ax` is a Figure, or an array of Axes of shape
(n, n) for n features, and the array is what they return. The panels above the diagonal are empty
but for the legend. A Figure will do for one Axes, too.

A legend stands beside axes, or above narrow ones, so that it hides nothing: a figure of your own
should have layout="constrained".

The colours are those of Okabe and Ito (2008), "Color universal design", which people with any
common colour blindness tell apart. Every component has a marker of its own, too, so that prints in
grey can be read.
"""

from gaussmix.plot.clusters import clusters
from gaussmix.plot.contours import contours
from gaussmix.plot.course import course
from gaussmix.plot.criterion import criterion
from gaussmix.plot.density import density
from gaussmix.plot.uncertainty import uncertainty

__all__ = ["clusters", "contours", "course", "criterion", "density", "uncertainty"]
