// Aftercart's service worker for web push. The shop hosts it at its own origin (docs/push.md).
// It shows each message, and tells Aftercart when it has, and when the message or a button was pressed.
"use strict";

self.addEventListener("push", (event) => {
  const message = read(event.data);
  if (message) event.waitUntil(show(message));
});

self.addEventListener("notificationclick", (event) => {
  const message = event.notification.data;
  if (!message || !message.receipt) return;
  event.notification.close();
  const button = message.buttons[Number(event.action || NaN)];
  const first = message.buttons[0];
  const url = (button && button.url) || message.url || (first && first.url);
  event.waitUntil(Promise.all([url && self.clients.openWindow(url), tell(message.receipt, "opened")]));
});

// Another sender's push is left to the shop's own worker.
function read(data) {
  try {
    const message = data.json();
    return message && message.receipt ? message : null;
  } catch {
    return null;
  }
}

async function show(message) {
  const most = (self.Notification && self.Notification.maxActions) || 0;
  const shown = message.buttons.slice(0, most);
  await self.registration.showNotification(message.title || self.location.host, {
    body: message.body,
    image: message.image,
    tag: message.tag,
    data: message,
    actions: shown.map((button, place) => ({ action: String(place), title: button.title })),
  });
  await tell(message.receipt, "shown");
}

// A simple request, which needs no preflight; nobody reads its answer. Lost, the message counts as unconfirmed.
function tell(receipt, status) {
  const said = { reference: receipt.reference, status, proof: receipt[status] };
  return fetch(receipt.url, {
    method: "POST",
    mode: "no-cors",
    credentials: "omit",
    keepalive: true,
    headers: { "Content-Type": "text/plain;charset=UTF-8" },
    body: JSON.stringify(said),
  }).catch(() => {});
}
