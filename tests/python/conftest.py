"""Fixtures that every test file may ask for, and the settings of hypothesis."""

import pytest
from data import COVARIANCE_TYPES, DATA_SETS, Floats, load
from hypothesis import settings

settings.register_profile("no time limits", settings(deadline=None))
settings.load_profile("no time limits")


@pytest.fixture(params=COVARIANCE_TYPES)
def covariance_type(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(name="X", params=DATA_SETS)
def data_set(request: pytest.FixtureRequest) -> Floats:
    return load(request.param)
