"""`make check`: cfn-lint and checkov on the template as CloudFormation gets it.

Both see little in SAM's own resources: an open Function URL passes them. So the template is expanded first,
by the transform that CloudFormation runs. Usage: `python -m sandbox.audit.run CFN_LINT CHECKOV`, both paths.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.audit.accepted import CFN_LINT, CHECKOV
from sandbox.cloud.template import read
from sandbox.shop_settings import PARAMETERS

ROOT = Path(__file__).resolve().parents[2]
EXPANDED = ROOT / ".build" / "expanded-template.json"
SECRET = {"SecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:aftercart-AbCdEf"}
Accepted = Mapping[str, tuple[tuple[str, ...], str]]
Finding = tuple[str, str, str]
"""Rule, what it was found at, and what the tool says of it."""


def expand(to: Path) -> None:
    """Writes the template after SAM's transform. Raises TemplateError."""
    whole = read(ROOT / "template.yaml", {**PARAMETERS, **SECRET})
    to.parent.mkdir(exist_ok=True)
    to.write_text(json.dumps(whole.template, indent=1), encoding="utf-8")


def unanswered(findings: Iterable[Finding], accepted: Accepted) -> Iterator[str]:
    """Findings without an answer, then answers without a finding."""
    answered = {(rule, place) for rule, (places, _) in accepted.items() for place in places}
    met = set()
    for rule, place, said in findings:
        met.add((rule, place))
        if (rule, place) not in answered:
            yield f"{rule} {place}: {said}"
    yield from (
        f"{rule} {place}: nothing is found there now: strike it" for rule, place in sorted(answered - met)
    )


def cfn_lint(tool: str, template: Path) -> Iterator[Finding]:
    """Every finding, informational ones too."""
    found = _json([tool, "--include-checks", "I", "--format", "json", "--", str(template)])
    for each in found:
        path = [str(part) for part in each["Location"]["Path"]]
        yield each["Rule"]["Id"], path[1] if len(path) > 1 else "", each["Message"]


def checkov(tool: str, template: Path) -> Iterator[Finding]:
    """Every failed check. It looks nothing up: no account, no network."""
    flags = ["--framework", "cloudformation", "--skip-download", "--compact", "--quiet", "--soft-fail"]
    found = _json([tool, "--file", str(template), *flags, "--output", "json"])
    if found["summary"]["parsing_errors"] or not found["summary"]["passed"]:
        raise SystemExit("checkov could not read the expanded template")
    for each in found["results"]["failed_checks"]:
        yield each["check_id"], each["resource"].rpartition(".")[2], each["check_name"]


def _json(command: Sequence[str]) -> Any:
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "AWS_REGION": "eu-central-1"}
    )
    try:
        return json.loads(ended.stdout)
    except ValueError:
        raise SystemExit(f"{command[0]}: {ended.stderr or ended.stdout}") from None


def main(tools: Sequence[str]) -> int:
    """Exit code 1 and one line a finding where something is unanswered."""
    expand(EXPANDED)
    faults = [
        *unanswered(cfn_lint(tools[0], EXPANDED), CFN_LINT),
        *unanswered(checkov(tools[1], EXPANDED), CHECKOV),
    ]
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print("cfn-lint and checkov have nothing to say of the expanded template that is not answered.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
