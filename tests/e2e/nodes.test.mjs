// Three processes on one PostgreSQL behind a round-robin proxy, with the files of docs/nodes; only addresses are
// replaced.

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";

import { startPostgres } from "./postgres.mjs";
import { ask, freePort, newFolder, Server, skip, waitUntil } from "./server.mjs";

const shown = (name) => readFile(resolve(import.meta.dirname, "../../docs/nodes", name), "utf8");
const NAMES = ["one", "two", "three"];

// Each started process adds an exit listener.
process.setMaxListeners(50);

/** Replaces text that must occur exactly once; `4003` does not match in `40031`. */
function put(text, from, to) {
  const pattern = new RegExp(`${from.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")}(?!\\d)`, "g");
  assert.equal(text.match(pattern)?.length, 1, `${from} once in\n${text}`);
  return text.replace(pattern, () => to);
}

/** Starts a separate process that simulates the providers. */
async function startProviders() {
  const providers = await Server.start(newFolder());
  const { body } = await ask(`${providers.url}/simulator/google/.well-known/openid-configuration`);
  providers.provider = [
    `issuer = "${body.issuer}"`,
    `authorization_url = "${body.authorization_endpoint}"`,
    `token_url = "${body.token_endpoint}"`,
    `userinfo_url = "${body.userinfo_endpoint}"`,
    `jwks_url = "${body.jwks_uri}"`,
  ].join("\n");
  return providers;
}

/** Writes the folder of all three processes: the documented settings, adapted to this machine. */
async function writeConfig(publicUrl, database, providers) {
  const folder = newFolder();
  const keys = ["ecparam -genkey -name prime256v1 -noout | openssl pkcs8 -topk8 -nocrypt -out jwt.pem", "rand -hex 32 > vault.key"];
  for (const key of keys) execFileSync("sh", ["-c", `umask 077; openssl ${key}`], { cwd: folder, stdio: "pipe" });
  const secret = { mode: 0o600 };
  await writeFile(join(folder, "database.url"), database, secret);
  await writeFile(join(folder, "google.secret"), "no-secret/only+a=demo%", secret);
  let config = await shown("vouchsafe.toml");
  // Production requires https on both sides, which is not tested here.
  config = put(config, `mode = "production"`, `mode = "development"\nupstream.allow_private_networks = true`);
  config = put(config, "https://auth.example.com", publicUrl);
  config = put(config, "the id that Google gave you", "vouchsafe-demo");
  await writeFile(join(folder, "vouchsafe.toml"), `${config}${providers.provider}\n`);
  return folder;
}

/** Starts HAProxy with the documented file and its statistics page. */
async function startProxy(port, ports, folder) {
  let config = put(await shown("haproxy.cfg"), "127.0.0.1:4000", `127.0.0.1:${port}`);
  for (const [index, own] of ports.entries()) config = put(config, `127.0.0.1:400${index + 1}`, `127.0.0.1:${own}`);
  const window = await freePort();
  const watch = `frontend watch\n  bind 127.0.0.1:${window}\n  stats enable\n  stats uri /\n`;
  await writeFile(join(folder, "haproxy.cfg"), `${config}\n${watch}`);
  const child = spawn("haproxy", ["-db", "-f", join(folder, "haproxy.cfg")], { stdio: "ignore" });
  process.once("exit", () => child.kill("SIGKILL"));
  /** The proxy's view of each process: state and number of requests. */
  const count = async () => {
    const text = await (await fetch(`http://127.0.0.1:${window}/;csv`)).text();
    const [head, ...rows] = text.replace("# ", "").trim().split("\n").map((row) => row.split(","));
    const of = (row, column) => row[head.indexOf(column)];
    const servers = rows.filter((row) => of(row, "pxname") === "vouchsafe" && NAMES.includes(of(row, "svname")));
    return servers.map((row) => ({ state: of(row, "status"), requests: Number(of(row, "req_tot")) }));
  };
  return { count, stop: () => child.kill("SIGTERM") && once(child, "exit") };
}

