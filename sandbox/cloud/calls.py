"""Every AWS call of the sandbox passes here: to our own services, else to moto, and never beyond.

On moto botocore checks and signs a call as always; the hooks stand where it would leave the process, so that
the SDK's own retries meet our faults. They are registered once for each process, and stand aside without a
world. In memory a call comes without botocore (`direct`), and its retries are played here.
"""

import itertools
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError
from botocore.handlers import BUILTIN_HANDLERS
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from sandbox.cloud import faults
from sandbox.cloud.engine import Engine
from sandbox.cloud.faults import Crashed, Faults
from sandbox.cloud.functions import Functions, Invocation
from sandbox.cloud.refused import Refused

Params = dict[str, Any]
Answer = tuple[int, Mapping[str, str], bytes]
T = TypeVar("T")
Operation = Callable[[Params], Any]
"""One operation of a service of ours: parameters in, output out; raises Refused."""

IN_XML = frozenset({"sns"})  # AWS's query protocol
HEADER = "X-Sandbox-Call"
REMEMBERED = timedelta(minutes=10)
# What each service calls too much; all are retried by the SDK's standard mode.
THROTTLING = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "lambda": "TooManyRequestsException",
    "sns": "Throttling",
    "stepfunctions": "ThrottlingException",
}
# What the SDK's standard mode sends again, of what our services and faults answer.
SENT_AGAIN = frozenset({*THROTTLING.values(), "TransactionInProgressException"})


@dataclass(slots=True)
class Call:
    """One call of an operation, however often the SDK sends it."""

    service: str
    operation: str
    params: Params
    invocation: Invocation | None
    mode: str | None = None
    sent: int = 0

    @property
    def name(self) -> str:
        return f"{self.service}.{self.operation}"


@dataclass(slots=True)
class Calls:
    """What answers AWS calls while a world is open.

    `after` is told of each call that moto has answered, `before` the name of each call that begins: who lets
    several invocations take turns does it there.
    """

    engine: Engine
    functions: Functions
    operations: Mapping[tuple[str, str], Operation]
    services: frozenset[str]
    faults: Faults = field(default_factory=Faults)
    after: Callable[[Call], object] = lambda call: None
    before: Callable[[str], object] = lambda call: None
    slept: float = 0.0
    _open: dict[str, Call] = field(default_factory=dict)
    _tokens: dict[str, tuple[datetime, str, Answer]] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def begin(self, service: str, operation: str, params: Params) -> str:
        """A call begins; gives the number under which its sends come."""
        number = str(next(self._numbers))
        self._open[number] = self._begun(service, operation, params)
        return number

    def _begun(self, service: str, operation: str, params: Params) -> Call:
        invocation = self.functions.running[-1] if self.functions.running else None
        call = Call(service, operation, params, invocation)
        self.before(call.name)
        if invocation:
            if invocation.crashed:
                # A dead process calls nobody: not even from its `finally`.
                raise Crashed(call.name)
            invocation.calls.append(call.name)
            call.mode = self.faults.take(call.name)
        return call

    def end(self, number: str) -> None:
        """The call has its answer."""
        self._open.pop(number, None)

    def send(self, number: str, request: AWSPreparedRequest) -> AWSResponse:
        """Answers one send. Raises what botocore would meet, or Crashed."""
        call = self._open[number]
        call.sent += 1
        try:
            status, headers, body = self._through_fault(call, lambda: self._apply(call, request))
        except Refused as refusal:
            status, headers, body = _refused(call, refusal)
        except Crashed:
            self.end(number)
            raise
        return AWSResponse(request.url, status, headers, MockRawResponse(body))  # type: ignore[arg-type]

    def direct(self, service: str, operation: str, params: Params, tries: int) -> Any:
        """A call without botocore: the operation's output. Raises Refused, ReadTimeoutError or Crashed."""
        call, answer = self._begun(service, operation, params), self._operation(service, operation)
        for left in reversed(range(tries)):
            call.sent += 1
            try:
                return self._through_fault(call, lambda: answer(params))
            except Refused as refusal:
                if refusal.code not in SENT_AGAIN or not left:
                    raise
            except ReadTimeoutError:
                if not left:
                    raise
        return None

    def _through_fault(self, call: Call, apply: Callable[[], T]) -> T:
        match call.mode:
            case faults.CRASH_BEFORE:
                self._crash(call)
            case faults.CRASH_AFTER:
                with suppress(Refused):
                    apply()
                self._crash(call)
            case faults.THROTTLED:
                raise Refused(THROTTLING.get(call.service, "ThrottlingException"), "Rate exceeded")
            case faults.LOST:
                raise ReadTimeoutError(endpoint_url=call.name)
            case faults.APPLIED:
                if call.sent == 1:
                    with suppress(Refused):
                        apply()
                raise ReadTimeoutError(endpoint_url=call.name)
            case faults.TWICE:
                with suppress(Refused):
                    apply()
            case faults.TRANSACTION_CONFLICT:
                raise _conflict(call)
        return apply()

    def _crash(self, call: Call) -> None:
        if call.invocation:
            call.invocation.crashed = True
        raise Crashed(call.name)

    def _apply(self, call: Call, request: AWSPreparedRequest) -> Answer:
        if call.service in self.services or _is_push(call):
            return self._ours(call)
        if call.name == "dynamodb.TransactWriteItems" and "ClientRequestToken" in call.params:
            return self._transact(call, request)
        return self._motos(call, request)

    def _ours(self, call: Call) -> Answer:
        result = self._operation(call.service, call.operation)(call.params)
        return _in_xml(call, result) if call.service in IN_XML else _output(result)

    def _operation(self, service: str, operation: str) -> Operation:
        found = self.operations.get((service, operation))
        if found is None:
            raise RuntimeError(f"the sandbox has no {service}.{operation}")
        return found

    def _motos(self, call: Call, request: AWSPreparedRequest) -> Answer:
        answer = botocore_stubber.process_request(request)
        if answer is None or (answer[0] == 404 and answer[2] == "Not yet implemented"):
            raise RuntimeError(f"nothing leaves the sandbox, and neither it nor moto has {call.name}")
        status, headers, body = answer
        if status < 300:
            self.after(call)
        return status, headers, body if isinstance(body, bytes) else body.encode()

    def _transact(self, call: Call, request: AWSPreparedRequest) -> Answer:
        # moto applies the same ClientRequestToken twice. DynamoDB: idempotent for ten minutes, and the SDK
        # gives one to each transaction, so that its own retry is harmless.
        token, now = call.params["ClientRequestToken"], self.engine.now()
        asked = json.dumps(call.params["TransactItems"], sort_keys=True, default=str)
        self._tokens = {key: kept for key, kept in self._tokens.items() if now - kept[0] <= REMEMBERED}
        if known := self._tokens.get(token):
            mismatch = "The provided client token was used with other parameters"
            return (
                known[2] if known[1] == asked else _refusal("IdempotentParameterMismatchException", mismatch)
            )
        answer = self._motos(call, request)
        if answer[0] == 200:
            self._tokens[token] = (now, asked, answer)
        return answer


