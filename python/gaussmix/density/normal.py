"""The standard normal distribution: probabilities and quantiles of whole arrays.

NumPy has neither; these are as precise in the tails as in the middle.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

# (1 + z) exp(z^2 / 2) P(Z > z) as a polynomial in (z - 5) / (z + 5) for 0 <= z < inf: the form of
# Shepherd, Laframboise (1981), "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x <
# inf", Mathematics of Computation 36(153). The coefficients, of the Chebyshev series to degree 23,
# were computed at 60 digits; what is cut off is below 1e-17.
_TAIL = (
    0.46151582985003775, -0.09155228183400904, 0.031030368425963708, 0.010002352385229382,
    -0.026401042966308307, 0.024536963243678652, -0.015170415402514863, 0.006522000667783896,
    -0.00167607234455447, 7.791597409338999e-06, 0.00018233414511643843, -5.36075811148722e-05,
    -9.896097759279782e-06, 9.05982468125664e-06, -7.034644683537101e-08, -1.3074486019237587e-06,
    1.27878221820937e-07, 1.9627809920091187e-07, -2.6286205089898754e-08, -3.095201755804207e-08,
    3.627373163401201e-09, 4.4011596227599254e-09, -2.8220772290629865e-10, -3.815816262632953e-10,
)  # fmt: skip

# Wichura (1988), "Algorithm AS 241: the percentage points of the normal distribution", Applied
# Statistics 37(3), PPND16: numerators and denominators of the middle, the tails and the far tails.
_MIDDLE = (
    (3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
     45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727),
    (1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
     21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610),
)  # fmt: skip
_TAILS = (
    (1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
     3.64784832476320460504, 1.27045825245236838258, 0.241780725177450611770,
     0.0227238449892691845833, 0.000774545014278341407640),
    (1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
     0.148103976427480074590, 0.0151986665636164571966, 0.000547593808499534494600,
     1.05075007164441684324e-9),
)  # fmt: skip
_FAR_TAILS = (
    (6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
     0.296560571828504891230, 0.0265321895265761230930, 0.00124266094738807843860,
     2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525,
     0.000786869131145613259100, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
     2.04426310338993978564e-15),
)  # fmt: skip


def cdf(z: Doubles) -> Doubles:
    """Returns P(Z <= z), with a relative error below 1e-15; 0 and 1 for infinite z."""
    tail = _tail(np.abs(z))
    return np.where(z > 0, 1.0 - tail, tail)


def interval(low: Doubles, high: Doubles) -> Doubles:
    """Returns P(low < Z <= high), for low <= high, in the upper tail as precise as in the lower."""
    mirrored = low > 0
    return cdf(np.where(mirrored, -low, high)) - cdf(np.where(mirrored, -high, low))


def quantile(p: Doubles) -> Doubles:
    """Returns the z with P(Z <= z) = p, with a relative error below 1e-15; for 0 < p < 1."""
    centred = p - 0.5
    z = centred * _ratio(0.180625 - centred * centred, _MIDDLE)
    outside = np.abs(centred) > 0.425
    z[outside] = np.copysign(_tail_quantile(np.minimum(p, 1.0 - p)[outside]), centred[outside])
    return z


def _tail(z: Doubles) -> Doubles:
    """P(Z > z) for z >= 0. z^2 is split so that rounding it does not count z^2 / 2 times."""
    z = np.minimum(z, 40.0)  # beyond, it is less than any number
    head = np.rint(16.0 * z) / 16.0
    with np.errstate(under="ignore"):
        scale = np.exp(-0.5 * head * head) * np.exp(-0.5 * (z - head) * (z + head))
        return np.asarray(_polynomial((z - 5.0) / (z + 5.0), _TAIL) / (1.0 + z) * scale)


def _tail_quantile(p: Doubles) -> Doubles:
    """The z > 0 with P(Z > z) = p, for p < 0.075."""
    r = np.sqrt(-np.log(p))
    z = _ratio(r - 1.6, _TAILS)
    far = r > 5.0
    z[far] = _ratio(r[far] - 5.0, _FAR_TAILS)
    return z


def _ratio(x: Doubles, coefficients: tuple[Sequence[float], Sequence[float]]) -> Doubles:
    return _polynomial(x, coefficients[0]) / _polynomial(x, coefficients[1])


def _polynomial(x: Doubles, coefficients: Sequence[float]) -> Doubles:
    total = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total *= x
        total += coefficient
    return total
