"""botocore clients: one session an environment, made when a world is built, never in a handler.

botocore alone, without boto3: its resource and transfer layers cost a tenth of a cold start and are not used.
"""

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

# Inside one invocation a second try is worth while; beyond that the caller's own retry is the retry.
STATE = Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 3, "mode": "standard"})
# A send is never repeated by the SDK: a lost answer may have been a message.
SEND = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1, "mode": "standard"})

SENDERS = frozenset({"pinpoint-sms-voice-v2", "socialmessaging", "sesv2", "sns"})


@cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@cache
def client(service: str) -> Any:
    config = SEND if service in SENDERS else STATE
    return _session().create_client(service, config=config)
