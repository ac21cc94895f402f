// What an answer leads to: the meaning of an error, the log and the events of its request, and the payment of an order.
import { payment } from "./payment.js";

export const answers = (settings) => (system) => {
  const { createElement: h, Fragment } = system.React;
  const Payment = payment(settings, system);

  function Notes({ response }) {
    const body = bodyOf(response);
    const id = response.getIn(["headers", "x-amzn-requestid"]);
    const token = system.authSelectors.authorized()?.getIn(["bearerAuth", "value"]);
    return h("div", { className: "notes" },
      isPage(body.help) && h("p", null, h("a", { href: body.help }, `What ${body.title} means and what to do`)),
      id && h("p", null, response.get("status") >= 500 ? "Why: " : "Behind it: ",
        h("a", { href: `/_local/requests?id=${encodeURIComponent(id)}` }, `log and events of request ${id}`)),
      body.token && body.token === token && h("p", null, "The page sends this token with every request from now on."),
      body.client_secret && settings.stripe_url && h(Payment, { key: body.client_secret, started: body, url: response.get("url") }));
  }

  const liveResponse = (Original) => (props) =>
    h(Fragment, null, h(Original, props), h(Notes, { response: props.response }));
  return { wrapComponents: { liveResponse } };
};

function bodyOf(response) {
  try {
    return JSON.parse(response.get("text")) ?? {};
  } catch {
    return {};
  }
}

function isPage(address) {
  return /^https?:\/\//.test(address ?? "");
}
