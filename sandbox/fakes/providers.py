"""The outside world in one object: takes requests as the providers do, and shows what their phones show."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import EndpointConnectionError

from aftercart.domain.consent import Channel
from aftercart.ports import Refused
from sandbox.fakes.aws_sms import AwsSms
from sandbox.fakes.aws_templates import AwsTemplates
from sandbox.fakes.aws_whatsapp import AwsWhatsApp
from sandbox.fakes.carrier import Account, AwsCarrier, Carrier, HttpCarrier
from sandbox.fakes.cloud_api import CloudApi
from sandbox.fakes.graph_templates import GraphTemplates
from sandbox.fakes.infobip import Infobip
from sandbox.fakes.meta import Meta
from sandbox.fakes.meta_pages import MetaPages
from sandbox.fakes.phones import Phones
from sandbox.fakes.ses import Ses
from sandbox.fakes.shown import (
    Accepted,
    Emitted,
    FakeAwsError,
    FakeCall,
    FakeMessage,
    FakePublish,
    FakeWebhook,
    Fault,
    Mode,
    Said,
)
from sandbox.fakes.sns import Sns
from sandbox.fakes.templates import FakeTemplate, TemplateBook, Templates, news
from sandbox.fakes.turbosms import TurboSms
from sandbox.fakes.twilio import Twilio
from sandbox.fakes.web_push import WebPush

SECOND = timedelta(seconds=1)
REVIEW = timedelta(minutes=5)  # of a template that was made; Meta takes minutes to a day
MOST_REPEATS = 20
RANKS = ("", "sent", "failed", "delivered", "read")
THRICE = ("delivered", "sent", "sent", "delivered", "delivered", "sent")
UNDELIVERABLE, STOPPED = 131026, 131050  # Meta's


@dataclass(slots=True)
class _State:
    mode: Mode = Mode.OK
    left: int | None = None  # calls until it is ok again; None: until mended


class FakeProviders:
    """`ports.Http` for those over HTTP, `call` for AWS's own.

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
        self._phones = Phones()
        self._book = TemplateBook.of(templates, self._account.link_prefix, now)
        self._graph = GraphTemplates(
            base=self._account.meta_base,
            account=self._account.whatsapp_account,
            token=secrets.get("meta_token", ""),
            book=self._book,
            made=self._review,
        )
        self._social_templates = AwsTemplates(
            number=self._account.social_phone_number_id,
            account=self._account.social_account,
            book=self._book,
            made=self._review,
        )
        api = CloudApi(
            number=self._account.phone_number_id,
            account=self._account.whatsapp_account,
            book=self._book,
            window_open=self._window(Channel.WHATSAPP),
        )
        self._meta = Meta(
            base=self._account.meta_base,
            number=self._account.phone_number_id,
            token=secrets.get("meta_token", ""),
            app_secret=secrets.get("meta_app", ""),
            api=api,
        )
        messenger = MetaPages(
            channel=Channel.MESSENGER,
            kind="page",
            base=self._account.meta_base,
            account=self._account.messenger_page,
            token=secrets.get("messenger_token", ""),
            app_secret=secrets.get("meta_app", ""),
            chat="https://m.me/",
            window_open=self._window(Channel.MESSENGER),
        )
        instagram = MetaPages(
            channel=Channel.INSTAGRAM,
            kind="instagram",
            base=self._account.instagram_base,
            account=self._account.instagram_account,
            token=secrets.get("instagram_token", ""),
            app_secret=secrets.get("instagram_app", ""),
            chat="https://ig.me/m/",
            window_open=self._window(Channel.INSTAGRAM),
        )
        self._pages = (messenger, instagram)
        self._social = AwsWhatsApp(number=self._account.social_phone_number_id, api=api)
        self._infobip = Infobip(
            key=secrets.get("infobip_api_key", ""),
            webhook_secret=secrets.get("infobip_webhook", ""),
            sender=self._account.viber_sender,
            base=self._account.infobip_base,
        )
        self._sms = AwsSms(
            identity=self._account.sms_identity, configuration_set=self._account.sms_configuration_set
        )
        self._email = Ses(
            sender=self._account.email_sender, configuration_set=self._account.email_configuration_set
        )
        twilio = Twilio(
            base=self._account.twilio_base,
            account=self._account.twilio_account,
            token=secrets.get("twilio_token", ""),
            sender=self._account.twilio_sender,
            incoming=self._account.twilio_incoming,
        )
        turbosms = TurboSms(
            base=self._account.turbosms_base,
            token=secrets.get("turbosms_token", ""),
            sender=self._account.viber_sender,
        )
        self._web_push = WebPush(key=secrets.get("vapid_private_key", ""), now=now)
        # WhatsApp's answers at Meta's address for any id: the pages come first.
        self._http: tuple[HttpCarrier, ...] = (
            *self._pages,
            self._meta,
            self._infobip,
            twilio,
            turbosms,
            self._web_push,
        )
        self._sns = Sns()
        self._aws: tuple[AwsCarrier, ...] = (self._sms, self._social, self._email, self._sns)
        # The first of a channel brings what a customer writes below no message.
        self._carriers: tuple[Carrier, ...] = (
            self._meta,
            self._infobip,
            self._sms,
            self._social,
            self._email,
            twilio,
            turbosms,
            self._web_push,
            self._sns,
            *self._pages,
        )
        self.calls: list[FakeCall] = []
        self._asked = Counter[str]()  # by reference
        self._states: defaultdict[Channel, _State] = defaultdict(_State)
        self._without_marketing: set[str] = set()  # WhatsApp's own switch
        self._made = 0

    @property
    def shown(self) -> list[FakeMessage]:
        """What the phones show, in order."""
        return self._phones.shown

    @property
    def hosts(self) -> set[str]:
        """The names under which those over HTTP are called."""
        return {urlsplit(carrier.base).hostname or "" for carrier in self._http}

    # What the stack calls

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> tuple[int, bytes]:
        """One HTTP request to a provider. Nothing else is reachable."""
        carrier = self._carrier_at(url)
        mode = self._next_mode(carrier.channel)
        lower = {name.lower(): value for name, value in headers.items()}
        asked = carrier.parsed(method, url, lower, body)
        if mode is Mode.DOWN:
            self._log(carrier, mode, "down", asked)
            raise Refused("down")
        try:
            accepted = carrier.check(urlsplit(url).path, lower, asked)
        except Fault as fault:
            self._log(carrier, mode, fault.code, asked)
            return fault.status, fault.body
        identifier = carrier.identifier(self._new_seed(), accepted)
        self._log(carrier, mode, "504" if mode is Mode.TIMEOUT else "accepted", asked, identifier)
        self._take(carrier, accepted, mode, identifier)
        return (504, b"Gateway Timeout") if mode is Mode.TIMEOUT else carrier.answer(accepted, identifier)

    def graph(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """One request of an operator's to Meta's Graph API, which has the templates."""
        lower = {name.lower(): value for name, value in headers.items()}
        return self._graph.request(method, target, lower, body)

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """One of AWS_SENDS, or of templates. FakeAwsError where AWS refuses, botocore's where nobody is."""
        managing = self._social_templates.operations.get((service, operation))
        if managing:
            return managing(parameters)
        carrier = next(each for each in self._aws if each.operation == (service, operation))
        mode = self._next_mode(carrier.channel)
        if mode is Mode.DOWN:
            self._log(carrier, mode, "down", parameters)
            raise EndpointConnectionError(endpoint_url=f"https://{service}.eu-central-1.amazonaws.com")
        try:
            accepted = carrier.check(parameters)
        except FakeAwsError as fault:
            self._log(carrier, mode, str(fault.extra.get("Reason") or fault.code), parameters)
            raise
        identifier = carrier.identifier(self._new_seed(), accepted)
        self._log(carrier, mode, "504" if mode is Mode.TIMEOUT else "accepted", parameters, identifier)
        self._take(carrier, accepted, mode, identifier)
        if mode is Mode.TIMEOUT:
            raise FakeAwsError("GatewayTimeout", "Gateway Timeout", 504, {})
        return carrier.output(identifier)

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
        now, carrier = self._now(), self._carrying(channel, below)
        self.mark_read(channel, address)
        self._phones.hear(channel, address, now)
        carrier.heard(address, text)
        said = Said(
            id=carrier.identifier(self._new_seed(), Accepted(address=address, text=text, reference="")),
            address=address,
            at=now,
            text=text,
            button=pressed,
            below=below,
        )
        return carrier.reply(said)

    def prefer(self, address: str, choice: str) -> Emitted:
        """The customer uses WhatsApp's own switch: 'stop' or 'resume'. Give the result to `push`."""
        if choice == "stop":
            self._without_marketing.add(address)
        else:
            self._without_marketing.discard(address)
        newest = self._phones.newest(Channel.WHATSAPP, address)
        return self._whatsapp(newest.provider if newest else "").preference(address, choice, self._now())

    def change_template(self, name: str, language: str, **facts: str) -> list[Emitted]:
        """Meta has it paused, refused, approved again (`status`, `reason`), counted otherwise (`category`) or
        liked otherwise (`quality`). Give the results to `push`. LookupError: there is no such template."""
        before = self._book.get(name, language)
        after = self._book.change(name, language, **facts)
        assert before is not None
        last = next((call for call in reversed(self.calls) if call.channel is Channel.WHATSAPP), None)
        carrier = self._whatsapp(last.provider if last else "")
        return [carrier.template_news(field, value, self._now()) for field, value in news(before, after)]

    def arrive(self, link: str) -> Emitted:
        """The customer opens a link to a chat, which opens its window. Give the result to `push`.

        LookupError: nobody has such a chat.
        """
        page = next((each for each in self._pages if link.startswith(each.chat)), None)
        if page is None:
            raise LookupError("no chat is at that link")
        ref = link.partition("?ref=")[2]
        self._phones.hear(page.channel, page.user_of(ref), self._now())
        return page.arrival(ref, self._now())

    def complain(self, address: str) -> FakePublish:
        """The customer calls their newest e-mail spam. Give the result to `push`. LookupError: none."""
        newest = self._phones.newest(Channel.EMAIL, address)
        if newest is None:
            raise LookupError("no e-mail lies in that mailbox")
        return self._email.complaint(newest, self._now())

    def unsubscribe(self, endpoint: str) -> None:
        """The customer wants no more notifications, or the app: the push service is told, and not we."""
        self._web_push.gone.add(endpoint)
        self._sns.gone.add(endpoint)

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

    def _window(self, channel: Channel) -> Callable[[str], bool]:
        return lambda address: self._phones.window_open(channel, address, self._now())

    def _whatsapp(self, name: str) -> Meta | AwsWhatsApp:
        """Who brings news of WhatsApp: who was last asked."""
        return self._social if name == self._social.name else self._meta

    def _review(self, made: FakeTemplate) -> None:
        self._after(REVIEW, lambda: self._reviewed(made))

    def _reviewed(self, made: FakeTemplate) -> None:
        known = self._book.get(made.name, made.language)
        if known and known.status == "PENDING":
            for each in self.change_template(made.name, made.language, **known.review()):
                self.push(each)

    def _of(self, message: FakeMessage) -> Carrier:
        wanted = message.channel, message.provider
        return next(carrier for carrier in self._carriers if (carrier.channel, carrier.name) == wanted)

    def _carrying(self, channel: Channel, below: FakeMessage | None) -> Carrier:
        """Who brings what a customer writes: whoever carried the newest message there."""
        if below is not None:
            return self._of(below)
        return next(carrier for carrier in self._carriers if carrier.channel is channel)

    def at(self, url: str) -> HttpCarrier | None:
        return next((carrier for carrier in self._http if carrier.at(url)), None)

    def _carrier_at(self, url: str) -> HttpCarrier:
        carrier = self.at(url)
        if carrier is None:
            raise Refused("unknown_host")
        return carrier

    def _next_mode(self, channel: Channel) -> Mode:
        state = self._states[channel]
        if state.left is not None:
            state.left -= 1
            if state.left <= 0:
                self._states[channel] = _State()
        return state.mode

    def _take(self, carrier: Carrier, accepted: Accepted, mode: Mode, identifier: str) -> None:
        message = FakeMessage(
            id=identifier,
            at=self._now(),
            address=accepted.address,
            channel=carrier.channel,
            provider=carrier.name,
            title=accepted.title,
            text=accepted.text,
            reference=accepted.reference,
            image=accepted.image,
            cards=accepted.cards,
            buttons=accepted.buttons,
            template=accepted.template,
            category=accepted.category,
            callback=accepted.callback,
            opens=accepted.opens,
        )
        self._play(message, mode)

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
        message.calls = self._asked[message.reference] if message.reference else 1
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
        happened = {"sent": message.at, "delivered": message.at + SECOND}.get(kind, self._now())
        emitted = self._of(message).receipt(message, kind, min(happened, self._now()), code)
        if emitted is not None:  # else its provider has no such receipt
            message.receipt = max(message.receipt, kind, key=RANKS.index)
            self.push(replace(emitted, about=(message.reference, kind)))

    def _new_seed(self) -> str:
        self._made += 1
        return hashlib.sha256(f"{self._seed}/{self._made}".encode()).hexdigest()[:32]

    def _log(self, carrier: Carrier, mode: Mode, answer: str, asked: Any, identifier: str = "") -> None:
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
                id=identifier,
            )
        )
