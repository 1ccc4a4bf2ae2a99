// Filters over what the page already lists: without this script all of it is shown.
(() => {
  "use strict";
  const form = document.getElementById("filters");
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const bubbles = all("figure.shown").map((node) => {
    const leg = node.closest(".leg"), message = node.closest(".message");
    const words = `${message.dataset.text} ${message.dataset.journey} ${node.textContent}`.toLowerCase();
    const { journey } = message.dataset, { channel, language } = leg.dataset;
    const warned = "warned" in node.dataset || "warned" in leg.dataset;
    return { node, pair: node.closest(".pair"), journey, channel, language, words, warned, customers: node.dataset.customers.split(" ") };
  });
  const folds = all("details.fold").map((node) => ({ node, open: node.open }));
  const field = (name) => form.elements[name];
  const NAMES = ["journey", "channel", "language", "customer", "search"];

  const wanted = (bubble) =>
    ["journey", "channel", "language"].every((n) => !field(n).value || field(n).value === bubble[n]) &&
    (!field("customer").value || bubble.customers.includes(field("customer").value)) &&
    (!field("warned").checked || bubble.warned) &&
    bubble.words.includes(field("search").value.trim().toLowerCase());

  // Whatever holds bubbles goes when none of them is left.
  const hideEmpty = (what) => {
    for (const node of all(what)) node.hidden = !node.querySelector("figure.shown:not([hidden])");
  };

  const show = () => {
    let shown = 0;
    // Before and after stay together: one without the other says nothing.
    const pairs = new Set(bubbles.filter((b) => b.pair && wanted(b)).map((b) => b.pair));
    for (const bubble of bubbles) {
      bubble.node.hidden = bubble.pair ? !pairs.has(bubble.pair) : !wanted(bubble);
      shown += bubble.node.hidden ? 0 : 1;
    }
    for (const what of [".pair", ".leg", "details.fold", ".message", ".journey"]) hideEmpty(what);
    const searching = field("search").value.trim() !== "" || field("warned").checked;
    for (const fold of folds) fold.node.open = searching || fold.open;
    // With one channel in one language there is room for its bubbles side by side.
    document.body.toggleAttribute("data-one", Boolean(field("channel").value && field("language").value));
    document.getElementById("count").textContent = `${shown} of ${bubbles.length} bubbles`;
  };

  const remember = () => {
    const kept = new URLSearchParams();
    for (const name of NAMES) if (field(name).value) kept.set(name, field(name).value);
    if (field("warned").checked) kept.set("warned", "1");
    history.replaceState(null, "", `#${kept}`);
  };

  const recall = () => {
    const kept = new URLSearchParams(location.hash.slice(1));
    for (const name of NAMES) if (kept.has(name)) field(name).value = kept.get(name);
    field("warned").checked = kept.has("warned");
  };

  form.hidden = false;
  if (location.hash.length > 1) recall();
  else if (!document.body.hasAttribute("data-compared")) field("language").selectedIndex = 1;
  form.addEventListener("input", () => { show(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
})();
