"""The snippet and the worker in a real Chromium: what they post is taken by our own handlers.

No push service is reached from here, so the page's subscription is the sandbox's, and Chromium's own tools
hand the worker what our provider has encrypted for it.
"""

import json
import queue
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aftercart.channels import push_crypto, web_push
from aftercart.channels.push_subscription import of_address
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Button
from sandbox import shop
from sandbox.commands.demo import OLENA
from sandbox.fakes.browser import Browser
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import SECRETS
from tests.aftercart.channels.standins import REFERENCE, outgoing
from tests.storefront.chromium import CHROMIUM, PATIENCE, Chromium, chromium, origin

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here to try the worker in")

STOREFRONT = Path(__file__).parents[2] / "storefront"
OLENAS = Browser.of("Olena")
KEY = SECRETS["link_key"].encode()
NOW = datetime.now(UTC).replace(microsecond=0)  # the browser's clock is the true one


@dataclass(frozen=True, slots=True)
class Met:
    """A page of the shop that has loaded, and what came to our API from it."""

    browser: Chromium
    page: str
    shop: str
    api: str
    asked: "queue.Queue[dict[str, Any]]"

    def posted(self) -> dict[str, Any]:
        found = self.asked.get(timeout=PATIENCE)
        assert found["method"] == "POST", "a simple request has no preflight"
        return found

    def receipt(self) -> tuple[str, bool]:
        """What the worker tells, and whether we believe it."""
        found = self.posted()
        assert found["path"] == "/web/push"
        return json.loads(found["body"])["status"], web_push.verify(found["body"], (KEY,))


def page(api: str, order: str, proof: str) -> bytes:
    return f"""<!doctype html><title>Thank you</title>
<button id="aftercart-push" hidden>Tell me where my parcel is</button>
<label><input type="checkbox" id="offers" checked> and of offers</label>
<script>
  window.keys = [];
  PushManager.prototype.subscribe = function (options) {{
    window.keys.push(Array.from(options.applicationServerKey));
    return Promise.resolve({json.dumps(OLENAS.subscription())});
  }};
</script>
<script src="/aftercart-push.js" defer data-api="{api}" data-order="{order}" data-proof="{proof}"
  data-key="{vapid_public()}" data-version="push-2026-01" data-marketing="#offers"></script>""".encode()


def vapid_public() -> str:
    return push_crypto.base64url(vapid_point())


def vapid_point() -> bytes:
    return push_crypto.point(push_crypto.private_key(SECRETS["vapid_private_key"]))


@pytest.fixture
def player() -> Iterator[Player]:
    with Sandbox(NOW, memory=True).open() as sandbox:
        yield Player(sandbox)


@pytest.fixture
def met(player: Player, tmp_path: Path) -> Iterator[Met]:
    order = player.orders(OLENA, 1001, ["ZIRVO-A1"])
    _, body = shop.subscription(order, {}, NOW)
    said = json.loads(body)
    files = {
        f"/{each.name}": ("text/javascript", each.read_bytes()) for each in sorted(STOREFRONT.glob("*.js"))
    }
    with origin({}) as (api, asked):
        files["/"] = ("text/html; charset=utf-8", page(api, said["order"], said["proof"]))
        with origin(files) as (at, _), chromium(tmp_path / "profile") as browser:
            yield opened(browser, at, api, asked)


def opened(browser: Chromium, at: str, api: str, asked: "queue.Queue[dict[str, Any]]") -> Met:
    browser.call("Browser.grantPermissions", origin=at, permissions=["notifications"])
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    browser.call("Page.enable", session)
    browser.call("ServiceWorker.enable", session)
    browser.call("Page.navigate", session, url=f"{at}/")
    browser.until(lambda found: found.get("method") == "Page.loadEventFired")
    return Met(browser, session, at, api, asked)


def press(met: Met) -> str:
    """What became of it, as the page is told."""
    script = """new Promise((told) => {
      const button = document.querySelector("#aftercart-push");
      button.addEventListener("aftercart-push", (event) => told(event.detail));
      button.click();
    })"""
    return str(met.browser.evaluate(met.page, script))


