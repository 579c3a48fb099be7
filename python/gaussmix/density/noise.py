"""Mixtures with a noise component, which is no Gaussian."""

from gaussmix._core import Mixture


def refuse_noise(mixture: Mixture, what: str) -> None:
    """Raises ValueError for a mixture with a noise component; `what` is not defined there."""
    if getattr(mixture, "noise_weight", 0.0):
        raise ValueError(f"{what} is not defined for a mixture with a noise component")
