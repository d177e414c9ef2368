// What all parts of the page use: values of this tab, elements, messages, requests and their list.

/** Where the page is mounted, with a slash at its end. */
export const BASE = new URL(".", location.href).pathname;
export const API = `${BASE}v1`;
export const $ = (id) => document.getElementById(id);

/** Values of this tab that survive a reload and the way to the provider and back. */
export const store = {
  get: (key) => JSON.parse(sessionStorage.getItem(`vouchsafe.${key}`) ?? "null"),
  set: (key, value) => sessionStorage.setItem(`vouchsafe.${key}`, JSON.stringify(value)),
  drop: (key) => sessionStorage.removeItem(`vouchsafe.${key}`),
};

export function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content.filter((part) => part !== undefined));
  return made;
}

/** Terms and descriptions of a `dl`. */
export const facts = (entries) =>
  entries.flatMap(([key, value]) => [element("dt", "", key), element("dd", "", value)]);

export const pretty = (value) => JSON.stringify(value, null, 2);

/** The beginning of a token: enough to tell two apart, not enough to use one. */
export const shortened = (token) => `${token.slice(0, 8)}…`;

/** The buttons of the providers hold what the page knows of them. */
const buttonOf = (name) => document.querySelector(`#providers [data-name="${CSS.escape(name)}"]`);
export const providers = () => [...$("providers").children].filter((child) => child.dataset.name);
export const labelOf = (name) => buttonOf(name)?.dataset.label ?? name;
export const iconOf = (name) => buttonOf(name)?.querySelector("svg")?.cloneNode(true) ?? "";

/** A link to the record of a flow, or its id where there is no inspector. */
export function flowLink(flow) {
  const { flows } = document.body.dataset;
  if (!flows) return element("code", "", `flow ${flow}`);
  const link = element("a", "", "What just happened?");
  link.href = `${BASE}${flows}${encodeURIComponent(flow)}`;
  link.dataset.testid = "what-happened";
  return link;
}

export function say(kind, title, text, ...details) {
  const message = $("message");
  message.className = `message ${kind}`;
  message.replaceChildren(element("b", "", title), element("span", "", text));
  for (const detail of details.filter(Boolean)) {
    message.append(element("br"), typeof detail === "string" ? element("code", "", detail) : detail);
  }
  message.hidden = false;
}

/** An error response of the service, for people. */
export function complain(title, { status, body }) {
  const { error, message, reason } = body ?? {};
  const text = [message ?? "The service gave no reason.", reason].filter(Boolean).join(": ");
  say("bad", title, text, [status, error].filter(Boolean).join(" "));
}

function note(method, path, outcome, kind) {
  const log = [{ method, path, outcome, kind }, ...(store.get("log") ?? [])].slice(0, 20);
  store.set("log", log);
  drawLog();
}

export function drawLog() {
  const log = store.get("log") ?? [];
  $("log-empty").hidden = log.length > 0;
  $("log").replaceChildren(...log.map((entry) => {
    const line = element("li");
    const path = element("code", "path");
    // A long path may break before a slash, not inside a word.
    path.append(...entry.path.split(/(?=\/)/).flatMap((part) => [element("wbr"), part]));
    line.append(element("span", "", entry.method), path, element("span", `outcome ${entry.kind}`, entry.outcome));
    return line;
  }));
}

/** One request; answers `{ok, status, body}` and never throws. Paths carry no secrets, so they may be shown. */
export async function ask(method, path, { body, bearer, query } = {}) {
  const headers = { accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  const url = query ? `${path}?${new URLSearchParams(query)}` : path;
  const began = performance.now();
  try {
    const response = await fetch(url, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
    const answer = { ok: response.ok, status: response.status, body: await response.json().catch(() => null) };
    note(method, path, `${answer.status} · ${Math.round(performance.now() - began)} ms`, answer.ok ? "good" : "bad");
    return answer;
  } catch {
    note(method, path, "no answer", "bad");
    return { ok: false, status: 0, body: { message: "The service did not answer. Is it still running?" } };
  }
}

/** Leaves the page. */
export function leaveFor(path, query = {}) {
  note("GET", path, "left", "");
  const text = new URLSearchParams(query).toString();
  location.assign(text ? `${path}?${text}` : path);
}

/** Runs what a button or a form does; the button is disabled meanwhile. */
export function onClick(button, action) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    await action().finally(() => (button.disabled = false));
  });
}
export function onSubmit(form, action) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    await action().finally(() => (button.disabled = false));
  });
}
