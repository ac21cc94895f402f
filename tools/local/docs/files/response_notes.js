// Adds notes to a response: the meaning of an error, log and events of the request, and the payment of an order.
import { payment } from "./payment.js";

export const responseNotes = (settings) => (system) => {
  const { createElement: h, Fragment } = system.React;
  const Payment = payment(settings, system);

  function Notes({ response }) {
    const body = bodyOf(response);
    const id = response.getIn(["headers", "x-amzn-requestid"]);
    const token = system.authSelectors.authorized()?.getIn(["bearerAuth", "value"]);
    return h("div", { className: "notes" },
      isPage(body.help) && h("p", null, h("a", { href: body.help }, `Help: ${body.title}`)),
      id && h("p", null, response.get("status") >= 500 ? "Reason: " : "Details: ",
        h("a", { href: `/_local/requests?id=${encodeURIComponent(id)}` }, `log and events of request ${id}`)),
      body.token && body.token === token && h("p", null, "The page now sends this token with every request."),
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