describe("three processes behind a proxy", () => {
  let nodes = [];
  let providers, proxy, url, skipped;

  before(async () => {
    if (spawnSync("haproxy", ["-v"]).error) return (skipped = "haproxy is not installed");
    const database = startPostgres();
    if (!database) return (skipped = "PostgreSQL is not installed");
    const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    url = `http://127.0.0.1:${ports[3]}`;
    providers = await startProviders();
    const folder = await writeConfig(url, database, providers);
    const environment = { VOUCHSAFE__SERVER__SHUTDOWN_DELAY: "3s" };
    const start = (port) => Server.start(folder, { port, publicUrl: url, environment });
    nodes = await Promise.all(ports.slice(0, 3).map(start));
    proxy = await startProxy(ports[3], ports.slice(0, 3), folder);
    await allUp();
  });
  after(() => Promise.all([proxy, providers, ...nodes].map((one) => one?.stop())));

  const allUp = () =>
    waitUntil("the proxy sees all three", async () => {
      const counted = await proxy.count().catch(() => []);
      return counted.length === 3 && counted.every(({ state }) => state === "UP");
    });

  const explaining = (step) => nodes.reduceRight((inner, node) => () => node.explaining(inner), step)();

  /** A test that is skipped with a notice if a program is missing. */
  const check = (name, step) =>
    it(name, async (context) => (skipped ? skip(context, skipped) : explaining(() => step(context))));

  /** Starts a sign-in and authorizes; returns the callback's URL and the flow's cookie. */
  async function authorize(persona) {
    const start = await ask(`${url}/signin/provider/google`);
    assert.equal(start.status, 302, JSON.stringify(start.body));
    const there = await ask(`${start.headers.get("location")}&login=${persona}`);
    assert.equal(there.status, 302);
    return { back: there.headers.get("location"), cookie: start.headers.get("set-cookie").split(";")[0] };
  }

  /** Follows the callback and claims the provider's tokens; returns the email. */
  async function finishSignIn({ back, cookie }) {
    const home = await ask(back, { headers: { cookie } });
    assert.equal(home.status, 302, JSON.stringify(home.body));
    const refreshToken = new URL(home.headers.get("location")).searchParams.get("refreshToken");
    assert.ok(refreshToken, home.headers.get("location"));
    const session = await ask(`${url}/token`, { method: "POST", body: { refreshToken } });
    assert.equal(session.status, 200, JSON.stringify(session.body));
    const bearer = session.body.accessToken;
    const tokens = await ask(`${url}/signin/provider/google/callback/tokens`, { bearer });
    assert.equal(tokens.status, 200, JSON.stringify(tokens.body));
    return session.body.user.email;
  }

  check("serve one sign-in together: start, callback, session and tokens", async () => {
    const before = await proxy.count();
    assert.equal(await finishSignIn(await authorize("mira")), "mira@example.org");
    const given = (await proxy.count()).map(({ requests }, index) => requests - before[index].requests);
    assert.deepEqual(given.sort(), [1, 1, 2], "start, callback, session, tokens");
  });

  check("lose no sign-in when one is killed", async () => {
    const started = [];
    for (let number = 1; number <= 6; number++) started.push(await authorize(`user-${number}`));
    await nodes[0].kill();
    for (const [index, flow] of started.entries()) assert.equal(await finishSignIn(flow), `user-${index + 1}@example.org`);
    await nodes[0].start();
    await allUp();
  });

  check("restart one after the other without a failed sign-in", async () => {
    let isOver = false;
    const walk = async (walker) => {
      let done = 0;
      for (; !isOver; done++) {
        const persona = `user-${walker}000${done}`;
        assert.equal(await finishSignIn(await authorize(persona)), `${persona}@example.org`);
      }
      return done;
    };
    const walking = Promise.all([1, 2, 3, 4].map(walk));
    // A failure is awaited below; this avoids an unhandled rejection until then.
    walking.catch(() => (isOver = true));
    for (const node of nodes) {
      assert.equal(await node.stop(), 0);
      await node.start();
      await allUp();
    }
    isOver = true;
    const done = await walking;
    assert.ok(Math.min(...done) > 3, `${done} sign-ins`);
    console.log(`rolling restart: ${done.reduce((sum, one) => sum + one)} sign-ins, none failed`);
  });
});
