// `chat-client`: reads the command line, chooses the face (terminal, pipe, JSON) and puts the real
// network, clock and keyboard in. It ends by setting the exit code, never by cutting output short.

import { readFileSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { optionWords, wordsOf } from "../base/errors.ts";
import { type Host, parseHosts } from "../base/hosts.ts";
import { makeClock } from "../node/clock.ts";
import { diskError, reasonOf } from "../node/diskErrors.ts";
import { makeEntropy } from "../node/entropy.ts";
import { makeHistoryFile } from "../node/historyFile.ts";
import { makeKnownServersFile } from "../node/knownServersFile.ts";
import { makeLines } from "../node/lines.ts";
import { makeNetwork } from "../node/network.ts";
import { onOutputLost, writeOutput } from "../node/outputLoss.ts";
import { makeOutboxFiles } from "../node/outboxFile.ts";
import { makePinFiles } from "../node/pinFiles.ts";
import { makeSettingsFile } from "../node/settingsFile.ts";
import { nameLinesOfBugsAlone } from "../node/sourceLines.ts";
import { makeTerminal } from "../node/terminal.ts";
import { type Ground, makeTlsClient, readCa } from "../node/tlsClient.ts";
import { versionOf } from "../node/version.ts";
import type { Clock, Network } from "../ports.ts";
import { type ChatClient, connectClient } from "./api.ts";
import { usageText } from "./help.ts";
import { checkOutbox } from "./keptCheck.ts";
import { tellTime } from "./localTime.ts";
import { deriveKeys } from "./passwordKeys.ts";
import { startPipe } from "./pipe.ts";
import { startPlain } from "./plain.ts";
import { startRepl } from "./repl.ts";
import { checkOrder, checkPins } from "./sealing/pinCheck.ts";
import { makeTrust } from "./trust.ts";
import { makeTypedLines } from "./typedLines.ts";

interface Wishes {
  readonly hosts: readonly Host[];
  readonly entry: { readonly name: string; readonly password: string | null } | null;
  readonly plain: boolean;
  readonly json: boolean;
  readonly colour: boolean;
  /** What a server's TLS is trusted by; none: bare TCP. */
  readonly ground: "none" | "memory" | Ground;
}

/** Sets `process.exitCode`: 0, 1, 2, 3, 4 or 130 (FEATURES §2). */
export async function main(argv: string[]): Promise<void> {
  nameLinesOfBugsAlone();
  const wishes = readWishes(argv);
  if (wishes === null) return;
  // Whoever reads our words through `head` may stop reading: no reason to crash.
  process.stderr.on("error", () => {});
  const clock = makeClock();
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const isPerson = isTerminal && !wishes.json;
  const canRedraw = !wishes.plain && process.env["TERM"] !== "dumb";
  // A script that reads plain lines expects replies alone on stdout.
  const tell = (code: string, message: string): void => {
    if (isTerminal || wishes.json) client.tell(code, message);
    else process.stderr.write(`${message}\n`);
  };
  const client = connectClient({
    hosts: wishes.hosts,
    network: networkFor(wishes.ground, tell),
    clock,
    entropy: makeEntropy(),
    deriveKeys,
  });
  const surroundings = { client, clock };
  const run = !isPerson ? runLines : canRedraw ? runTerminal : runPlain;
  process.exitCode = await run(surroundings, wishes);
}

function networkFor(
  ground: Wishes["ground"],
  tell: (code: string, message: string) => void,
): Pick<Network, "connect"> {
  if (ground === "none") return makeNetwork();
  if (ground !== "memory") return makeTlsClient(ground);
  const trust = makeTrust(makeKnownServersFile(process.env), tell);
  return makeTlsClient({ kind: "memory", trust });
}

interface Surroundings {
  readonly client: ChatClient;
  readonly clock: Clock;
}

const leaveSignals = ["SIGTERM", "SIGHUP", "SIGQUIT"] as const;

async function runTerminal(surroundings: Surroundings, wishes: Wishes): Promise<number> {
  const repl = startRepl({
    ...surroundings,
    terminal: makeTerminal(process.stdin, process.stdout, process.env),
    history: makeHistoryFile(process.env),
    settings: makeSettingsFile(process.env),
    outbox: makeOutboxFiles(process.env, checkOutbox),
    pins: makePinFiles(process.env, checkPins, checkOrder),
    tellTime,
    colour: wishes.colour,
    entry: wishes.entry,
  });
  const leave = (): void => repl.interrupt();
  for (const signal of [...leaveSignals, "SIGINT"] as const) process.on(signal, leave);
  return repl.ended;
}

async function runPlain(surroundings: Surroundings, wishes: Wishes): Promise<number> {
  const plain = startPlain({
    ...surroundings,
    keyboard: makeTypedLines({
      terminal: makeTerminal(process.stdin, process.stdout, process.env, { isDrawnOn: false }),
      echoes: process.env["INSIDE_EMACS"] === undefined,
      interrupted: () => plain.cancel(),
      resumed: () => plain.repeat(),
    }),
    out: { write: (text) => void process.stdout.write(text) },
    settings: makeSettingsFile(process.env),
    outbox: makeOutboxFiles(process.env, checkOutbox),
    pins: makePinFiles(process.env, checkPins, checkOrder),
    tellTime,
    entry: wishes.entry,
  });
  for (const signal of leaveSignals) process.on(signal, () => plain.interrupt());
  process.on("SIGINT", () => plain.cancel());
  process.stdout.on("error", () => plain.interrupt());
  return plain.ended;
}

async function runLines(surroundings: Surroundings, wishes: Wishes): Promise<number> {
  const { json, entry } = wishes;
  const lines = makeLines(process.stdin, () => pipe.interrupt());
  const lost = (isFailure: boolean): void => pipe.mute(isFailure);
  const pipe = startPipe({
    ...surroundings,
    lines,
    out: { write: (text) => writeOutput(text, lost) },
    errors: { write: (text) => void process.stderr.write(text) },
    settings: makeSettingsFile(process.env),
    outbox: makeOutboxFiles(process.env, checkOutbox),
    pins: makePinFiles(process.env, checkPins, checkOrder),
    json,
    tellTime,
    entry,
  });
  for (const signal of [...leaveSignals, "SIGINT"] as const) {
    process.on(signal, () => pipe.interrupt());
  }
  onOutputLost(lost);
  let isUnread = false;
  process.stdin.on("error", (error) => {
    process.stderr.write(`The input cannot be read: ${reasonOf(error)}.\n`);
    isUnread = true;
  });
  return (await pipe.ended) || (isUnread ? 1 : 0);
}

function readWishes(argv: string[]): Wishes | null {
  const parsed = parseOptions(argv);
  if (typeof parsed === "string") return refuseUsage(parsed);
  const { values, positionals } = parsed;
  if (values.help === true || values.version === true) onOutputLost();
  if (values.help === true) {
    process.stdout.write(usageText);
    return null;
  }
  if (values.version === true) {
    process.stdout.write(`${versionOf("chat-client")}\n`);
    return null;
  }
  const parsedHosts = parseHosts(positionals);
  if (!parsedHosts.ok) return refuseUsage(parsedHosts.message);
  const { user, "password-file": file } = values;
  if (file !== undefined && user === undefined) {
    return refuseUsage("--password-file needs --user: whose password is it?");
  }
  const read = file === undefined ? { password: null } : readPassword(file);
  if ("message" in read) return refuseUsage(read.message);
  const { password } = read;
  const ground = groundOf(values);
  if (ground === null) return null;
  const noColour = values["no-color"] === true || (process.env["NO_COLOR"] ?? "") !== "";
  return {
    hosts: parsedHosts.hosts,
    entry: user === undefined ? null : { name: user, password },
    plain: values.plain === true,
    json: values.json === true,
    colour: !noColour,
    ground,
  };
}

/** Null when it has been refused in words. */
function groundOf(values: {
  readonly tls?: boolean;
  readonly "tls-ca"?: string;
}): Wishes["ground"] | null {
  const ca = values["tls-ca"];
  if (ca === undefined) return values.tls === true ? "memory" : "none";
  try {
    return readCa(ca);
  } catch (error) {
    return refuseUsage(wordsOf(error));
  }
}

const options = {
  user: { type: "string" },
  "password-file": { type: "string" },
  tls: { type: "boolean" },
  "tls-ca": { type: "string" },
  plain: { type: "boolean" },
  json: { type: "boolean" },
  "no-color": { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const;

function parseOptions(
  args: string[],
): ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>> | string {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    return optionWords(error);
  }
}

function refuseUsage(message: string): null {
  process.stderr.write(`${message}\nTry chat-client --help.\n`);
  process.exitCode = 2;
  return null;
}

function readPassword(file: string): { readonly password: string } | { readonly message: string } {
  try {
    // Some editors put a mark of their own before the text.
    const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
    const [password = ""] = text.split(/\r?\n/);
    if (password === "") return { message: `${file} has no password in its first line.` };
    const found = statSync(file);
    // A pipe or a device (`<(pass show chat)`) is nobody's to read later.
    const isOpen = found.isFile() && (found.mode & 0o077) !== 0;
    if (isOpen) process.stderr.write(`${file} can be read by others. Run: chmod 600 ${file}\n`);
    return { password };
  } catch (error) {
    return { message: diskError("Reading the password file", file, error).message };
  }
}
