"""The outside world in one object: takes requests as three providers do, and shows what their phones show."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import EndpointConnectionError

from aftercart.domain.consent import Channel
from aftercart.ports import Refused
from sandbox.fakes.aws_sms import OPT_IN, OPT_OUT, AwsSms
from sandbox.fakes.carrier import Account, Carrier
from sandbox.fakes.infobip import Infobip
from sandbox.fakes.meta import Meta, Templates
from sandbox.fakes.phones import Phones
from sandbox.fakes.shown import (
    Accepted,
    Emitted,
    FakeAwsError,
    FakeCall,
    FakeMessage,
    FakeWebhook,
    Fault,
    Mode,
    Said,
)

SECOND = timedelta(seconds=1)
MOST_REPEATS = 20
RANKS = ("", "sent", "failed", "delivered", "read")
THRICE = ("delivered", "sent", "sent", "delivered", "delivered", "sent")
UNDELIVERABLE, STOPPED = 131026, 131050  # Meta's


@dataclass(slots=True)
class _State:
    mode: Mode = Mode.OK
    left: int | None = None  # calls until it is ok again; None: until mended


class FakeProviders:
    """`ports.Http` for WhatsApp and Viber, `send_text_message` for SMS.

    `deliver` gets each webhook and publish; a status that is no 2xx is repeated as the providers do, None is
    not; another may be put in its place, where posts get lost. `after` runs something later. `secrets` are
    the stack's; where one is empty any credential will do. `templates` None: unknown ones are taken too.
    `wait_of`: a leg's wait, for `slow`. `receipts_after`: when
    the sent and the delivered receipt follow; with `receipt_inside_send`, before the call returns.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        deliver: Callable[[Emitted], int | None],
        after: Callable[[timedelta, Callable[[], None]], object],
        secrets: Mapping[str, str],
        seed: int = 0,
        templates: Templates | None = None,
        wait_of: Callable[[Channel], timedelta] = lambda channel: timedelta(minutes=15),
        receipts_after: tuple[timedelta, timedelta] = (SECOND, 2 * SECOND),
        receipt_inside_send: bool = False,
        account: Account | None = None,
    ) -> None:
        self._now, self.deliver, self._after, self._seed = now, deliver, after, seed
        self._wait_of, self._receipts_after = wait_of, receipts_after
        self._inside = receipt_inside_send
        self._account = account or Account()
        self._meta = Meta(
            number=self._account.phone_number_id,
            token=secrets.get("meta_token", ""),
            app_secret=secrets.get("meta_app", ""),
            templates=templates,
            link_prefix=self._account.link_prefix,
            window_open=lambda address: self._phones.window_open(address, now()),
        )
        self._infobip = Infobip(
            key=secrets.get("infobip_api_key", ""),
            webhook_secret=secrets.get("infobip_webhook", ""),
            sender=self._account.viber_sender,
        )
        self._sms = AwsSms(
            identity=self._account.sms_identity, configuration_set=self._account.sms_configuration_set
        )
        self._phones = Phones()
        self.calls: list[FakeCall] = []
        self._asked = Counter[str]()  # by reference
        self._states: defaultdict[Channel, _State] = defaultdict(_State)
        self._opted_out: set[str] = set()  # AWS's own list
        self._without_marketing: set[str] = set()  # WhatsApp's own switch
        self._made = 0

    @property
    def shown(self) -> list[FakeMessage]:
        """What the phones show, in order."""
        return self._phones.shown

    # What the stack calls

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> tuple[int, bytes]:
        """One HTTP request to Meta or Infobip. Nothing else is reachable."""
        carrier = self._carrier_at(url)
        mode = self._next_mode(carrier.channel)
        lower = {name.lower(): value for name, value in headers.items()}
        asked = _json(method, lower, body)
        if mode is Mode.DOWN:
            self._log(carrier, mode, "down", asked)
            raise Refused("down")
        try:
            accepted = carrier.check(urlsplit(url).path, lower, asked)
        except Fault as fault:
            self._log(carrier, mode, fault.code, asked)
            return fault.status, fault.body
        self._log(carrier, mode, "504" if mode is Mode.TIMEOUT else "accepted", asked)
        identifier = self._take(carrier, accepted, mode)
        return (
            (504, b"Gateway Timeout") if mode is Mode.TIMEOUT else (200, carrier.answer(accepted, identifier))
        )

    def send_text_message(self, parameters: Mapping[str, Any]) -> dict[str, str]:
        """SendTextMessage. FakeAwsError where AWS refuses; botocore's own error where nobody is there."""
        mode = self._next_mode(Channel.SMS)
        if mode is Mode.DOWN:
            self._log(self._sms, mode, "down", parameters)
            raise EndpointConnectionError(endpoint_url="https://sms-voice.eu-central-1.amazonaws.com")
        try:
            accepted = self._sms.check(parameters, self._opted_out)
        except FakeAwsError as fault:
            self._log(self._sms, mode, str(fault.extra.get("Reason") or fault.code), parameters)
            raise
        self._log(self._sms, mode, "504" if mode is Mode.TIMEOUT else "accepted", parameters)
        identifier = self._take(self._sms, accepted, mode)
        if mode is Mode.TIMEOUT:
            raise FakeAwsError("GatewayTimeout", "Gateway Timeout", 504, {})
        return {"MessageId": identifier}

    # What a person does at the controls, or with a phone

    def set_mode(self, channel: Channel, mode: Mode, next_calls: int | None = None) -> None:
        """Breaks or mends a channel: for the next n calls, or until the next mode."""
        if next_calls is not None and next_calls < 1:
            raise ValueError(f"a mode holds for at least 1 call, not {next_calls}")
        self._states[channel] = _State(mode, next_calls)

    @property
    def modes(self) -> dict[Channel, Mode]:
        return {carrier.channel: self._states[carrier.channel].mode for carrier in self._carriers}

    def reply(self, channel: Channel, address: str, text: str = "", button: str = "") -> Emitted:
        """What the provider sends us when the customer writes, or presses a button on that phone.

        A button is named by its id or its title. Give the result to `push`. Before it, the phone has read.
        """
        below, pressed = self._phones.newest(channel, address), None
        if button:
            below, pressed = self._phones.button(channel, address, button)
        now, carrier = self._now(), self._of(channel)
        self.mark_read(channel, address)
        self._phones.hear(channel, address, now)
        if channel is Channel.SMS:
            self._keep_opt_out(address, text)
        said = Said(
            id=carrier.identifier(self._new_seed()),
            address=address,
            at=now,
            text=text,
            button=pressed,
            below=below,
        )
        return carrier.reply(said)

    def prefer(self, address: str, choice: str) -> FakeWebhook:
        """The customer uses WhatsApp's own switch: 'stop' or 'resume'. Give the result to `push`."""
        if choice == "stop":
            self._without_marketing.add(address)
        else:
            self._without_marketing.discard(address)
        return self._meta.preference(address, choice, self._now())

    def mark_read(self, channel: Channel, address: str) -> None:
        """The phone has shown what came last: its read receipt, where the channel has them."""
        newest = self._phones.newest(channel, address)
        if newest and newest.receipt == "delivered":
            self._later(timedelta(0), newest, "read")

    def push(self, emitted: Emitted, repeats: int = 0) -> None:
        """Hand it over; a webhook not answered with 2xx comes again, later and later (Infobip's rule)."""
        status = self.deliver(emitted)
        failed = status is not None and not 200 <= status < 300
        if failed and isinstance(emitted, FakeWebhook) and repeats < MOST_REPEATS:
            wait = timedelta(minutes=1 + repeats**2)
            self._after(wait, lambda: self.push(emitted, repeats + 1))

    # Inside

    @property
    def _carriers(self) -> tuple[Meta, Infobip, AwsSms]:
        return self._meta, self._infobip, self._sms

    def _of(self, channel: Channel) -> Carrier:
        return next(carrier for carrier in self._carriers if carrier.channel is channel)

    def _carrier_at(self, url: str) -> Meta | Infobip:
        path = urlsplit(url).path
        if url.startswith(self._account.infobip_base) and path.startswith("/viber/"):
            return self._infobip
        if url.startswith(self._account.meta_base):
            return self._meta
        raise Refused("unknown_host")

    def _next_mode(self, channel: Channel) -> Mode:
        state = self._states[channel]
        if state.left is not None:
            state.left -= 1
            if state.left <= 0:
                self._states[channel] = _State()
        return state.mode

    def _take(self, carrier: Carrier, accepted: Accepted, mode: Mode) -> str:
        identifier = carrier.identifier(self._new_seed())
        if carrier.channel is Channel.VIBER and accepted.reference:
            identifier = accepted.reference  # the message id is the sender's to choose
        message = FakeMessage(
            id=identifier,
            at=self._now(),
            address=accepted.address,
            channel=carrier.channel,
            provider=carrier.name,
            text=accepted.text,
            reference=accepted.reference,
            buttons=accepted.buttons,
            template=accepted.template,
            category=accepted.category,
        )
        self._play(message, mode)
        return identifier

    def _play(self, message: FakeMessage, mode: Mode) -> None:
        barred = message.category == "marketing" and message.address in self._without_marketing
        if mode is Mode.SILENT:
            return
        if mode is Mode.REJECT or barred:
            self._later(self._receipts_after[0], message, "failed", STOPPED if barred else UNDELIVERABLE)
        elif mode is Mode.SLOW:
            self._after(
                2 * self._wait_of(message.channel), lambda: self._show(message, ("sent", "delivered"))
            )
        else:
            self._show(message, THRICE if mode is Mode.DUPLICATES else ("sent", "delivered"))

    def _show(self, message: FakeMessage, receipts: Sequence[str]) -> None:
        message.at = self._now()
        message.calls = self._asked[message.reference]
        self._phones.shown.append(message)
        first, second = self._receipts_after
        for n, kind in enumerate(receipts):
            self._later(first + n * (second - first), message, kind)

    def _later(self, wait: timedelta, message: FakeMessage, kind: str, code: int = UNDELIVERABLE) -> None:
        if self._inside:
            self._tell(message, kind, code)
        else:
            self._after(wait, lambda: self._tell(message, kind, code))

    def _tell(self, message: FakeMessage, kind: str, code: int) -> None:
        message.receipt = max(message.receipt, kind, key=RANKS.index)
        happened = {"sent": message.at, "delivered": message.at + SECOND}.get(kind, self._now())
        emitted = self._of(message.channel).receipt(message, kind, min(happened, self._now()), code)
        if emitted is not None:
            self.push(emitted)

    def _keep_opt_out(self, address: str, text: str) -> None:
        word = text.strip().upper()
        if word in OPT_OUT:
            self._opted_out.add(address)
        elif word in OPT_IN:
            self._opted_out.discard(address)

    def _new_seed(self) -> str:
        self._made += 1
        return hashlib.sha256(f"{self._seed}/{self._made}".encode()).hexdigest()[:32]

    def _log(self, carrier: Carrier, mode: Mode, answer: str, asked: Any) -> None:
        address, reference = carrier.named(asked if isinstance(asked, dict) else {})
        self._asked[reference] += 1
        self.calls.append(
            FakeCall(
                at=self._now(),
                channel=carrier.channel,
                provider=carrier.name,
                mode=mode,
                answer=answer,
                address=address,
                reference=reference,
            )
        )


def _json(method: str, headers: Mapping[str, str], body: bytes) -> Any:
    """The body of a JSON POST; anything else is an empty object, which each provider refuses."""
    if method != "POST" or not headers.get("content-type", "").startswith("application/json"):
        return {}
    try:
        return json.loads(body)
    except ValueError:
        return {}
