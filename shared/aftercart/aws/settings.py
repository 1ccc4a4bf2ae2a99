"""What the template tells a function, and the shop's and providers' keys."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aftercart.domain.consent import Channel
from aftercart.ports import Clock, Transient

KEPT = timedelta(minutes=5)
ASKED_AGAIN = timedelta(minutes=1)


class Misconfigured(LookupError):
    """A setting or a key that the template or the secret should hold is missing. Names it, not its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One field an environment variable of template.yaml, in lower case. Providers ask for their own."""

    table_name: str
    secret_arn: str
    shop_domain: str
    state_machine_arn: str = ""
    schedule_group: str = ""
    schedule_role_arn: str = ""
    schedule_target_arn: str = ""
    schedule_dlq_arn: str = ""
    link_base_url: str = ""
    dead_letter_queues: str = ""  # addresses of queues, a space between
    sending: str = ""  # live, shadow or staff
    messenger_page_name: str = ""
    instagram_user_name: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        env = os.environ if env is None else env
        found = {field.name: env.get(field.name.upper(), "") for field in fields(cls)}
        missing = [name for name in ("table_name", "secret_arn", "shop_domain") if not found[name]]
        if missing:
            raise Misconfigured(f"{', '.join(missing).upper()} not set: see Globals in template.yaml")
        return cls(**found)

    @property
    def chats(self) -> tuple[tuple[Channel, str], ...]:
        """Where a customer can write to us first, as far as it is set."""
        named = (
            (Channel.MESSENGER, "https://m.me/", self.messenger_page_name),
            (Channel.INSTAGRAM, "https://ig.me/m/", self.instagram_user_name),
        )
        return tuple((channel, base + name) for channel, base, name in named if name)


def of_provider(name: str) -> str:
    """A setting that one provider alone needs: the environment variable of that name in capitals."""
    return os.environ.get(name.upper(), "")


class SecretStore:
    """ports.Secrets: one JSON secret, kept five minutes, so that a rotation arrives by itself."""

    def __init__(self, client: Any, arn: str, clock: Clock) -> None:
        self._client = client
        self._arn = arn
        self._clock = clock
        self._values: Mapping[str, str] = {}
        self._read_at: datetime | None = None

    def get(self, name: str) -> tuple[bytes, ...]:
        """The current value first, then the one before it while both are live."""
        if self._older_than(KEPT):
            self._read()
        values = (self._values.get(name), self._values.get(f"{name}_previous"))
        found = tuple(value.encode() for value in values if value)
        if not found:
            raise Misconfigured(f"the secret has no field {name}")
        return found

    def refresh(self) -> bool:
        """After a mismatch: a key may have been rotated a moment ago."""
        if not self._older_than(ASKED_AGAIN):
            return False
        before = self._values
        self._read()
        return self._values != before

    def _older_than(self, age: timedelta) -> bool:
        return self._read_at is None or self._clock.now() - self._read_at >= age

    def _read(self) -> None:
        """Where the service is out of reach, what is at hand serves on."""
        try:
            answer = self._client.get_secret_value(SecretId=self._arn)
            self._values = json.loads(answer["SecretString"])
        except (BotoCoreError, ClientError, ValueError) as error:
            if not self._values:
                raise Transient(f"secrets: {type(error).__name__}") from None
        self._read_at = self._clock.now()
