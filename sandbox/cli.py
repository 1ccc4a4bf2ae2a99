"""The command line, `aftercart COMMAND`: each command has its own module."""

import argparse
import difflib
import gc
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from sandbox.commands.terminal import Ink, UserError, complain, save, writable
from sandbox.control.moments import read_time

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")  # as deployed: it looks for none in all packages
JOURNEYS = Path(__file__).parents[1] / "journeys"
FINE, WRONG_INPUT, WRONG_USAGE, FINDINGS, INTERRUPTED = 0, 1, 2, 3, 130
PORT = 8787
MOST_CUSTOMERS, MOST_YEARS = 1_000_000, 20
EVENT_HELP = "a file, or a name from events/ (order_placed): a whole Lambda event, or with --topic a raw body"


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, with the nearest right word. Nothing may be given as nothing: what a
    script left empty would mean something else than it meant."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.register("type", None, _something)
        self.register("type", Path, lambda text: Path(_something(text)))

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """A command refuses by itself what it does not know: it knows its own options."""
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._hint(unknown)}")
        return options, unknown

    def error(self, message: str) -> NoReturn:
        complain(message)
        print(f"See: {self.prog} --help", file=sys.stderr)
        sys.exit(WRONG_USAGE)

    def _hint(self, unknown: Sequence[str]) -> str:
        known = [option for action in self._actions for option in action.option_strings]
        words = [word.split("=")[0] for word in unknown if word.startswith("--")]
        close = [near for word in words for near in difflib.get_close_matches(word, known, 1)]
        return f"; did you mean {close[0]}?" if close else ""


def parser() -> Parser:
    """All commands with their options, and an example each."""
    top = Parser(
        prog="aftercart",
        description="What a shop says to a customer after the sale: all of it on this machine.",
        epilog="example: aftercart demo",
    )
    commands = top.add_subparsers(title="commands", dest="command", metavar="COMMAND", parser_class=Parser)
    commands.type = str  # through it goes the rest of the line, which the command judges
    demo = _command(
        commands, "demo", "play the story: one order, every channel, three years", "demo --seed 7"
    )
    dev = _command(commands, "dev", "serve it all on 127.0.0.1", "dev --port 8787 --at 2027-03-01T09:00:00Z")
    send = _command(
        commands, "send", "play events and show what phones show", "send order_placed parcel_sent"
    )
    why = _command(commands, "why", "explain each message and each silence", "why --order 1001")
    _pause_command(commands)
    _waits_command(commands)
    plan = _command(
        commands, "plan", "say what a change of journeys/ does, and to how many", "plan --stack shop"
    )
    plan.add_argument("--journeys", type=Path, help="the folder (default: this project's)")
    with_what = plan.add_mutually_exclusive_group()
    with_what.add_argument("--to", help="URL of a running sandbox (default: http://127.0.0.1:8787)")
    with_what.add_argument("--stack", help="a deployed stack, in the account and region of the environment")
    with_what.add_argument("--against", help="another folder, or a git revision: who waits is not known then")
    _templates_commands(commands)
    test = _command(
        commands, "test", "play the scenarios, and say which do not hold", "test scenarios/*.yaml"
    )
    test.add_argument("scenario", nargs="*", type=Path, help="files (default: all of scenarios/)")
    check = _command(
        commands, "check", "tell every mistake in journeys/, with its place", "check --journeys journeys"
    )
    check.add_argument("--journeys", type=Path, help="the folder (default: this project's)")
    preview = _command(
        commands,
        "preview",
        "one page of what customers see, or of what a change makes of it",
        "preview --before HEAD --out preview.html",
    )
    preview.add_argument("--journeys", type=Path, help="the folder (default: this project's)")
    preview.add_argument(
        "--before",
        metavar="FOLDER_OR_REVISION",
        help="an older version beside it: a folder, or git's name of it",
    )
    preview.add_argument("--out", type=Path, help="the page (default: preview.html; with --json none)")
    simulate = _command(
        commands,
        "simulate",
        "play customers' years with all that breaks, and judge",
        "simulate --customers 1000 --years 3",
    )
    simulate.add_argument("--customers", type=_count, default=100, help="how many (default: 100)")
    simulate.add_argument("--years", type=_years, default=3.0, help="for how long (default: 3)")
    simulate.add_argument(
        "--html", type=Path, metavar="FILE", help="also a page with plots, whole in one file"
    )
    simulate.add_argument(
        "--sandbox", type=_sandbox, metavar="SEED/N", help="1/37: this one alone, as a breach names it"
    )
    simulate.add_argument(
        "--any-route", action="store_true", help="over any provider, another route in each country"
    )
    for each in (demo, dev, send, simulate):
        each.add_argument("--seed", type=_seed, default=1, help="another seed, other ids (default: 1)")
        each.add_argument("--verbose", action="store_true", help="the functions' logs on stderr")
    dev.add_argument("--at", type=_time, help="the time it begins, ISO 8601 (default: now)")
    fresh_or_running = send.add_mutually_exclusive_group()
    told = "the time a fresh sandbox begins, ISO 8601 (default: the event's, or now)"
    fresh_or_running.add_argument("--at", type=_time, help=told)
    fresh_or_running.add_argument("--to", help="URL of a running sandbox, whose clock stays where it is")
    why.add_argument("--to", help="URL of a running sandbox (default: http://127.0.0.1:8787)")
    dev.add_argument("--port", type=_port, default=PORT, help=f"0 finds a free one (default: {PORT})")
    send.add_argument("event", nargs="+", help=EVENT_HELP)
    send.add_argument("--topic", help="orders/create, fulfillments/update, meta, infobip …")
    send.add_argument(
        "--as-is", action="store_true", help="with --to: dates as they are, not brought up to now"
    )
    about = why.add_mutually_exclusive_group(required=True)
    about.add_argument("--order", help="the shop's id of an order, or its number")
    about.add_argument("--customer", help="our id of a customer, a name, or a phone")
    about.add_argument("--message", help="the id of a message")
    return top


