"""No line that a handler logs in any test names anybody or gives a key away: a plugin of pytest.

Each line is looked at as it is written, in the process that writes it, so that it holds on every worker. What
handlers print without a sandbox round them is looked at in what pytest has captured. A test in which such a
line is written fails, and is told what kind of thing it was, never the line. Processes that a test starts are
not seen.
"""

import base64
import json
import re
from collections.abc import Generator, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.cloud.lambda_environment import LOGS

if TYPE_CHECKING:
    from sandbox.shop import Person

EVENTS = Path(__file__).parents[1] / "events"
KINDS = {
    "first_name": "first name",
    "last_name": "last name",
    "address1": "street",
    "phone": "phone",
    "wa_id": "phone",
    "originationNumber": "phone",
    "email": "e-mail",
    "contact_email": "e-mail",
}
SHORTEST = 4  # characters: less is in anything
OURS = ('"_aws"', '"service"')  # a line of metrics, a line of the logger's


@cache
def marks() -> Mapping[str, str]:
    """What must be in no line, in each form in which it may stand there, and its kind."""
    from sandbox import story  # noqa: PLC0415  (a process that runs no test is spared all this)
    from sandbox.shop_settings import SECRETS  # noqa: PLC0415
    from tests import builders  # noqa: PLC0415
    from tests.promises import canaries  # noqa: PLC0415

    known = dict.fromkeys((*SECRETS.values(), *builders.SECRETS.values()), "secret")
    known |= {mark: name for name, mark in canaries.MARKS.items()}
    for person in (*story.people(), canaries.OTHER):
        known |= dict(_of_person(person))
    known |= {builders.OLENA_PHONE: "phone", builders.OLENA_EMAIL: "e-mail"}
    for path in EVENTS.glob("*/*.json"):
        known |= dict(_of_event(json.loads(path.read_text(encoding="utf-8"))))
    return {form: kind for value, kind in known.items() for form in _forms(value, kind)}


def _of_person(person: "Person") -> Iterator[tuple[str, str]]:
    yield person.first_name, "first name"
    yield person.last_name, "last name"
    yield person.phone, "phone"
    yield person.email, "e-mail"


def _of_event(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Also inside the texts and the base64 in which events hold bodies."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _of_event(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _of_event(value, name)
    elif isinstance(node, str):
        if name in KINDS:
            yield node, KINDS[name]
        elif name in ("body", "Message"):
            yield from _of_event(_read(node), name)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(base64.b64decode(text)) if text.startswith("ey") else None  # "ey" begins {"


def _forms(value: str, kind: str) -> set[str]:
    """As it is, and as JSON escapes it. A phone: its last nine digits, which every way of writing it has."""
    if "phone" in kind:
        digits = re.sub("[^0-9]", "", value)[-9:]
        return {digits} if len(digits) == 9 else set()
    return {value, json.dumps(value)[1:-1]} if len(value) >= SHORTEST else set()


def kinds_in(line: str) -> set[str]:
    """The kinds of things that stand in a line and must not."""
    return {kind for form, kind in marks().items() if form in line and _whole(form, line)}


def _whole(form: str, line: str) -> bool:
    """'Anna' in a random id is nobody."""
    return not form.isalpha() or re.search(rf"(?<!\w){re.escape(form)}(?!\w)", line) is not None


class LogWatch:
    """Looks at lines as they are written, and fails the test that was running."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def look(self, line: str) -> None:
        self.found += sorted(kinds_in(line))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, Any]:
        report = yield
        for title, text in report.sections:
            self._look_at_captured(title, text)
        if self.found and not report.failed:
            report.outcome = "failed"
            kinds = ", ".join(sorted(set(self.found)))
            report.longrepr = f"{item.nodeid}: {len(self.found)} times in what was logged: {kinds}"
        if self.found:
            self.found.clear()
        return report

    def _look_at_captured(self, title: str, text: str) -> None:
        """Records of any logger; of what was printed, the handlers' own lines: commands may print names."""
        for line in text.splitlines():
            if "log" in title or any(sign in line for sign in OURS):
                self.look(line)


def pytest_configure(config: pytest.Config) -> None:
    watch = LogWatch()
    LOGS.watch = watch.look
    config.pluginmanager.register(watch, "log_canaries")
