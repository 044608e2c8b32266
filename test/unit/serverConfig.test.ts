// The command line of chat-server: what it means, what wins, and what is said when it is wrong.
// Nothing is started.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { secretLettersMin } from "../../src/base/limits.ts";
import { parseServerConfig, usage, type ServerConfig } from "../../src/server/config.ts";

function parsed(line: string, environment: Record<string, string> = {}): ServerConfig {
  const result = parseServerConfig(line.split(" ").filter(Boolean), environment);
  ok(result.kind === "run", result.kind === "refused" ? result.message : result.kind);
  return result.config;
}

function refusal(line: string, environment: Record<string, string> = {}): string {
  const result = parseServerConfig(line.split(" ").filter(Boolean), environment);
  return result.kind === "refused" ? result.message : result.kind;
}

test("the id picks its own host, and ports follow from it", () => {
  const config = parsed("1 alpha beta gamma");
  equal(config.id, 1);
  deepEqual(
    config.hosts.map(({ host, clientPort, peerPort }) => `${host} ${clientPort} ${peerPort}`),
    ["alpha 22067 22167", "beta 22068 22168", "gamma 22069 22169"],
  );
  deepEqual(
    [config.stateFolder, config.minCopies, config.snapshotEvery, config.logFormat, config.logLevel],
    ["state", 1, 0, "text", "info"],
  );
  deepEqual(
    [config.majority, config.strict, config.force, config.secret],
    [false, false, false, null],
  );
});

test("a server known by a loopback name listens on loopback only", () => {
  equal(parsed("0 127.0.0.1").bindHost, "127.0.0.1");
  equal(parsed("0 localhost").bindHost, "127.0.0.1");
  equal(parsed("0 [::1]").bindHost, "::1");
  equal(parsed("0 alpha").bindHost, "::");
  equal(parsed("0 alpha --bind 10.0.0.1").bindHost, "10.0.0.1");
});

test("options may stand anywhere, with a blank or an equals sign", () => {
  const config = parsed("--state=/tmp/x 0 --majority alpha --min-copies 2 beta --log-format json");
  deepEqual(
    [config.stateFolder, config.majority, config.minCopies, config.logFormat],
    ["/tmp/x", true, 2, "json"],
  );
});

test("flags win over the environment", () => {
  const environment = {
    CHAT_STATE: "a",
    CHAT_LOG_LEVEL: "warn",
    CHAT_STRICT: "1",
    CHAT_FORCE: "0",
  };
  const config = parsed("0 alpha --state b", environment);
  deepEqual([config.stateFolder, config.logLevel, config.strict], ["b", "warn", true]);
});

test("what is wrong is said, with what to do next", () => {
  const complaints: Record<string, RegExp> = {
    "": /Which server is this/,
    "0": /No server was named/,
    "3 a b c": /number from 0 to 2.*not "3"/,
    "x a b": /number from 0 to 1/,
    "0x1 a b": /number from 0 to 1.*not "0x1"/,
    "1 a": /The id must be 0, the place/,
    "0 a:b": /"a:b"/,
    "0 a --wat": /There is no option --wat/,
    "0 a -x": /There is no option -x/,
    "0 a -xstrict": /There is no option -xstrict/,
    "0 a --state": /--state needs a value/,
    "0 a --state=": /--state needs a value/,
    "0 a --majority=1": /--majority takes no value/,
    "0 a b --min-copies 3": /--min-copies takes a number from 1 to 2, not "3"/,
    "0 a --snapshot-every 0": /--snapshot-every takes a number from 1, not "0"/,
    "0 a --keep 1e3": /--keep takes a number from 1, not "1e3"/,
    "0 a --keep 0": /--keep takes a number from 1, not "0"/,
    "0 a --log-format xml": /text or json, not "xml"/,
    "0 a --log-level loud": /one of debug, info, warn, error/,
    "0 a --force --strict": /--force goes on at once, --strict never does/,
    "0 a --force --majority": /--force goes on at once, --majority never does/,
  };
  for (const [line, complaint] of Object.entries(complaints)) {
    match(refusal(line), complaint, line);
    match(refusal(line), /\nTry: chat-server --help$/);
  }
  match(refusal("0 a", { CHAT_MAJORITY: "maybe" }), /CHAT_MAJORITY is 1 or 0/);
  match(refusal("0 a", { CHAT_SECRET: "short" }), /CHAT_SECRET is too short/);
});

test("a switch alone, and the smallest and the largest that are allowed, are taken", () => {
  const config = parsed("0 a b --min-copies 2 --keep 1 --snapshot-every 1");
  deepEqual([config.minCopies, config.keep, config.snapshotEvery], [2, 1, 1]);
  const { force, strict, majority } = parsed("0 a b --force");
  deepEqual([force, strict, majority], [true, false, false]);
  const secret = "s".repeat(secretLettersMin);
  equal(parsed("0 a", { CHAT_SECRET: secret }).secret, secret);
});

test("a variable that is empty says nothing, and a switch is on with 1 or true, off with 0 or false", () => {
  const empty = parsed("0 a", { CHAT_STATE: "", CHAT_KEEP: "", CHAT_STRICT: "" });
  deepEqual([empty.stateFolder, empty.keep, empty.strict], ["state", 0, false]);
  const switches = ["1", "true", "0", "false"].map(
    (value) => parsed("0 a", { CHAT_MAJORITY: value }).majority,
  );
  deepEqual(switches, [true, true, false, false]);
});

test("help and version need nothing else, and help names every option", () => {
  equal(refusal("--help"), "help");
  equal(refusal("-h"), "help");
  equal(refusal("-V"), "version");
  for (const name of [
    "state",
    "majority",
    "strict",
    "force",
    "min-copies",
    "snapshot-every",
    "keep",
  ]) {
    match(usage, new RegExp(`--${name}`));
  }
});
