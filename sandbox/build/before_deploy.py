"""What `make deploy` does before it deploys: the plan against the stack, the templates at their providers,
and a stop where either is refused.

python -m sandbox.build.before_deploy STAGE [--force]
"""

import argparse
import shlex
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.session import Session

from sandbox.commands import plan, templates
from sandbox.commands.terminal import Ink, UserError, complain
from sandbox.journeys.compile import JOURNEYS, Compiled
from sandbox.plan.deployed import in_stack
from sandbox.templates import reached

SENDERS = {
    "SecretArn": "SECRET_ARN",
    "MetaBaseUrl": "META_BASE_URL",
    "SocialPhoneNumberId": "SOCIAL_PHONE_NUMBER_ID",
}
ROOT = Path(__file__).resolve().parents[2]
FINE, WRONG, REFUSED = 0, 1, 3
GO_ON = "To deploy all the same: FORCE=1 (what nothing can be said with is left unsaid, with the reason)."


def main(
    arguments: list[str] | None = None, config: Path = ROOT / "samconfig.toml", journeys: Path = JOURNEYS
) -> int:
    """Exit code 0: deploy; 1: it could not be found out; 3: refused. With --force it is told, and 0."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.build.before_deploy")
    parser.add_argument("stage")
    parser.add_argument("--force", action="store_true")
    options = parser.parse_args(arguments)
    code = _all_of(config, options.stage, journeys)
    if code and not options.force:
        print(GO_ON, file=sys.stderr)
    return FINE if options.force else code


def _all_of(config: Path, stage: str, journeys: Path) -> int:
    """Each is told, also where the one before it refused."""
    try:
        settings, made = _settings(config, stage), plan.local(journeys)
    except UserError as error:
        complain(str(error))
        return WRONG
    return max(_told(look, settings, made) for look in (_planned, _approved))


def _told(look: Callable[[dict[str, Any], Compiled], int], settings: dict[str, Any], made: Compiled) -> int:
    try:
        return look(settings, made)
    except UserError as error:
        complain(str(error))
        return WRONG


def _planned(settings: dict[str, Any], made: Compiled) -> int:
    known = in_stack(settings["stack_name"], settings.get("region", ""), settings.get("profile", ""))
    found = plan.compared(made, known)
    print(plan.written(found, Ink.of(sys.stdout)))
    return REFUSED if plan.stops(found) else FINE


def _approved(settings: dict[str, Any], made: Compiled) -> int:
    """As the stack is about to be set: the first deployment is held to it as well."""
    session: Any = Session(profile=settings.get("profile") or None)
    there = reached.with_settings(_parameters(settings), made.brand, session, settings.get("region", ""))
    found = templates.status(made, there)
    wrong = {**found, "templates": [row for row in found["templates"] if row["finding"]]}
    if wrong["templates"]:
        print(templates.written_status(wrong, Ink.of(sys.stdout)))
    return REFUSED if wrong["templates"] else FINE


def _parameters(settings: dict[str, Any]) -> dict[str, str]:
    """Of the template's, those that say where templates are: by their names in the sender's environment."""
    given = settings.get("parameter_overrides", [])
    pairs = (each.partition("=") for each in (shlex.split(given) if isinstance(given, str) else given))
    known = {name: value for name, _, value in pairs}
    return {SENDERS[name]: known[name] for name in SENDERS if known.get(name)}


def _settings(config: Path, stage: str) -> dict[str, Any]:
    """As `sam deploy --config-env STAGE` reads them: the command's own go before the global ones."""
    read = tomllib.loads(config.read_text(encoding="utf-8")).get(stage, {})
    parts = [read.get(part, {}).get("parameters", {}) for part in ("global", "deploy")]
    settings = {**parts[0], **parts[1]}
    if "stack_name" not in settings:
        raise UserError(f"samconfig.toml has no stack_name for STAGE={stage}")
    return settings


if __name__ == "__main__":
    sys.exit(main())
