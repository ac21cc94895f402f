import { responseNotes } from "./response_notes.js";
import { deepLinks } from "./deep_links.js";
import { trackSession, session } from "./session.js";

const settings = await (await fetch("/docs/settings.json")).json();

// Replaces the example of Idempotency-Key. With it, a second order would only return the response of the first one.
function withNewIdempotencyKey(request) {
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
  plugins: [deepLinks, session, responseNotes(settings)],
  requestInterceptor: withNewIdempotencyKey,
  responseInterceptor: (response) => trackSession(ui, response),
  tryItOutEnabled: true,
  validatorUrl: null,
});
