// The Python packages Authlib and requests-oauthlib, whose tests are in `python/`, and schemathesis, which tries what the
// description of the API allows and forbids; with their own virtual environment.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { newFolder, Server, skip } from "./server.mjs";
import { Simulator } from "./simulator.mjs";

const TESTS = join(import.meta.dirname, "python");
/** Kept between runs, as long as the requirements stay the same. */
const ENVIRONMENT = resolve(import.meta.dirname, "../../target/e2e-python");
const PYTHON = join(ENVIRONMENT, "bin/python");

const run = promisify(execFile);

/** Creates the environment; returns what is missing, if it cannot be. */
async function prepare() {
  const requirements = join(TESTS, "requirements.txt");
  const hash = createHash("sha256").update(await readFile(requirements)).digest("hex");
  const mark = join(ENVIRONMENT, "requirements.sha256");
  if (existsSync(mark) && (await readFile(mark, "utf8")) === hash) return undefined;
  try {
    await run("python3", ["-c", "import ensurepip"]);
  } catch {
    return "python3 with venv is not installed";
  }
  await rm(ENVIRONMENT, { recursive: true, force: true });
  await run("python3", ["-m", "venv", ENVIRONMENT]);
  await run(PYTHON, ["-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", requirements]);
  await writeFile(mark, hash);
  return undefined;
}

describe("Python clients", () => {
  let simulator, missing;

  before(async () => {
    missing = await prepare();
    simulator = await Simulator.start();
  });

  after(() => simulator?.stop());

  for (const [library, tests] of [
    ["Authlib", "test_authlib"],
    ["requests-oauthlib", "test_requests_oauthlib"],
  ]) {
    it(`${library} signs in, and meets failures`, async (context) => {
      if (missing) return skip(context, missing);
      const env = { ...process.env, SIMULATOR_URL: simulator.url, PYTHONDONTWRITEBYTECODE: "1" };
      const { stderr } = await run(PYTHON, ["-m", "unittest", "-v", tests], { cwd: TESTS, env }).catch((error) =>
        assert.fail(`${error.message}\n${error.stderr}`),
      );
      assert.match(stderr, /\nOK\n$/);
    });
  }
});

describe("the description of the API", () => {
  const ADMIN_TOKEN = "0b5c9d1e7f3a4d6c8e2f1a0b9c8d7e6f";
  const APP_URL = "http://127.0.0.1:9/app";
  let server, missing;

  before(async () => {
    missing = await prepare();
    const config = `mode = "development"\nclient.url = "${APP_URL}"\nadmin.token = "${ADMIN_TOKEN}"\n`;
    server = await Server.start(newFolder(), { config });
  });

  after(() => server?.stop());

  it("is OpenAPI 3.1", async (context) => {
    if (missing) return skip(context, missing);
    await run(PYTHON, ["-B", join(TESTS, "validate.py"), `${server.url}/openapi.json`]).catch((error) =>
      assert.fail(error.stderr),
    );
  });

  it("holds for whatever schemathesis sends", (context) => {
    if (missing) return skip(context, missing);
    return server.explaining(async () => {
      const env = {
        ...process.env,
        SERVER_URL: server.url,
        APP_URL,
        ADMIN_TOKEN,
        PYTHONPATH: TESTS,
        PYTHONDONTWRITEBYTECODE: "1",
        SCHEMATHESIS_HOOKS: "description",
      };
      const options = ["--config-file", join(TESTS, "schemathesis.toml"), "run", `${server.url}/openapi.json`];
      const { stdout } = await run(join(ENVIRONMENT, "bin/schemathesis"), options, {
        cwd: server.folder,
        env,
        maxBuffer: 64 << 20,
      }).catch((error) => assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`));
      console.log(stdout.slice(stdout.lastIndexOf("SUMMARY")));
    });
  });
});