def _pause_command(commands: Any) -> None:
    pause = _command(
        commands, "pause", "have a journey wait, without a deployment", "pause phone_care --stack shop"
    )
    which = pause.add_mutually_exclusive_group(required=True)
    which.add_argument("journey", nargs="?", help="its name, or a provider's: sms/aws")
    which.add_argument("--all", action="store_true", help="every journey")
    pause.add_argument("--resume", action="store_true", help="it goes on")
    where = pause.add_mutually_exclusive_group()
    where.add_argument("--stack", help="a deployed stack, in the account and region of the environment")
    where.add_argument("--to", help="URL of a running sandbox (default: http://127.0.0.1:8787)")


def _waits_command(commands: Any) -> None:
    waits = _command(
        commands, "waits", "say what was learned of how long receipts take", "waits --stack shop"
    )
    of_what = waits.add_mutually_exclusive_group()
    of_what.add_argument("--stack", help="a deployed stack, in the account and region of the environment")
    of_what.add_argument("--to", help="URL of a running sandbox (default: http://127.0.0.1:8787)")


def _templates_commands(commands: Any) -> None:
    told = "compare, submit and look after the templates that providers approve"
    templates = commands.add_parser(
        "templates", help=told, description=told, epilog="example: aftercart templates status --stack shop"
    )
    ways = templates.add_subparsers(
        title="what", dest="what", metavar="diff|push|status", parser_class=Parser, required=True
    )
    ways.type = str
    for name, said, example in (
        ("diff", "tell what differs between journeys/ and the provider", "templates diff --stack shop"),
        ("push", "submit what the provider does not have", "templates push --stack shop --dry-run"),
        ("status", "tell which templates in use may be sent", "templates status --stack shop"),
    ):
        way = _command(ways, name, said, example)
        way.add_argument("--journeys", type=Path, help="the folder (default: this project's)")
        where = way.add_mutually_exclusive_group()
        where.add_argument("--stack", help="a deployed stack, in the account and region of the environment")
        where.add_argument("--to", help="URL of a running sandbox (default: http://127.0.0.1:8787)")
        if name == "push":
            way.add_argument("--dry-run", action="store_true", help="print the requests, and send none")
            told = "an example for templates with an image: a JPEG or PNG; through AWS s3://bucket/key"
            way.add_argument("--image", metavar="PICTURE", help=told)


def _command(commands: Any, name: str, told: str, example: str) -> argparse.ArgumentParser:
    epilog = f"example: aftercart {example}"
    command: argparse.ArgumentParser = commands.add_parser(name, help=told, description=told, epilog=epilog)
    command.add_argument("--json", action="store_true", help="JSON on stdout")
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """0 fine, 1 the user's input, 2 usage, 3 findings, 130 interrupted."""
    _open_what_is_closed()
    given = list(sys.argv[1:] if arguments is None else arguments)
    top = parser()
    if given and not given[0].startswith("-") and given[0] not in COMMANDS:
        close = difflib.get_close_matches(given[0], COMMANDS, 1)
        hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(COMMANDS)}"
        complain(f"there is no command {given[0]!r}; {hint}")
        return WRONG_USAGE
    options = top.parse_args(given)
    if options.command is None:
        top.print_help()
        return FINE
    try:
        return COMMANDS[options.command](options)
    except UserError as error:
        complain(str(error))
        return WRONG_INPUT
    except BrokenPipeError:  # whoever read our output has had enough
        _say_no_more()
        return FINE
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED


