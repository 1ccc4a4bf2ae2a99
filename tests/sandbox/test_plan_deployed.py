"""A plan against a folder, a revision and a deployed stack, and the stop before a deployment."""

import json
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from aftercart.aws.table import _wire
from sandbox import cli
from sandbox.build import before_deploy
from sandbox.journeys.compile import JOURNEYS, compile_journeys
from sandbox.plan import carried, deployed
from sandbox.sandbox import Sandbox, compiled
from tests.sandbox.approving import Aws, served
from tests.sandbox.on_their_way import CARE, change, play, the

Json = Any
Output = pytest.CaptureFixture[str]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return Path(shutil.copytree(JOURNEYS, tmp_path / "journeys"))


def test_a_folder_and_a_revision_are_compared_without_who_waits(source: Path, capsys: Output) -> None:
    who = ["-c", "user.name=Kram", "-c", "user.email=shop@kram.example"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "one"]):
        subprocess.run(["git", "-C", str(source.parent), *command], check=True)
    before = Path(shutil.copytree(source, source.parent / "before"))
    change(source, CARE, "wait: P30D", "wait: P20D")
    for against in (str(before), "HEAD"):
        assert cli.main(["plan", "--journeys", str(source), "--against", against]) == 0
        said = capsys.readouterr().out
        assert "~ step phone_care.tips\n    wait: P30D -> P20D\n" in said
        assert "Who waits is not known" in said
    assert cli.main(["plan", "--journeys", str(source), "--against", "HEAD~7"]) == 1
    assert "is no folder, and no revision" in capsys.readouterr().err


class Stack:
    """Stands where botocore's session is: one function, its layer, and a table in two pages."""

    def __init__(self, location: str, pages: list[list[Json]], fails: Exception | None = None) -> None:
        self.asked: list[Json] = []
        self._location, self._pages, self._fails = location, pages, fails

    def __call__(self, profile: str | None = None) -> "Stack":
        self.asked.append({"profile": profile})
        return self

    def create_client(self, service: str, **more: str) -> "Stack":
        self.asked.append({"service": service, **more})
        return self

    def get_function_configuration(self, **asked: str) -> Json:
        self.asked.append(asked)
        if self._fails:
            raise self._fails
        return {
            "Layers": [{"Arn": "arn:layer:7"}],
            "Environment": {"Variables": {"TABLE_NAME": "kram-table"}},
        }

    def get_layer_version_by_arn(self, **asked: str) -> Json:
        self.asked.append(asked)
        return {"Content": {"Location": self._location}}

    def get_paginator(self, operation: str) -> "Stack":
        assert operation == "scan"
        return self

    def paginate(self, **asked: Any) -> Iterator[Json]:
        self.asked.append(asked)
        return ({"Items": items} for items in self._pages)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def layer(tmp_path: Path) -> Iterator[str]:
    """Where AWS would say that the layer lies: the sandbox's own journeys, as the build leaves them."""
    folder = tmp_path / "layers"
    folder.mkdir()
    with zipfile.ZipFile(folder / "layer.zip", "w") as archive:
        for file in compiled().iterdir():
            archive.write(file, f"python/aftercart/compiled/{file.name}")
    serve = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/layer.zip"
        server.shutdown()


@pytest.fixture(scope="module")
def pages() -> list[list[Json]]:
    """A table with two on their way whose time has not come, in two pages of a scan."""
    now = datetime.now(UTC).replace(microsecond=0)
    with Sandbox(now, memory=True).open() as sandbox:
        play(sandbox)
        items = [_wire(item) for item in sandbox.items()]
    return [items[:5], items[5:]]


GONE = ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetFunctionConfiguration")


