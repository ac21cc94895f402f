// The login form above the description. The list of servers is hidden, because it has only one entry.
const SCHEME = "bearerAuth";
const USERS = "/api/v1/users";
const NO_RESPONSE = "The shop does not respond.";

// Stores the token after a login. Deletes it after a logout and when it is no longer valid.
export function trackSession(system, response) {
  const path = new URL(response.url, location.href).pathname;
  if (path === `${USERS}/login` && response.ok) store(system, JSON.parse(response.text).token);
  const hasEnded = path === `${USERS}/logout` ? response.ok : response.status === 401 && path !== `${USERS}/login`;
  if (hasEnded && tokenOf(system)) forget(system);
  return response;
}

export const session = (system) => {
  const { createElement: h, Fragment } = system.React;
  const Panel = panel(system);
  const InfoContainer = (Original) => (props) => h(Fragment, null, h(Panel), h(Original, props));
  return { wrapComponents: { InfoContainer }, components: { ServersContainer: () => null } };
};

function store(system, token) {
  const schema = system.specSelectors.specJson().getIn(["components", "securitySchemes", SCHEME]);
  system.authActions.authorizeWithPersistOption({ [SCHEME]: { name: SCHEME, schema, value: token } });
}

function forget(system) {
  system.authActions.logoutWithPersistOption([SCHEME]);
}

function tokenOf(system) {
  return system.authSelectors.authorized()?.getIn([SCHEME, "value"]) ?? "";
}

// The demo accounts are the examples of the login operation.
function demoAccounts(system) {
  const content = ["paths", `${USERS}/login`, "post", "requestBody", "content", "application/json", "examples"];
  return Object.values(system.specSelectors.specJson().getIn(content)?.toJS() ?? {});
}

async function logIn(system, account) {
  const body = JSON.stringify(account);
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${USERS}/login`, { method: "POST", headers, body });
  const content = await response.json();
  if (!response.ok) return content.errors?.map(({ field, reason }) => `${field} ${reason}`).join("; ") ?? content.detail;
  store(system, content.token);
  return "";
}

async function logOut(system) {
  await fetch(`${USERS}/logout`, { method: "POST", headers: { Authorization: `Bearer ${tokenOf(system)}` } });
  forget(system);
}

function panel(system) {
  const { createElement: h, useEffect, useState } = system.React;

  function Panel() {
    const [token, setToken] = useState(tokenOf(system));
    const [user, setUser] = useState(null);
    const [problem, setProblem] = useState("");

    useEffect(() => system.getStore().subscribe(() => setToken(tokenOf(system))), []);
    useEffect(() => {
      setUser(null);
      if (token) readProfile(token);
    }, [token]);

    async function readProfile(sent) {
      const response = await fetch(`${USERS}/profile`, { headers: { Authorization: `Bearer ${sent}` } }).catch(() => null);
      if (sent !== tokenOf(system)) return;
      if (!response) return setProblem(NO_RESPONSE);
      if (response.ok) setUser(await response.json());
      else if (response.status === 401) endSession(system, setProblem);
    }
    const start = async (account) => setProblem(await logIn(system, account).catch(() => NO_RESPONSE));
    const stop = () => logOut(system).catch(() => setProblem(NO_RESPONSE));

    return h("section", { className: "session" },
      user ? h(LoggedIn, { user, stop }) : h(LoggedOut, { start }),
      problem && h("p", { className: "problem", role: "alert" }, problem));
  }

  function LoggedIn({ user, stop }) {
    return h("p", null, "You are ", h("strong", null, user.email), ` (${user.role}). `,
      h("button", { className: "btn", onClick: stop }, "Log out"));
  }

  function LoggedOut({ start }) {
    const submit = (event) => {
      event.preventDefault();
      start(Object.fromEntries(new FormData(event.target)));
    };
    return h("div", null,
      h("p", null, "Log in as"),
      demoAccounts(system).map(({ summary, value }) =>
        h("p", { key: value.email },
          h("button", { className: "btn demo", title: summary, onClick: () => start(value) }, value.email),
          h("small", null, ` password: ${value.password}`))),
      h("form", { onSubmit: submit },
        h("input", {
          name: "email", type: "email", placeholder: "or another address", "aria-label": "Mail address",
          autoComplete: "username", required: true,
        }),
        h("input", {
          name: "password", type: "password", placeholder: "password", "aria-label": "Password",
          autoComplete: "current-password", required: true,
        }),
        h("button", { className: "btn" }, "Log in")));
  }

  return Panel;
}

function endSession(system, setProblem) {
  forget(system);
  setProblem("The session has ended. Log in again.");
}
