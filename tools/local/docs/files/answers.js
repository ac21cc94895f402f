// What an answer leads to: the meaning of an error, its reason in the local log, and the payment of an order.
import { payment } from "./payment.js";

export const answers = (settings) => (system) => {
  const { createElement: h, Fragment } = system.React;
  const Payment = payment(settings, system);

  function Notes({ response }) {
    const body = bodyOf(response);
    const token = system.authSelectors.authorized()?.getIn(["bearerAuth", "value"]);
    return h("div", { className: "notes" },
      isPage(body.help) && h("p", null, h("a", { href: body.help }, `What ${body.title} means and what to do`)),
      response.get("status") >= 500 && body.request_id && h("p", null, "Why: ", reasonOf(body.request_id)),
      body.token && body.token === token && h("p", null, "The page sends this token with every request from now on."),
      body.client_secret && settings.stripe_url && h(Payment, { key: body.client_secret, started: body, url: response.get("url") }));
  }

  function reasonOf(id) {
    if (!settings.has_requests) return `the terminal of make run says it under request_id ${id}.`;
    return h("a", { href: `/_local/requests?id=${encodeURIComponent(id)}` }, `the log of request ${id}`);
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