def push(met: Met, **content: Any) -> None:
    """Our provider's message, decrypted by the browser it is for, comes to the worker."""
    subscription = of_address(OLENAS.address)
    assert subscription is not None
    sends = outgoing(to=OLENAS.address)
    sends = replace(sends, content=replace(sends.content, **content), page="https://kram.example/m/abc")
    plain = web_push.fitting(web_push.payload(sends, met.api, KEY))
    assert plain is not None
    said = OLENAS.opened(push_crypto.sealed(plain, subscription.point, subscription.auth))
    met.browser.call(
        "ServiceWorker.deliverPushMessage",
        met.page,
        origin=f"{met.shop}/",
        registrationId=registration(met),
        data=json.dumps(said),
    )


def registration(met: Met) -> str:
    def is_ours(found: Any) -> bool:
        return found.get("method") == "ServiceWorker.workerRegistrationUpdated" and bool(
            found["params"]["registrations"]
        )

    return str(met.browser.until(is_ours)["params"]["registrations"][0]["registrationId"])


NOTIFICATIONS = "navigator.serviceWorker.ready.then((found) => found.getNotifications())"


def test_nothing_is_asked_before_the_button_is_pressed(met: Met) -> None:
    assert met.browser.evaluate(met.page, "document.querySelector('#aftercart-push').hidden") is False
    registered = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"
    assert met.browser.evaluate(met.page, registered) == 0
    assert met.asked.empty()


def test_a_press_subscribes_and_our_handler_takes_what_is_posted(met: Met, player: Player) -> None:
    assert press(met) == "subscribed"
    found = met.posted()
    assert found["path"] == "/push/subscriptions"
    answer = player.sandbox.request("POST", found["path"], found["headers"], found["body"])
    assert answer.status == 201
    (customer,) = player.sandbox.records().customers.values()
    address = customer.addresses[Channel.PUSH]
    assert address.value == OLENAS.address
    assert all(address.granted(purpose) for purpose in Purpose)
    assert met.browser.evaluate(met.page, "window.keys") == [list(vapid_point())]


def test_the_worker_shows_what_was_sent_and_says_so(met: Met) -> None:
    press(met)
    met.posted()
    where = Button(title="Де?", url="https://np.example/t")
    push(met, title="Крам", buttons=(where,))
    assert met.receipt() == ("shown", True)
    shown = f"{NOTIFICATIONS}.then((all) => all.map((n) => [n.title, n.body, n.tag, n.actions.length]))"
    assert met.browser.evaluate(met.page, shown) == [
        ["Крам", "Олено, замовлення №1001 прийнято.", REFERENCE.rpartition("-")[0], 1]
    ]


def test_the_same_message_again_takes_the_place_of_the_first(met: Met) -> None:
    press(met)
    met.posted()
    for title in ("Крам", "Крам, ще раз"):
        push(met, title=title)
        met.receipt()
    titles = f"{NOTIFICATIONS}.then((all) => all.map((n) => n.title))"
    assert met.browser.evaluate(met.page, titles) == ["Крам, ще раз"]


def test_a_press_on_it_is_told_and_closes_it(met: Met) -> None:
    press(met)
    met.posted()
    push(met, title="Крам")
    met.receipt()
    targets = met.browser.call("Target.getTargets")["targetInfos"]
    (worker,) = (each["targetId"] for each in targets if each["type"] == "service_worker")
    session = met.browser.call("Target.attachToTarget", targetId=worker, flatten=True)["sessionId"]
    pressing = """self.registration.getNotifications().then(([notification]) => {
      self.dispatchEvent(new NotificationEvent("notificationclick", { notification, action: "" }));
    })"""
    met.browser.evaluate(session, pressing)
    assert met.receipt() == ("opened", True)
    assert met.browser.evaluate(met.page, f"{NOTIFICATIONS}.then((all) => all.length)") == 0


def test_what_another_sender_pushes_is_left_alone(met: Met) -> None:
    press(met)
    met.posted()
    for data in ("hello", "null", '{"title": "Somebody else"}'):
        met.browser.call(
            "ServiceWorker.deliverPushMessage",
            met.page,
            origin=f"{met.shop}/",
            registrationId=registration(met),
            data=data,
        )
    push(met, title="Крам")
    assert met.receipt() == ("shown", True)
    assert met.asked.empty()