def _open_what_is_closed() -> None:
    """Whoever has closed a stream wants the exit code alone; the next file would be taken for the stream."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  (as long as the process)
            setattr(sys, name, nowhere)


def _say_no_more() -> None:
    """What is still in the buffer would fail once more as the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _demo(options: argparse.Namespace) -> int:
    from sandbox.commands import demo, demo_shown  # noqa: PLC0415  (moto and SAM take seconds to load)

    _prepare(options)
    story = demo.play(options.seed)
    _print(story, options.json, lambda: demo_shown.written(story, Ink.of(sys.stdout)))
    return FINE


def _dev(options: argparse.Namespace) -> int:
    from sandbox.commands import dev  # noqa: PLC0415
    from sandbox.sandbox import Sandbox  # noqa: PLC0415

    _prepare(options)
    start = options.at or datetime.now(UTC).replace(microsecond=0)

    def ready(url: str) -> None:
        print(json.dumps({"ready": url}) if options.json else f"ready {url}", flush=True)

    try:
        dev.serve(lambda: Sandbox(start, options.seed), options.port, ready)
    except OSError as error:
        raise UserError(f"port {options.port}: {error.strerror}; choose another, or --port 0") from None
    return FINE


def _send(options: argparse.Namespace) -> int:
    from sandbox.commands import send, send_shown  # noqa: PLC0415
    from sandbox.commands.remote import Remote  # noqa: PLC0415

    _prepare(options)
    events = [send.read(name, options.topic or "") for name in options.event]
    if options.to:
        found = send.sent(events, Remote(options.to), options.as_is)
    else:
        times = [event.at for event in events if event.at]
        start = options.at or min(times, default=datetime.now(UTC).replace(microsecond=0))
        found = send.played(events, start, options.seed)
    _print(found, options.json, lambda: send_shown.written(found, Ink.of(sys.stdout)))
    return FINE if all(each["status"] < 400 for each in found["events"]) else WRONG_INPUT


def _why(options: argparse.Namespace) -> int:
    from sandbox.commands import why  # noqa: PLC0415
    from sandbox.commands.remote import DEFAULT, Remote  # noqa: PLC0415

    remote = Remote(options.to or DEFAULT)
    told = why.asked(remote, options.order or "", options.customer or "", options.message or "")
    _print(told, options.json, lambda: why.written(told, Ink.of(sys.stdout)))
    return FINE


def _pause(options: argparse.Namespace) -> int:
    from sandbox.commands import pause  # noqa: PLC0415
    from sandbox.commands.remote import DEFAULT, Remote  # noqa: PLC0415

    journey, paused = options.journey or "*", not options.resume
    if options.stack:
        found = pause.deployed(options.stack, journey, paused)
    else:
        found = pause.in_sandbox(Remote(options.to or DEFAULT), journey, paused)
    _print(found, options.json, lambda: pause.written(found, paused))
    return FINE


def _waits(options: argparse.Namespace) -> int:
    from sandbox.commands import waits  # noqa: PLC0415
    from sandbox.commands.remote import DEFAULT, Remote  # noqa: PLC0415

    found = (
        waits.deployed(options.stack) if options.stack else waits.in_sandbox(Remote(options.to or DEFAULT))
    )
    _print(found, options.json, lambda: waits.written(found))
    return FINE


def _plan(options: argparse.Namespace) -> int:
    from sandbox.commands import plan  # noqa: PLC0415
    from sandbox.commands.remote import DEFAULT, Remote  # noqa: PLC0415
    from sandbox.plan import deployed  # noqa: PLC0415

    journeys = options.journeys or JOURNEYS
    new = plan.local(journeys)
    if options.stack:
        known = deployed.in_stack(options.stack)
    elif options.against:
        known = deployed.elsewhere(options.against, journeys)
    else:
        known = deployed.in_sandbox(Remote(options.to or DEFAULT))
    found = plan.compared(new, known)
    _print(found, options.json, lambda: plan.written(found, Ink.of(sys.stdout)))
    return FINDINGS if plan.stops(found) else FINE


def _templates(options: argparse.Namespace) -> int:
    from sandbox.commands import plan, templates  # noqa: PLC0415
    from sandbox.commands.remote import DEFAULT  # noqa: PLC0415
    from sandbox.templates import reached  # noqa: PLC0415

    made, ink = plan.local(options.journeys or JOURNEYS), Ink.of(sys.stdout)
    if options.stack:
        there = reached.in_stack(options.stack, made.brand)
    else:
        there = reached.in_sandbox(options.to or DEFAULT, made.brand)
    if options.what == "push":
        found = templates.push(made, there, options.image or "", dry_run=options.dry_run)
        _print(found, options.json, lambda: templates.written_push(found, ink))
    elif options.what == "diff":
        found = templates.diff(made, there)
        _print(found, options.json, lambda: templates.written_diff(found, ink))
    else:
        found = templates.status(made, there)
        _print(found, options.json, lambda: templates.written_status(found, ink))
    return FINDINGS if templates.stops(found) else FINE


