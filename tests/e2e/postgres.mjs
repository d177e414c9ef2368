// A temporary PostgreSQL cluster on a Unix socket, removed when this process ends.

import { execFileSync } from "node:child_process";
import { chownSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { newFolder } from "./server.mjs";

/** The folder of PostgreSQL's programs, from the PATH or Debian's place; `undefined` if not installed. */
function findPrograms() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : [];
  const folders = [...process.env.PATH.split(":"), ...versions.map((version) => join(debian, version, "bin"))];
  return folders.find((folder) => ["initdb", "pg_ctl"].every((name) => existsSync(join(folder, name))));
}

/** Starts a cluster; returns the URL of its database, or `undefined` if PostgreSQL is not installed. */
export function startPostgres() {
  const programs = findPrograms();
  if (!programs) return undefined;
  const folder = newFolder();
  const data = join(folder, "data");
  // PostgreSQL refuses to run as root.
  const id = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  const owner = process.getuid() === 0 ? { uid: id("-u"), gid: id("-g") } : {};
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const run = (name, ...flags) => execFileSync(join(programs, name), flags, { cwd: folder, stdio: "ignore", ...owner });
  run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C");
  const options = `-c listen_addresses='' -c unix_socket_directories='${folder}' -c fsync=off`;
  run("pg_ctl", "-w", "-s", "-D", data, "-l", join(folder, "log"), "-o", options, "start");
  process.prependOnceListener("exit", () => run("pg_ctl", "-s", "-m", "immediate", "-D", data, "stop"));
  return `postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`;
}
