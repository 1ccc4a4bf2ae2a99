"""When the world is made."""

import os
import subprocess
import sys

import pytest

from aftercart import wiring
from aftercart.aws.settings import Misconfigured
from aftercart.ports import World


def misconfigured() -> World:
    raise Misconfigured("TABLE_NAME not set")


def broken() -> World:
    raise LookupError("TABLE_NAME")


def test_on_lambda_the_world_is_made_while_the_function_initialises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    with pytest.raises(LookupError):
        wiring.prepare(broken)


def test_elsewhere_importing_a_handler_makes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_INITIALIZATION_TYPE", raising=False)
    wiring.prepare(broken)


def test_a_missing_setting_is_left_to_the_first_invocation_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    wiring.prepare(misconfigured)


def test_looking_for_garbage_begins_when_a_function_is_ready() -> None:
    code = """if True:
        import gc
        from aftercart import wiring
        print(gc.isenabled())
        wiring.prepare(lambda: None)
        print(gc.isenabled(), gc.get_freeze_count() > 0)
    """
    environment = os.environ | {"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\nTrue True\n"
