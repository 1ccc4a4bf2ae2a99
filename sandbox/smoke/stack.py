"""MiniStack, a stand-in for AWS in one process, and the real `sam deploy` against it: loopback only."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".build" / "smoke"
STACK = "aftercart-smoke"
REGION = "eu-central-1"
ACCOUNT = "111122223333"
# MiniStack takes an account's number for the access key of its root.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test"}


class SmokeFailed(Exception):
    """What did not work, in a sentence."""


@dataclass(frozen=True)
class Stand:
    """A running MiniStack."""

    endpoint: str
    log: Path

    def client(self, service: str) -> Any:
        """A boto3 client that talks to it, and tries once."""
        return boto3.client(
            service,  # type: ignore[call-overload]  # the stubs want a literal
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def invoke(self, function: str, payload: bytes) -> dict[str, Any]:
        """What a function, by the name of its folder, answers to an event; SmokeFailed where it failed."""
        name = f"{STACK}-{function.replace('_', '-')}:live"
        answer = self.client("lambda").invoke(FunctionName=name, Payload=payload)
        result: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer or result.get("statusCode", 200) >= 500:
            raise SmokeFailed(f"{function} failed: {result}; see {self.log}")
        return result


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def ministack(environment: Mapping[str, str]) -> Iterator[Stand]:
    """Start MiniStack on loopback, wait until it serves, and stop it at the end.

    It runs Lambda functions in subprocesses of its own Python (.venv-smoke, a 3.13 like Lambda's), with the
    layer first on their path; under AUTH it holds every call against the template's IAM policies. Functions
    inherit its environment, and so what is added to it here.
    """
    port = free_port()
    temporary = WORK / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)  # it leaves each function's unpacked code behind
    temporary.mkdir(parents=True)
    log = WORK / "ministack.log"
    environ = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(WORK),
        "TMPDIR": str(temporary),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,  # whose API an unsigned request is for
        "AUTH": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        **environment,
        **CREDENTIALS,
    }
    with log.open("w", encoding="utf-8") as sink:
        process = subprocess.Popen(
            [str(ROOT / ".venv-smoke" / "bin" / "ministack")],
            env=environ,
            cwd=WORK,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    stand = Stand(f"http://127.0.0.1:{port}", log)
    try:
        wait_until_it_serves(stand, process)
        yield stand
    finally:
        # Its own session: the functions' subprocesses end with it.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_it_serves(stand: Stand, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise SmokeFailed(f"MiniStack ended with code {process.returncode}: see {stand.log}")
        try:
            with urllib.request.urlopen(f"{stand.endpoint}/_ministack/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise SmokeFailed(f"MiniStack did not serve within a minute: see {stand.log}")


def sam_deploy(stand: Stand, template: Path, parameters: dict[str, str]) -> str:
    """Deploy the built template with the real SAM CLI; answers what it printed."""
    command = [
        str(ROOT / ".venv-sam" / "bin" / "sam"),
        "deploy",
        f"--config-file={own_config()}",
        f"--template-file={template}",
        f"--stack-name={STACK}",
        f"--region={REGION}",
        "--resolve-s3",
        "--capabilities=CAPABILITY_IAM",
        "--capabilities=CAPABILITY_NAMED_IAM",
        "--no-confirm-changeset",
        "--no-fail-on-empty-changeset",
        "--no-progressbar",
        "--parameter-overrides",
        *(f"{name}={value}" for name, value in parameters.items()),
    ]
    environ = {
        **os.environ,
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": stand.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "1",
    }
    for inherited in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        environ.pop(inherited, None)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    (WORK / "deploy.log").write_text(done.stdout, encoding="utf-8")
    if done.returncode:
        raise SmokeFailed(f"sam deploy ended with code {done.returncode}:\n{done.stdout[-4000:]}")
    return done.stdout


def make_routes(stand: Stand, template: Mapping[str, Any]) -> int:
    """Give the deployed API the template's routes, and answer how many: MiniStack reads no OpenAPI body."""
    api = stand.client("apigatewayv2")
    (deployed,) = api.get_apis()["Items"]
    made = 0
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        routes = [event for event in properties.get("Events", {}).values() if event["Type"] == "HttpApi"]
        for route in routes:
            name = properties["FunctionName"]["Fn::Sub"].replace("${AWS::StackName}", STACK)
            integration = api.create_integration(
                ApiId=deployed["ApiId"],
                IntegrationType="AWS_PROXY",
                IntegrationUri=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:live",
                PayloadFormatVersion="2.0",
            )
            api.create_route(
                ApiId=deployed["ApiId"],
                RouteKey=f"{route['Properties']['Method']} {route['Properties']['Path']}",
                Target=f"integrations/{integration['IntegrationId']}",
            )
            made += 1
    return made


def own_config() -> Path:
    """An empty samconfig.toml: the project's own names a region and values of a real account."""
    config = WORK / "samconfig.toml"
    config.write_text("version = 0.1\n", encoding="utf-8")
    return config


def stack_outputs(stand: Stand) -> dict[str, str]:
    """The outputs of the deployed stack."""
    described = stand.client("cloudformation").describe_stacks(StackName=STACK)
    return {output["OutputKey"]: output["OutputValue"] for output in described["Stacks"][0]["Outputs"]}
