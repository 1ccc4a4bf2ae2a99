"""What `make deploy` does before it deploys: the plan against the stack, and a stop where it is refused.

python -m sandbox.build.before_deploy STAGE [--force]
"""

import argparse
import sys
import tomllib
from pathlib import Path
from typing import Any

from sandbox.commands import plan
from sandbox.commands.terminal import Ink, UserError, complain
from sandbox.journeys.compile import JOURNEYS
from sandbox.plan.deployed import in_stack

ROOT = Path(__file__).resolve().parents[2]
FINE, WRONG, REFUSED = 0, 1, 3
GO_ON = "To deploy all the same: FORCE=1 (whoever waits for it is then left unsaid, with the reason)."


def main(
    arguments: list[str] | None = None, config: Path = ROOT / "samconfig.toml", journeys: Path = JOURNEYS
) -> int:
    """Exit code 0: deploy; 1: it could not be planned; 3: refused. With --force it is told, and 0."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.build.before_deploy")
    parser.add_argument("stage")
    parser.add_argument("--force", action="store_true")
    options = parser.parse_args(arguments)
    try:
        code = _planned(_settings(config, options.stage), journeys)
    except UserError as error:
        complain(str(error))
        code = WRONG
    if code and not options.force:
        print(GO_ON, file=sys.stderr)
    return FINE if options.force else code


def _planned(settings: dict[str, Any], journeys: Path) -> int:
    known = in_stack(settings["stack_name"], settings.get("region", ""), settings.get("profile", ""))
    found = plan.compared(plan.local(journeys), known)
    print(plan.written(found, Ink.of(sys.stdout)))
    return REFUSED if plan.stops(found) else FINE


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
