// `chat-demo` (npm start): three servers on this machine, a client on this terminal and a bot at
// the other end; without a terminal, a run that plays itself and ends with the proof. However it
// ends, the servers end too, and the folder they kept their state in goes with them (after kill -9
// with the next demo).

import { rmSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { optionWords, wordsOf } from "../base/errors.ts";
import { makeClock } from "../node/clock.ts";
import { readOrMakeSecret } from "../node/files.ts";
import { onOutputLost } from "../node/outputLoss.ts";
import { makePassingFolder, removeForsakenFolders } from "../node/passingFolders.ts";
import { nameLinesOfBugsAlone } from "../node/sourceLines.ts";
import { keepTyped } from "../node/typedAhead.ts";
import { versionOf } from "../node/version.ts";
import type { LocalCluster } from "./localCluster.ts";
import { passwordsFrom } from "./passwords.ts";
import { playAlone } from "./selfPlay.ts";
import { startCluster } from "./stage.ts";
import { playOnTerminal } from "./terminalPlay.ts";

const usage = `Usage: chat-demo [options]

Starts three servers on this machine and opens a chat with a bot; leaving stops them.
Without a terminal it plays by itself for ten seconds, kills two servers and prints the proof.

  --state DIR    keep the servers' state in DIR instead of a temporary folder
  --plain        no redrawing: one line per event, as on a dumb terminal
  --no-color     no colours
  -h, --help     this text
  -V, --version  the version
`;

const options = {
  state: { type: "string" },
  plain: { type: "boolean" },
  "no-color": { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

/** Sets `process.exitCode`: 0, 1 when something is off, 2 bad usage, 130 interrupted. */
export async function main(argv: readonly string[]): Promise<void> {
  nameLinesOfBugsAlone();
  const values = readValues(argv);
  if (values === null) return;
  const stateFolder = values.state ?? (await makeFolder());
  if (stateFolder === null) return;
  let running: LocalCluster | null = null;
  // The last word, whatever has happened: nothing that was started stays.
  process.on("exit", () => {
    running?.killAllNow();
    if (values.state === undefined) rmSync(stateFolder, { recursive: true, force: true });
  });
  const leave = (): void => process.exit(130);
  for (const signal of signals) process.on(signal, leave);
  onOutputLost((isFailure) => process.exit(isFailure ? 1 : 130));
  try {
    if (values.state === undefined) await tidyUp();
    const code = await play(values, stateFolder, (cluster) => (running = cluster));
    process.exitCode = code;
  } catch (error) {
    fail(wordsOf(error));
  }
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

const folderKind = "replichat-demo";

/** Null when it has been said why there is none. */
async function makeFolder(): Promise<string | null> {
  try {
    return await makePassingFolder(folderKind);
  } catch (error) {
    fail(`${wordsOf(error)} Or name one with --state.`);
    return null;
  }
}

/** Whoever was killed with -9 has removed nothing: the next one does. */
async function tidyUp(): Promise<void> {
  const problems = await removeForsakenFolders(folderKind);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
}

const signals = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const;

async function play(
  values: Values,
  stateFolder: string,
  started: (cluster: LocalCluster) => void,
): Promise<number> {
  const clock = makeClock();
  const { stdin, stdout, env } = process;
  const isTerminal = stdin.isTTY && stdout.isTTY;
  const typedAhead = isTerminal ? keepTyped(stdin, clock) : null;
  stdout.write("Starting three servers ...\n");
  const cluster = await startCluster({
    stateFolder,
    clock,
    env,
    draw: Math.random,
    preferUsual: true,
    spawned: started,
  });
  if (typedAhead === null) {
    const say = (line: string): void => void stdout.write(`${line}\n`);
    say("There is no terminal here to chat on, so for ten seconds the demo plays by itself.");
    return (await playAlone({ cluster, clock, say })) ? 0 : 1;
  }
  const colour = values["no-color"] !== true && (env["NO_COLOR"] ?? "") === "";
  const plain = values.plain === true || env["TERM"] === "dumb";
  const { secret } = await readOrMakeSecret(join(stateFolder, "secret"));
  const run = await playOnTerminal({
    ...{ cluster, clock, input: stdin, output: stdout, env, colour, plain, typedAhead },
    systemName: systemName(env),
    passwords: passwordsFrom(secret),
  });
  for (const signal of signals) {
    process.removeAllListeners(signal);
    process.on(signal, () => (signal === "SIGINT" ? run.cancel() : run.interrupt()));
  }
  const code = await run.ended;
  await cluster.stopAll();
  return code;
}

/** Empty where the system does not tell. */
function systemName(env: Readonly<Record<string, string | undefined>>): string {
  const told = env["USER"] || env["LOGNAME"];
  if (told !== undefined && told !== "") return told;
  try {
    return userInfo().username;
  } catch {
    // A process without an entry among the users, as in some containers.
    return "";
  }
}

function readValues(argv: readonly string[]): Values | null {
  let values: Values;
  try {
    const parsed = parseArgs({ args: [...argv], options, allowPositionals: true });
    const [word] = parsed.positionals;
    if (word !== undefined)
      return refuseUsage(`chat-demo takes options alone: leave "${word}" out.`);
    ({ values } = parsed);
  } catch (error) {
    return refuseUsage(optionWords(error));
  }
  if (values.help === true) process.stdout.write(usage);
  else if (values.version === true) process.stdout.write(`${versionOf("chat-demo")}\n`);
  else return values;
  return null;
}

function refuseUsage(message: string): null {
  process.stderr.write(`${message}\n${usage}`);
  process.exitCode = 2;
  return null;
}
