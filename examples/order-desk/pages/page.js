// @ts-check
// The login page of the order desk. Its access token is in a variable alone, so that it goes with the page; the
// refresh token is in a cookie that no script sees.

/** No other site can send this header without being asked first (CORS). */
const own = { "x-gatewright": "1" };

/** @type {{ readonly token: string, readonly endsAt: number } | null} `endsAt` by `performance.now()`. */
let access = null;

/** @param {string} id */
function find(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/** @param {string} text */
function say(text) {
  find("message").textContent = text;
}

/**
 * A request that changes the cookies, of one tab at a time: two would else send the same token. Where they do all
 * the same, as after a request that was lost, the service answers both with the same successor.
 *
 * @param {string} path
 * @param {RequestInit} [init]
 */
function postAlone(path, init) {
  return navigator.locks.request("order-desk-cookies", () =>
    // No tab keeps the others waiting without end.
    fetch(path, { headers: own, ...init, method: "POST", signal: AbortSignal.timeout(10_000) }),
  );
}

/**
 * Takes the access token of an answer; false where there is none.
 *
 * @param {Response} response
 */
async function take(response) {
  if (!response.ok) return false;
  const { access_token: token, expires_in: seconds } = await response.json();
  access = { token, endsAt: performance.now() + seconds * 1000 };
  return true;
}

/** False where the session has ended. A service that cannot tell throws: nobody is logged out for that. */
async function refresh() {
  const response = await postAlone("/session/refresh");
  if (response.ok) return take(response);
  if (response.status !== 401) throw new Error(await reasonOf(response));
  access = null;
  return false;
}

/**
 * A request with the access token, which is renewed once if the service refuses it; null without a session.
 *
 * @param {string} path
 * @param {RequestInit} [init]
 */
async function ask(path, init) {
  const send = () => {
    const authorization = `Bearer ${access?.token}`;
    return fetch(path, { ...init, headers: { ...own, authorization } });
  };
  if (access === null) return null;
  const response = await send();
  if (response.status !== 401) return response;
  return (await refresh()) ? send() : null;
}

/** @param {Response} response */
async function reasonOf(response) {
  const problem = await response.json().catch(() => ({}));
  return problem.detail ?? `the service answered ${response.status}`;
}

/** @param {Response} response */
async function read(response) {
  if (!response.ok) throw new Error(await reasonOf(response));
  return response.json();
}

/** Shows the session of the caller, or the form of a caller without one. */
async function show() {
  const [me, sessions] = [await ask("/me"), await ask("/sessions")];
  const isThere = me !== null && sessions !== null && access !== null;
  if (!isThere && !find("session").hidden) say("The session has ended.");
  find("login").hidden = isThere;
  find("session").hidden = !isThere;
  if (!isThere) return;
  const { id, roles, tenant, claims } = await read(me);
  find("who").textContent = claims.email ?? id;
  find("roles").textContent = `${roles.join(", ")} of ${tenant}`;
  const { sessions: living } = await read(sessions);
  find("sessions").replaceChildren(...living.map(itemOf));
  tick();
}

/** @param {{ id: string, isCurrent: boolean, createdAt: string, lastUsedAt: string, userAgent: string | null }} session */
function itemOf({ id, isCurrent, createdAt, lastUsedAt, userAgent }) {
  const item = document.createElement("li");
  const [began, used] = [createdAt, lastUsedAt].map((time) => new Date(time).toLocaleString());
  item.append(`${userAgent ?? "unknown browser"}, since ${began}, last used ${used} `);
  if (isCurrent) {
    item.append("(this one)");
    return item;
  }
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "End";
  button.addEventListener("click", () =>
    act(async () => {
      const response = await ask(`/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
      // Somebody else may have ended it since it was listed.
      if (response !== null && response.status !== 404 && !response.ok) {
        throw new Error(await reasonOf(response));
      }
    }),
  );
  item.append(button);
  return item;
}

function tick() {
  const seconds = access === null ? 0 : Math.ceil((access.endsAt - performance.now()) / 1000);
  find("remaining").textContent = String(Math.max(0, seconds));
}

/**
 * Does what a button asks for, then shows what came of it.
 *
 * @param {() => Promise<string | void>} work Resolves with what is to be said.
 */
async function act(work) {
  try {
    say("");
    const text = await work();
    await show();
    if (text !== undefined) say(text);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

find("login").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  const body = JSON.stringify(Object.fromEntries(new FormData(form)));
  void act(async () => {
    const headers = { ...own, "content-type": "application/json" };
    const response = await postAlone("/login", { headers, body });
    if (!(await take(response))) throw new Error(await reasonOf(response));
    form.reset();
  });
});

find("refresh").addEventListener("click", () =>
  act(async () => ((await refresh()) ? "Refreshed." : undefined)),
);

find("logout").addEventListener("click", () =>
  act(async () => {
    const response = await postAlone("/session/logout");
    if (!response.ok) throw new Error(await reasonOf(response));
    access = null;
    return "Logged out.";
  }),
);

find("logout-all").addEventListener("click", () =>
  act(async () => {
    const response = await ask("/session/logout-all", { method: "POST" });
    if (response === null) return undefined;
    if (!response.ok) throw new Error(await reasonOf(response));
    access = null;
    return "Logged out everywhere.";
  }),
);

setInterval(tick, 1000);

// A page that was reloaded has no token any more; the cookie has a session, or not.
await act(async () => {
  await refresh();
});