def _is_push(call: Call) -> bool:
    """To one phone; what goes to a topic is moto's."""
    return call.name == "sns.Publish" and "TargetArn" in call.params


def _in_xml(call: Call, result: Mapping[str, str]) -> Answer:
    """As AWS's query protocol has it."""
    members = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in result.items())
    name = call.operation
    return 200, {}, f"<{name}Response><{name}Result>{members}</{name}Result></{name}Response>".encode()


def _refused(call: Call, refusal: Refused) -> Answer:
    if call.service not in IN_XML:
        return _refusal(refusal.code, refusal.message, refusal.status, **refusal.extra)
    said = f"<Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message>"
    body = f"<ErrorResponse><Error><Type>Sender</Type>{said}</Error></ErrorResponse>"
    return refusal.status, {}, body.encode()


def _output(result: Any) -> Answer:
    if isinstance(result, tuple):
        return result
    body = json.dumps(result or {}, default=lambda time: time.timestamp())
    return 200, {"content-type": "application/json"}, body.encode()


def _refusal(code: str, message: str, status: int = 400, **more: Any) -> Answer:
    body = {"__type": code, "message": message, "Message": message, **more}
    return status, {"x-amzn-errortype": code, "content-type": "application/json"}, json.dumps(body).encode()


def _conflict(call: Call) -> Refused:
    if call.operation != "TransactWriteItems":
        return Refused("TransactionConflictException", "Transaction is ongoing for the item")
    reasons = [{"Code": "None"} for _ in call.params["TransactItems"]]
    reasons[0] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return Refused("TransactionCanceledException", message, extra={"CancellationReasons": reasons})


class Hooks:
    """Where botocore meets the world that is open; there is at most one."""

    def __init__(self) -> None:
        self.calls: Calls | None = None

    def register(self) -> bool:
        """Stands in moto's place in every client made from now on; False where it did already."""
        if ("before-send", self.before_send) in BUILTIN_HANDLERS:
            return False
        # Both would answer, and each write would be applied twice.
        BUILTIN_HANDLERS.remove(("before-send", botocore_stubber))
        BUILTIN_HANDLERS.extend(
            (
                ("provide-client-params.*.*", self.keep_params),
                ("before-call.*.*", self.before_call),
                ("after-call.*.*", self.after_call),
                ("after-call-error.*.*", self.after_call),
                ("before-send", self.before_send),
            )
        )
        return True

    def keep_params(self, params: Params, context: dict[str, Any], **_: Any) -> None:
        """Parameters as the caller gave them; later botocore has only bytes."""
        context["sandbox_params"] = params

    def before_call(self, model: Any, params: Any, context: dict[str, Any], **_: Any) -> None:
        """Numbers the call in a header, by which its sends are known."""
        if self.calls:
            service = model.service_model.service_name
            number = self.calls.begin(service, model.name, context["sandbox_params"])
            context["sandbox_call"] = params["headers"][HEADER] = number

    def after_call(self, context: dict[str, Any], **_: Any) -> None:
        """Forgets the number."""
        if self.calls:
            self.calls.end(context.get("sandbox_call", ""))

    def before_send(self, request: AWSPreparedRequest, **named: Any) -> AWSResponse | None:
        """Instead of the network."""
        number: Any = request.headers.get(HEADER)
        if self.calls and number is not None:
            # botocore prepares header values as bytes, whatever its annotations say.
            return self.calls.send(str(number, "ascii") if isinstance(number, bytes) else number, request)
        answer: AWSResponse | None = botocore_stubber(named.get("event_name", "before-send"), request)
        return answer


HOOKS = Hooks()
