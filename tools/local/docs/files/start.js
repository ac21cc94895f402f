import { answers } from "./answers.js";
import { deepLinks } from "./deep_links.js";
import { noticeSession, session } from "./session.js";

const settings = await (await fetch("/docs/settings.json")).json();

// The example of Idempotency-Key is filled in: sent twice, the second order would be the first one's answer.
function withKeyOfItsOwn(request) {
  const names = Object.keys(request.headers ?? {}).filter((name) => name.toLowerCase() === "idempotency-key");
  for (const name of names) {
    if (request.headers[name] === exampleKey()) request.headers[name] = crypto.randomUUID();
  }
  return request;
}

function exampleKey() {
  const parameter = ["components", "parameters", "Idempotency-Key", "schema", "examples", 0];
  return ui.specSelectors.specJson().getIn(parameter);
}

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: true,
  plugins: [deepLinks, session, answers(settings)],
  requestInterceptor: withKeyOfItsOwn,
  responseInterceptor: (response) => noticeSession(ui, response),
  tryItOutEnabled: true,
  validatorUrl: null,
});
