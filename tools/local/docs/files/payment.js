// Pays a started payment with a test card, as the payment provider's script does on a front end's page.
const PATIENCE = 20; // looks at the order, half a second apart, until the provider's webhook has changed it

export const payment = (settings, system) => {
  const { createElement: h, useState } = system.React;

  return function Payment({ started, url }) {
    const [card, setCard] = useState(settings.cards[0].name);
    const [told, setTold] = useState("");

    const pay = async () => {
      setTold("The provider charges the card …");
      const intent = await confirm(started, card).catch(() => null);
      if (!intent) return setTold("The payment provider does not answer. The card may have been charged: look at the order.");
      if (intent.error) return setTold(intent.error.message);
      setTold(`The provider says: ${intent.status}. Waiting for its webhook …`);
      setTold(await newState(url.replace(/\/payment$/, "")).catch(() => "The shop does not answer. Look at the order later."));
    };
    const options = settings.cards.map(({ name, outcome }) => h("option", { key: name, value: name }, `${name}: ${outcome}`));
    return h("div", { className: "payment" },
      h("label", null, "Pay with a test card ",
        h("select", { value: card, onChange: (event) => setCard(event.target.value) }, options)),
      h("button", { className: "btn", onClick: pay }, "Pay"),
      told && h("p", { role: "status" }, told));
  };

  async function confirm({ client_secret, publishable_key }, card) {
    const [intent] = client_secret.split("_secret_");
    const body = new URLSearchParams({ key: publishable_key, client_secret, payment_method: card });
    const answer = await fetch(`${settings.stripe_url}/v1/payment_intents/${intent}/confirm`, { method: "POST", body });
    return answer.json();
  }

  async function newState(url) {
    const token = system.authSelectors.authorized()?.getIn(["bearerAuth", "value"]);
    for (let look = 0; look < PATIENCE; look += 1) {
      const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
      const order = await answer.json();
      if (!answer.ok) return `The order cannot be read: ${order.detail ?? order.message}`;
      if (order.payment_status !== "unpaid") return `The order is ${order.status} and ${order.payment_status}.`;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return "The order is still unpaid: no webhook has arrived.";
  }
};
