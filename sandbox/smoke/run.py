"""`make smoke`: the built template on MiniStack by the real `sam deploy`, and the deployed stack at work.

1. deploys, and deploys again: the second time nothing changes;
2. invokes every function with every `events/<function>/*.json`;
3. posts two orders to the deployed API: one is delivered on WhatsApp, one is refused there and on Viber and
   goes out as SMS; receipts come back through the API and the topic; both executions succeed.

What differs from AWS: the layer is built for this machine's processor, `adapt` rewrites what MiniStack does
not know, the API's routes are made by calls, and an environment variable sends SMS to the fake providers. IAM
policies are enforced.
"""

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from sandbox.build.bundle import HOST, build
from sandbox.shop_settings import PARAMETERS, SECRETS
from sandbox.smoke.providers import Providers, providers
from sandbox.smoke.stack import (
    ROOT,
    STACK,
    WORK,
    SmokeFailed,
    Stand,
    make_routes,
    ministack,
    sam_deploy,
    stack_outputs,
)
from sandbox.smoke.story import deliver_on_the_first_channel, fall_back_to_sms
from sandbox.states.transitions import read_template

BUILD = WORK / "build"
COMPUTED_ALARM = r"  \w+Alarm:\n(?: {4}.*\n)*? {6}Metrics:\n(?: {4}.*\n)+"
MACHINE = "statemachines/send_with_fallback.asl.yaml"


def main() -> int:
    """Exit code 0 when all of it worked, 1 with the reason when not."""
    started = time.monotonic()
    try:
        with providers() as played, ministack(sms_endpoint=played.url) as stand:
            try:
                smoke(stand, played)
            finally:
                played.fall_silent()
    except SmokeFailed as failed:
        print(f"Smoke failed: {failed}", file=sys.stderr)
        return 1
    print(f"Smoke passed in {time.monotonic() - started:.0f} s.")
    return 0


def smoke(stand: Stand, played: Providers) -> None:
    build(BUILD, HOST)
    template = adapt(BUILD / "template.yaml")
    parameters = parameters_of(stand, played)
    say(changed(sam_deploy(stand, template, parameters)), "sam deploy: the stack is created")
    say(not changed(sam_deploy(stand, template, parameters)), "sam deploy again: no changes")
    make_routes(stand, read_template())
    played.connect(stand, stack_outputs(stand))
    for function in sorted((ROOT / "events").iterdir()):
        for event in sorted(function.glob("*.json")):
            print(f"  {function.name} {event.stem}: {invoke(stand, function.name, event)}")
    print(f"ok  {deliver_on_the_first_channel(stand, played)}")
    print(f"ok  {fall_back_to_sms(stand, played)}")


def say(true: bool, what: str) -> None:
    if not true:
        raise SmokeFailed(f"not so: {what}; see {WORK / 'deploy.log'}")
    print(f"ok  {what}")


def changed(output: str) -> bool:
    return "No changes to deploy" not in output


def adapt(template: Path) -> Path:
    """Rewrite in the built template what MiniStack does not know, and nothing else."""
    machine = yaml.safe_load((ROOT / MACHINE).read_text(encoding="utf-8"))
    (WORK / "machine.json").write_text(json.dumps(machine), encoding="utf-8")
    text = template.read_text(encoding="utf-8")
    for what, old, new in (
        ("a state machine in YAML", rf"\S+/{MACHINE}", "../machine.json"),
        # Its SAM transform is given no parameters, only their defaults.
        ("a hash of the code", r"  CodeSha256:\n    Type: String\n", rf"\g<0>    Default: {code_hash()}\n"),
        # It takes every schedule for one of the default group, whose name is in the path and not in the body.
        ("a schedule's group", r":schedule/\$\{AWS::StackName\}/\*", ":schedule/default/*"),
    ):
        text, found = re.subn(old, new, text)
        if found != 1:
            raise SmokeFailed(f"expected {what} once in the built template, found it {found} times")
    text, left = re.subn(COMPUTED_ALARM, "", text)
    print(f"    left out: {left} alarms on queries or metric math, which MiniStack knows none of")
    template.write_text(text, encoding="utf-8")
    return template


def code_hash() -> str:
    return (WORK / "code-sha256.yaml").read_text(encoding="utf-8").split()[1]


def parameters_of(stand: Stand, played: Providers) -> dict[str, str]:
    secret = stand.client("secretsmanager").create_secret(Name=STACK, SecretString=json.dumps(SECRETS))
    here = {"SecretArn": secret["ARN"], "MetaBaseUrl": played.url, "InfobipBaseUrl": played.url}
    return {**PARAMETERS, **here, "CodeSha256": code_hash()}


def invoke(stand: Stand, function: str, event: Path) -> str:
    """What a function answered to one sample event, shortly; SmokeFailed where it failed."""
    name = f"{STACK}-{function.replace('_', '-')}:live"
    answer = stand.client("lambda").invoke(FunctionName=name, Payload=event.read_bytes())
    result: Any = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise SmokeFailed(f"{function} failed on {event.name}: {result}")
    status = result.get("statusCode", 200)
    if status >= 500:
        raise SmokeFailed(f"{function} answered {status} to {event.name}: see {stand.log}")
    return str(result.get("statusCode") or json.dumps(result))


if __name__ == "__main__":
    sys.exit(main())
