"""Step Functions on virtual time: machines, executions and task tokens, with what AWS would refuse."""

import base64
import binascii
import hashlib
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from sandbox.cloud.engine import Engine
from sandbox.cloud.refused import Refused
from sandbox.states.asl import Machine
from sandbox.states.execution import LARGEST_DATA, Execution
from sandbox.states.task import Invoke, Wait

NAME_KEPT = timedelta(days=90)
# What a name may not have: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
NOT_IN_A_NAME = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff]")
TOKEN_BYTES = 450  # as long as AWS's own, so that a column or a header too short for them shows here


@dataclass(slots=True)
class StateMachines:
    """All state machines and executions of one account and region."""

    engine: Engine
    invoke: Invoke
    prefix: str = "arn:aws:states:eu-central-1:123456789012"
    machines: dict[str, Machine] = field(default_factory=dict)
    _executions: dict[str, Execution] = field(default_factory=dict)
    _closing: deque[Execution] = field(default_factory=deque)
    _open: dict[str, Execution] = field(default_factory=dict)
    _issued: int = 0

    def create(self, name: str, machine: Machine) -> str:
        """Registers a checked machine; gives its ARN."""
        _check_name(name)
        arn = f"{self.prefix}:stateMachine:{name}"
        self.machines[arn] = machine
        return arn

    def start(self, machine_arn: str, text: str = "{}", name: str | None = None) -> Execution:
        """StartExecution. Same name and input while it runs: the same execution."""
        machine = self.machines.get(machine_arn)
        if machine is None:
            raise Refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{machine_arn}'")
        name = name or self.engine.new_id("execution")
        _check_name(name)
        _check_input(text)
        self._forget()
        arn = f"{self.prefix}:execution:{machine_arn.rpartition(':')[2]}:{name}"
        return self._known(arn, text) or self._begin(arn, name, machine_arn, machine, text)

    def _known(self, arn: str, text: str) -> Execution | None:
        known = self._executions.get(arn)
        if known and (known.status != "RUNNING" or known.input_text != text):
            raise Refused("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
        return known

    def _begin(self, arn: str, name: str, machine_arn: str, machine: Machine, text: str) -> Execution:
        now = self.engine.now()
        execution = Execution(
            self.engine, self.invoke, self, arn, name, machine_arn, machine, text, started=now
        )
        self._executions[arn] = execution
        self._closing.append(execution)
        self.engine.at(now, execution.begin)
        return execution

    def _forget(self) -> None:
        # AWS forgets an execution, and frees its name, 90 days after it closed. One that runs holds up the
        # line of those begun after it; that is harmless, as waits here are a day at most.
        since = self.engine.now() - NAME_KEPT
        while self._closing and (stopped := self._closing[0].stopped) and stopped < since:
            self._executions.pop(self._closing.popleft().arn)

    def succeed(self, token: str, text: str) -> None:
        """SendTaskSuccess; `text` is JSON."""
        execution, wait = self._claim(token)
        try:
            output = json.loads(text)
        except ValueError:
            raise Refused("InvalidOutput", f"Invalid Output: '{text[:40]}'") from None
        if len(text.encode()) > LARGEST_DATA:
            raise Refused("InvalidOutput", f"Invalid Output: more than {LARGEST_DATA} bytes")
        del self._open[token]
        execution.succeed(wait, output)

    def fail(self, token: str, error: str = "", cause: str = "") -> None:
        """SendTaskFailure."""
        execution, wait = self._claim(token)
        del self._open[token]
        execution.fail(wait, error, cause)

    def _claim(self, token: str) -> tuple[Execution, Wait]:
        number = self._number(token)
        if number > self._issued:
            raise Refused("TaskDoesNotExist", "Task does not exist")
        execution = self._open.get(token)
        wait = execution.waiting() if execution else None
        if execution is None or wait is None or wait.token != token:
            # Late and second completions alike; moto says InvalidToken, or accepts the second.
            raise Refused("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        return execution, wait

    def issue(self, execution: Execution) -> str:
        """A new task token: opaque, and the same in each run with this seed."""
        self._issued += 1
        token = self._token(self._issued)
        self._open[token] = execution
        return token

    def close(self, token: str) -> None:
        """The task of this token is over."""
        self._open.pop(token, None)

    def _token(self, number: int) -> str:
        seal = hashlib.shake_256(f"{self.engine.seed}/{number}".encode()).digest(TOKEN_BYTES - 6)
        return base64.b64encode(number.to_bytes(6) + seal).decode()

    def _number(self, token: str) -> int:
        try:
            number = int.from_bytes(base64.b64decode(token, validate=True)[:6])
        except (binascii.Error, ValueError):
            number = 0
        if token != self._token(number):
            raise Refused("InvalidToken", "Invalid Token: 'Invalid token'")
        return number

    def execution(self, arn: str) -> Execution:
        """DescribeExecution."""
        found = self._executions.get(arn)
        if found is None:
            raise Refused("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return found

    def executions(self, status: str | None = None) -> Iterator[Execution]:
        """Every execution not yet forgotten, oldest first, perhaps of one status only."""
        return (each for each in self._executions.values() if status in (None, each.status))


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= 80 or NOT_IN_A_NAME.search(name):
        raise Refused("InvalidName", f"Invalid Name: '{name}'")


def _check_input(text: str) -> None:
    if len(text.encode()) > LARGEST_DATA:
        raise Refused("InvalidExecutionInput", f"Invalid State Machine Execution Input: over {LARGEST_DATA}")
    try:
        json.loads(text)
    except ValueError:
        raise Refused("InvalidExecutionInput", "Invalid State Machine Execution Input: not JSON") from None
