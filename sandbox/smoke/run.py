"""`make smoke`: the built template on MiniStack by the real `sam deploy`, and the deployed stack at work.

1. deploys, and deploys again: the second time nothing changes;
2. lives a story (`sandbox.smoke.story`) through the deployed API: customers are told, by one provider or the
   next, write and are answered; receipts come back through the API and the topics, every execution succeeds;
3. invokes every function with every `events/<function>/*.json`. Last, since some of them change what is sent.

What differs from AWS: the layer is built for this machine's processor, `adapt` rewrites what MiniStack does
not know, the API's routes are made by calls. In the functions every name but this machine's leads to the fake
providers, and so do the calls of AWS that send. IAM policies are enforced for all the others.
"""

import json
import re
import sys
import time
from pathlib import Path

import yaml

from aftercart.texts.compiled import load_catalogue
from sandbox.build.bundle import HOST, build
from sandbox.shop_settings import PARAMETERS, SECRETS
from sandbox.smoke.providers import providers
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
from sandbox.smoke.story import Story
from sandbox.states.transitions import read_template

BUILD = WORK / "build"
COMPILED = BUILD / "SharedLayer" / "python" / "aftercart" / "compiled"
COMPUTED_ALARM = r"  \w+Alarm:\n(?: {4}.*\n)*? {6}Metrics:\n(?: {4}.*\n)+"
MACHINE = "statemachines/send_with_fallback.asl.yaml"


def main() -> int:
    """Exit code 0 when all of it worked, 1 with the reason when not."""
    started = time.monotonic()
    try:
        smoke()
    except SmokeFailed as failed:
        print(f"Smoke failed: {failed}", file=sys.stderr)
        return 1
    print(f"Smoke passed in {time.monotonic() - started:.0f} s.")
    return 0


def smoke() -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    build(BUILD, HOST)
    template = adapt(BUILD / "template.yaml")
    with providers(COMPILED, WORK / "fakes.pem") as played, ministack(played.environment) as stand:
        deploy(stand, template)
        played.connect(stand, stack_outputs(stand))
        try:
            story = Story(stand, played, load_catalogue(COMPILED))
            for chapter in story.chapters:
                print(f"ok  {chapter()}")
            invoke_all(stand)
            story.machine.wait_until_all_succeeded()
        finally:
            played.fall_silent()


def deploy(stand: Stand, template: Path) -> None:
    parameters = parameters_of(stand)
    say(changed(sam_deploy(stand, template, parameters)), "sam deploy: the stack is created")
    say(not changed(sam_deploy(stand, template, parameters)), "sam deploy again: no changes")
    make_routes(stand, read_template())


def invoke_all(stand: Stand) -> None:
    for function in sorted((ROOT / "events").iterdir()):
        for event in sorted(function.glob("*.json")):
            print(f"  {function.name} {event.stem}: ", end="", flush=True)
            answer = stand.invoke(function.name, event.read_bytes())
            print(answer.get("statusCode") or json.dumps(answer))
    print("ok  every function answers every sample event")


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


def parameters_of(stand: Stand) -> dict[str, str]:
    secret = stand.client("secretsmanager").create_secret(Name=STACK, SecretString=json.dumps(SECRETS))
    return {**PARAMETERS, "SecretArn": secret["ARN"], "CodeSha256": code_hash()}


if __name__ == "__main__":
    sys.exit(main())