def _test(options: argparse.Namespace) -> int:
    from sandbox.commands import test  # noqa: PLC0415

    _prepare(options)
    found = test.tested(options.scenario)
    _print(found, options.json, lambda: test.written(found, Ink.of(sys.stdout)))
    return FINE if all(not each["problems"] for each in found["scenarios"]) else FINDINGS


def _check(options: argparse.Namespace) -> int:
    from sandbox.commands import check  # noqa: PLC0415

    found = check.checked(options.journeys or JOURNEYS)
    _print(found, options.json, lambda: check.written(found, Ink.of(sys.stdout)))
    gc.freeze()  # the process ends: nothing of it is worth looking through for garbage once more
    return FINDINGS if found["mistakes"] else FINE


def _preview(options: argparse.Namespace) -> int:
    from sandbox.commands import preview  # noqa: PLC0415
    from sandbox.journeys.compile import JOURNEYS  # noqa: PLC0415

    made = preview.previewed(options.journeys or JOURNEYS, options.before)
    out = options.out or (None if options.json else preview.PAGE)
    wrong = not isinstance(made, preview.Preview)
    found = made.as_json() if isinstance(made, preview.Preview) else made
    if isinstance(made, preview.Preview) and out:
        save(made.html(), out)
    _print(found, options.json, lambda: preview.written(found, out, Ink.of(sys.stdout)))
    return FINDINGS if wrong else FINE


def _simulate(options: argparse.Namespace) -> int:
    from sandbox.commands import simulate, simulate_page, simulate_shown  # noqa: PLC0415

    _prepare(options)
    if options.html:
        writable(options.html)  # asked before the work of minutes, not after it
    seed = int(options.sandbox.partition("/")[0]) if options.sandbox else options.seed
    found = simulate.on_stderr(
        options.customers, options.years, seed, options.sandbox or "", any_route=options.any_route
    ).as_json()
    try:
        if options.html:
            save(simulate_page.html(found), options.html)
    finally:
        _print(found, options.json, lambda: simulate_shown.written(found, Ink.of(sys.stdout)))
    return FINDINGS if found["breaches"] else FINE


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "demo": _demo,
    "dev": _dev,
    "send": _send,
    "why": _why,
    "pause": _pause,
    "waits": _waits,
    "plan": _plan,
    "templates": _templates,
    "test": _test,
    "check": _check,
    "preview": _preview,
    "simulate": _simulate,
}


def _print(found: Any, as_json: bool, text: Callable[[], str]) -> None:
    """What has no letter in the terminal's encoding is said by its number."""
    encoding = sys.stdout.encoding
    ascii_only = encoding.lower() != "utf-8"
    said = json.dumps(found, ensure_ascii=ascii_only, indent=2) if as_json else text()
    try:
        print(said.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        _say_no_more()
        raise UserError(f"stdout cannot be written: {error.strerror}") from None


def _prepare(options: argparse.Namespace) -> None:
    """Compiles `journeys/`, and says where the functions' logs go."""
    # time-machine looks whether pytest is there, and loading that takes a second.
    sys.modules.setdefault("pytest", None)  # type: ignore[arg-type]
    from sandbox.cloud.lambda_environment import LOGS  # noqa: PLC0415
    from sandbox.journeys.compile import JourneysWrong  # noqa: PLC0415
    from sandbox.sandbox import compiled  # noqa: PLC0415

    LOGS.also = sys.stderr if getattr(options, "verbose", False) else None
    try:
        compiled()
    except JourneysWrong as wrong:
        raise UserError(f"journeys/ cannot be used:\n{wrong}") from None


def _something(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError(f"expected something, not {text!r}")
    return text


def _time(text: str) -> datetime:
    try:
        return read_time(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: expected 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_CUSTOMERS:
        raise argparse.ArgumentTypeError(f"{text!r} is no count: expected 1 to {MOST_CUSTOMERS}")
    return int(text)


def _years(text: str) -> float:
    try:
        years = float(text)
    except ValueError:
        years = 0.0
    if not 0 < years <= MOST_YEARS:
        raise argparse.ArgumentTypeError(f"{text!r} are no years: expected a number up to {MOST_YEARS}")
    return years


def _sandbox(text: str) -> str:
    if not re.fullmatch(r"-?\d+/\d+", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no sandbox: expected its seed and number, such as 1/37"
        )
    return text


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed: expected a whole number") from None


if __name__ == "__main__":
    sys.exit(main())
