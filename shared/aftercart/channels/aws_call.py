"""One call of an AWS service that sends, and what became of it: the same whichever service it is."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
)

from aftercart.channels.verdicts import BUSY, NO_ANSWER, NO_SECRET, NOT_CONNECTED, Verdict
from aftercart.domain.message import Outcome
from aftercart.ports import Sent

Answer = Mapping[str, Any]

PARAMETER = Verdict("parameter_refused", "alarm")
_NOT_AUTHORISED = Verdict("not_authorised", "alarm")
# By the exception, as each API's reference has them under "Common errors".
EVERY_SERVICES: Mapping[str, Verdict] = {
    "ThrottlingException": BUSY,
    **dict.fromkeys(("AccessDeniedException", "UnrecognizedClientException"), _NOT_AUTHORISED),
    **dict.fromkeys(("ExpiredTokenException", "InvalidSignatureException"), _NOT_AUTHORISED),
}
_BEFORE_A_BYTE = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)
_BEFORE_A_CALL = (ParamValidationError, NoCredentialsError, CredentialRetrievalError)


def sent_by(
    call: Callable[[], Answer], refused: Callable[[Answer], Sent], identifier: str = "MessageId"
) -> Sent:
    """What one call says; its client makes no second.

    `refused` reads a ClientError's response; `identifier`: where the answer has the message's.
    """
    try:
        answer = call()
    except ClientError as error:
        return refused(error.response)
    except _BEFORE_A_BYTE:
        return NOT_CONNECTED.sent()
    except _BEFORE_A_CALL as error:
        return (PARAMETER if isinstance(error, ParamValidationError) else NO_SECRET).sent()
    except Exception as error:  # also what botocore meets in an answer of another shape
        return NO_ANSWER.sent(type(error).__name__)
    if not answer.get(identifier):  # botocore takes what is no answer of AWS's for an empty one
        return NO_ANSWER.sent("no_message_id")
    return Sent(outcome=Outcome.ACCEPTED, provider_id=str(answer[identifier]))
