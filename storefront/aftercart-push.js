// Asks a customer, when they press a button, whether their browser may be pushed to (docs/push.md).
// <script src="/aftercart-push.js" defer data-api=… data-key=… data-order=… data-proof=… data-version=…
//         data-button="#notify-me" data-marketing="#offers-too"></script>
"use strict";

(() => {
  const asked = document.currentScript.dataset;
  const button = document.querySelector(asked.button || "#aftercart-push");
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (!button || !able || Notification.permission === "denied") return;
  button.hidden = false;
  button.addEventListener("click", () => press().catch(() => end("failed")));

  async function press() {
    button.disabled = true;
    const at = new Date().toISOString();
    if ((await Notification.requestPermission()) !== "granted") return end("refused");
    const worker = asked.worker || "/aftercart-push-worker.js";
    await navigator.serviceWorker.register(worker);
    const registration = await navigator.serviceWorker.ready;
    const subscription = await subscribed(registration.pushManager);
    return end((await posted(said(subscription, at))) ? "subscribed" : "failed");
  }

  // With another key than ours, from before, the browser keeps its subscription and refuses a new one.
  async function subscribed(manager) {
    const options = { userVisibleOnly: true, applicationServerKey: bytes(asked.key) };
    try {
      return await manager.subscribe(options);
    } catch (error) {
      const old = await manager.getSubscription();
      if (!old) throw error;
      await old.unsubscribe();
      return manager.subscribe(options);
    }
  }

  function said(subscription, at) {
    const ticked = asked.marketing && document.querySelector(asked.marketing);
    return JSON.stringify({
      ...(asked.page ? { page: asked.page } : { order: asked.order, proof: asked.proof }),
      subscription,
      at,
      version: asked.version || "",
      marketing: Boolean(ticked && ticked.checked),
    });
  }

  // The shop's own news of the order may come a moment later than its customer: then it is asked again.
  async function posted(body, waits = [5, 20, 60]) {
    // As text a page of another origin may post it without a preflight.
    const headers = { "Content-Type": "text/plain;charset=UTF-8" };
    const answer = await fetch(`${asked.api}/push/subscriptions`, {
      method: "POST",
      credentials: "omit",
      headers,
      body,
    }).catch(() => ({ ok: false, status: 503 }));
    const again = answer.status === 404 || answer.status >= 500;
    if (answer.ok || !again || !waits.length) return answer.ok;
    await new Promise((done) => setTimeout(done, waits[0] * 1000));
    return posted(body, waits.slice(1));
  }

  // "aftercart-push" on the button, with what became of it: the page may say it in its own words.
  function end(result) {
    button.disabled = result === "subscribed";
    button.dispatchEvent(new CustomEvent("aftercart-push", { bubbles: true, detail: result }));
  }

  function bytes(base64url) {
    const text = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  }
})();