def test_a_deployed_stack_is_asked_for_its_layer_and_its_table(
    source: Path, layer: str, pages: list[list[Json]], monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    stack = Stack(layer, pages)
    monkeypatch.setattr(deployed, "Session", stack)
    change(source, CARE, "wait: P30D", "wait: P20D")
    assert cli.main(["plan", "--journeys", str(source), "--stack", "kram", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert the(found, "step", "phone_care.tips")["waiting"] == 2
    assert {"FunctionName": "kram-lifecycle-reminders", "Qualifier": "live"} in stack.asked
    assert {"Arn": "arn:layer:7"} in stack.asked
    assert stack.asked[-1]["TableName"] == "kram-table"
    assert stack.asked[-1]["ConsistentRead"] is True
    shutil.rmtree(source / "phone_care")
    assert cli.main(["plan", "--journeys", str(source), "--stack", "kram"]) == 3
    assert "would be gone" in capsys.readouterr().out


def test_where_nothing_is_deployed_yet_it_is_said_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr(deployed, "Session", Stack("", [], GONE))
    assert cli.main(["plan", "--stack", "kram"]) == 0
    assert capsys.readouterr().out == "kram: nothing is deployed yet.\n"


@pytest.mark.parametrize(
    ("made", "says"),
    (
        (lambda _: Stack("", [], NoCredentialsError()), "kram: Unable to locate credentials"),
        (lambda url: Stack(url.replace("layer.zip", "none.zip"), []), "its layer cannot be read"),
    ),
)
def test_what_could_not_be_read_is_told(
    made: Callable[[str], Stack], says: str, layer: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr(deployed, "Session", made(layer))
    assert cli.main(["plan", "--stack", "kram"]) == 1
    assert says in capsys.readouterr().err


def test_what_a_later_version_compiled_is_not_compared(source: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    compile_journeys(source).write(made)
    parts = dict(carried.parts(made))
    assert carried.read(parts).brand.name == "Kram"
    parts["brand.json"] = {**parts["brand.json"], "moods": ["good"]}
    with pytest.raises(carried.OtherVersion):
        carried.read(parts)


# Before a deployment.

CONFIG = """
[dev.global.parameters]
stack_name = "kram-dev"
region = "eu-central-1"
[dev.deploy.parameters]
profile = "kram"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Of a brand whose templates are all approved."""
    path = tmp_path / "samconfig.toml"
    monkeypatch.setattr(before_deploy, "Session", Aws())
    with served() as url:
        path.write_text(f'{CONFIG}parameter_overrides = ["MetaBaseUrl={url}/sandbox/graph"]\n', "utf-8")
        yield path


def test_a_deployment_goes_on_where_nothing_is_orphaned(
    config: Path, layer: str, pages: list[list[Json]], monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    stack = Stack(layer, pages)
    monkeypatch.setattr(deployed, "Session", stack)
    assert before_deploy.main(["dev"], config) == 0
    assert capsys.readouterr().out == "No changes.\n"
    assert {"profile": "kram"} in stack.asked
    assert {"service": "dynamodb", "region_name": "eu-central-1"} in stack.asked
    assert {"FunctionName": "kram-dev-lifecycle-reminders", "Qualifier": "live"} in stack.asked


def test_the_first_deployment_has_nothing_to_compare_with(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr(deployed, "Session", Stack("", [], GONE))
    assert before_deploy.main(["dev"], config) == 0
    assert "nothing is deployed yet" in capsys.readouterr().out


def test_a_refusal_stops_a_deployment_unless_it_is_forced(
    config: Path,
    source: Path,
    layer: str,
    pages: list[list[Json]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
) -> None:
    shutil.rmtree(source / "phone_care")
    monkeypatch.setattr(deployed, "Session", Stack(layer, pages))
    assert before_deploy.main(["dev"], config, source) == 3
    said = capsys.readouterr()
    assert "Refused: " in said.out
    assert "FORCE=1" in said.err
    assert before_deploy.main(["dev", "--force"], config, source) == 0
    assert "Refused: " in capsys.readouterr().out


def test_a_stage_that_is_not_there_and_a_stack_that_cannot_be_asked_stop_it_too(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    assert before_deploy.main(["prd"], config) == 1
    assert "no stack_name for STAGE=prd" in capsys.readouterr().err
    monkeypatch.setattr(deployed, "Session", Stack("", [], NoCredentialsError()))
    assert before_deploy.main(["dev"], config) == 1
    assert before_deploy.main(["dev", "--force"], config) == 0
