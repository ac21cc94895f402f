// Pays with a test card, as the script of the payment provider does on a page of a front end.
const ATTEMPTS = 20; // reads of the order, every half second, until the webhook of the provider has changed it

export const payment = (settings, system) => {
  const { createElement: h, useState } = system.React;

  return function Payment({ started, url }) {
    const [card, setCard] = useState(settings.cards[0].name);
    const [message, setMessage] = useState("");

    const pay = async () => {
      setMessage("The provider charges the card …");
      const intent = await confirm(started, card).catch(() => null);
      if (!intent) return setMessage("The payment provider does not respond. The card may be charged: read the order again later.");
      if (intent.error) return setMessage(intent.error.message);
      setMessage(`The status at the provider is ${intent.status}. Waiting for the webhook …`);
      setMessage(await newState(url.replace(/\/payment$/, "")).catch(() => "The shop does not respond. Read the order again later."));
    };
    const options = settings.cards.map(({ name, outcome }) => h("option", { key: name, value: name }, `${name}: ${outcome}`));
    return h("div", { className: "payment" },
      h("label", null, "Pay with a test card ",
        h("select", { value: card, onChange: (event) => setCard(event.target.value) }, options)),
      h("button", { className: "btn", onClick: pay }, "Pay"),
      message && h("p", { role: "status" }, message));
  };

  async function confirm({ client_secret, publishable_key }, card) {
    const [intent] = client_secret.split("_secret_");
    const body = new URLSearchParams({ key: publishable_key, client_secret, payment_method: card });
    const response = await fetch(`${settings.stripe_url}/v1/payment_intents/${intent}/confirm`, { method: "POST", body });
    return response.json();
  }

  async function newState(url) {
    const token = system.authSelectors.authorized()?.getIn(["bearerAuth", "value"]);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
      const order = await response.json();
      if (!response.ok) return `The order cannot be read: ${order.detail ?? order.message}`;
      if (order.payment_status !== "unpaid") return `The order is ${order.status} and ${order.payment_status}.`;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return "The order is still unpaid, because no webhook has arrived.";
  }
};
