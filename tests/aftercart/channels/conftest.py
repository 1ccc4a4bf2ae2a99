import pytest

from tests.aftercart.channels.kit import EVERYONE, HEARING, OVER_HTTP, TELLING, Held, held


@pytest.fixture(params=EVERYONE)
def provider(request: pytest.FixtureRequest) -> Held:
    """Each in its turn."""
    return held(request.param)


@pytest.fixture(params=TELLING)
def telling(request: pytest.FixtureRequest) -> Held:
    """Each that says what becomes of a message."""
    return held(request.param)


@pytest.fixture(params=OVER_HTTP)
def poster(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Held:
    """Each that posts to a webhook; of what comes on a topic IAM is the signature."""
    found = held(request.param)
    for name, value in found.sample.settings.items():
        monkeypatch.setenv(name.upper(), value)
    return found


@pytest.fixture(params=HEARING)
def hearing(request: pytest.FixtureRequest) -> Held:
    """Each over whom customers can answer."""
    return held(request.param)
