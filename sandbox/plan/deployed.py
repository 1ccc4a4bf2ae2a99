"""What a plan is compared with: a running sandbox, a deployed stack, a folder, or a git revision.

Of a stack the compiled journeys are read from the layer of the live function itself, and what waits from the
table, by the operator's own credentials: no function has to answer for it, an older one can be asked too, and
nobody gets a permission more.
"""

import io
import json
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from aftercart.aws.items import Item, plain
from sandbox.commands.remote import Remote
from sandbox.commands.terminal import UserError
from sandbox.journeys.compile import Compiled, JourneysWrong, compile_journeys
from sandbox.journeys.revision import NoRevision, earlier
from sandbox.plan import carried, waiting
from sandbox.plan.waiting import Waits

IN_LAYER = "python/aftercart/compiled"
TIMEOUT = 60  # seconds
OTHER = "was compiled by a version that knows other keys: plan with that version's checkout"


@dataclass(frozen=True, slots=True)
class Deployed:
    """`made` None: nothing is deployed yet. `waits` None: nothing can be known of who waits."""

    name: str
    made: Compiled | None
    waits: Waits | None


def in_sandbox(remote: Remote) -> Deployed:
    """Raises UserError, as all of these do."""
    parts, waits = remote.get("/sandbox/journeys"), remote.get("/sandbox/waiting")
    return Deployed(remote.url, _read(parts, remote.url), Waits.of_json(waits))


def in_stack(stack: str, region: str = "", profile: str = "") -> Deployed:
    """In an AWS account, by the credentials of the environment; the whole table is read once."""
    session: Any = Session(profile=profile or None)
    try:
        client = session.create_client("lambda", **({"region_name": region} if region else {}))
        function = _live(client, f"{stack}-lifecycle-reminders")
        if function is None:
            return Deployed(stack, None, None)
        layer = next(each["Arn"] for each in function["Layers"])
        location = client.get_layer_version_by_arn(Arn=layer)["Content"]["Location"]
        made = _read(_unzipped(_downloaded(location, stack), stack), stack)
        table = session.create_client("dynamodb", **({"region_name": region} if region else {}))
        items = scanned(table, function["Environment"]["Variables"]["TABLE_NAME"])
        return Deployed(stack, made, waiting.counted(items, datetime.now(UTC)))
    except (BotoCoreError, ClientError) as error:
        raise UserError(f"{stack}: {error}") from None


def _live(client: Any, name: str) -> Any:
    """Its configuration behind the alias, or None where there is no such function."""
    try:
        return client.get_function_configuration(FunctionName=name, Qualifier="live")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise


def scanned(client: Any, table: str) -> Iterator[Item]:
    """Customers, enrolments and messages, each as it is at that moment."""
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        ConsistentRead=True,
        FilterExpression="kind IN (:c, :e, :m) OR begins_with(sk, :es) OR begins_with(sk, :ms)",
        ExpressionAttributeValues={
            ":c": {"S": "customer"},
            ":e": {"S": "enrolment"},
            ":m": {"S": "message"},
            ":es": {"S": "E#"},  # also those of a kind that only a later version knows
            ":ms": {"S": "M#"},
        },
    )
    return (plain(item) for page in pages for item in page["Items"])


def _downloaded(location: str, stack: str) -> bytes:
    try:
        with urllib.request.urlopen(location, timeout=TIMEOUT) as answer:
            found: bytes = answer.read()
            return found
    except OSError as error:
        raise UserError(f"{stack}: its layer cannot be read: {error}") from None


def _unzipped(layer: bytes, stack: str) -> carried.Parts:
    try:
        with zipfile.ZipFile(io.BytesIO(layer)) as archive:
            return {name: json.loads(archive.read(f"{IN_LAYER}/{name}")) for name in carried.FILES}
    except (KeyError, ValueError, zipfile.BadZipFile):
        raise UserError(f"{stack}: its layer holds no compiled journeys") from None


def _read(parts: carried.Parts, name: str) -> Compiled:
    try:
        return carried.read(parts)
    except carried.OtherVersion:
        raise UserError(f"what is deployed ({name}) {OTHER}") from None


def elsewhere(wanted: str, journeys: Path) -> Deployed:
    """A folder, else a revision of the repository in which `journeys` lies. Nothing is known of who waits."""
    try:
        with earlier(journeys, wanted) as folder:
            return Deployed(wanted, _compiled(folder, wanted), None)
    except NoRevision:
        what = f"--against {wanted!r} is no folder, and no revision of {journeys}'s repository"
        raise UserError(what) from None


def _compiled(folder: Path, name: str) -> Compiled:
    try:
        return compile_journeys(folder)
    except JourneysWrong as wrong:
        raise UserError(f"--against {name}: this version cannot compile it:\n{wrong}") from None
