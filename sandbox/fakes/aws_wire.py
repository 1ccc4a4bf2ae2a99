"""AWS's sends as they come over HTTP: what is asked for and how it is answered, by the services' models."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from sandbox.fakes.carrier import AWS_SENDS
from sandbox.fakes.shown import FakeAwsError

QUERY = "query"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    kind: str  # its content type
    body: bytes


@dataclass(frozen=True, slots=True)
class AwsRequest:
    """A call of one of AWS_SENDS. `parameters`: as its client was given them."""

    operation: OperationModel
    parameters: Mapping[str, Any]

    @property
    def name(self) -> tuple[str, str]:
        """As in AWS_SENDS."""
        return self.operation.service_model.service_name, self.operation.name

    def answered(self, output: Mapping[str, Any]) -> Answer:
        serializer = get_serializer_class(self.name[0], self._protocol)
        found = serializer(self.operation).serialize(output)
        return Answer(found["status_code"], self._kind, str(found["body"]).encode())

    def refused(self, error: FakeAwsError) -> Answer:
        if self._protocol == QUERY:
            code, words = escape(error.code), escape(error.message)
            fault = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message></Error>"
            body = f"<ErrorResponse>{fault}</ErrorResponse>"
        else:
            body = json.dumps({"__type": error.code, "message": error.message, **error.extra})
        return Answer(error.status, self._kind, body.encode())

    @property
    def _protocol(self) -> str:
        return str(self.operation.service_model.protocol)

    @property
    def _kind(self) -> str:
        return "text/xml" if self._protocol == QUERY else "application/json"


def read(method: str, path: str, headers: Mapping[str, str], body: bytes) -> AwsRequest | None:
    """`headers`: their names in small letters. None: it is no call of any of AWS_SENDS."""
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    called = (method, path, headers.get("x-amz-target", ""), form.get("Action", ""))
    operation = next((each for each in _operations() if _is(each, *called)), None)
    if operation is None:
        return None
    parser = PROTOCOL_PARSERS[operation.service_model.protocol](operation)
    asked: Any = {"body": body, "headers": headers, "url_params": {}, "values": form}
    return AwsRequest(operation, parser.parse(asked))


@cache
def _operations() -> tuple[OperationModel, ...]:
    return tuple(get_service_model(service).operation_model(name) for service, name in AWS_SENDS)


def _is(operation: OperationModel, method: str, path: str, target: str, action: str) -> bool:
    match operation.service_model.protocol:
        case "query":
            return action == operation.name
        case "json":
            return target == f"{operation.service_model.metadata['targetPrefix']}.{operation.name}"
    return (method, path) == (operation.http["method"], operation.http["requestUri"])
