// `chat-server`: reads the command line, puts the real ports in, and turns signals into an orderly
// end. stdout carries the readiness lines alone; everything else is logged on stderr.

import { join } from "node:path";
import { wordsOf } from "../base/errors.ts";
import { stopDeadlineMs } from "../base/limits.ts";
import { makeClock } from "../node/clock.ts";
import { openNodeDisk } from "../node/disk.ts";
import { readCertificate } from "../node/certificate.ts";
import { makeEntropy } from "../node/entropy.ts";
import { openFolders, readOrMakeSecret } from "../node/files.ts";
import { socketsRoom } from "../node/fileNumbers.ts";
import { letGarbageGather } from "../node/heapGrowth.ts";
import { makeLog } from "../node/log.ts";
import { makeMemoryDisk } from "../node/memoryDisk.ts";
import { makeMemory } from "../node/memory.ts";
import { makeNetwork } from "../node/network.ts";
import { makePskNetwork } from "../node/pskNetwork.ts";
import { giveBackAtRest } from "../node/restCollection.ts";
import { nameLinesOfBugsAlone, stackOf } from "../node/sourceLines.ts";
import { makeTlsServer } from "../node/tlsServer.ts";
import { versionOf } from "../node/version.ts";
import type { Clock, Disk, Log } from "../ports.ts";
import { encodeMessage } from "../wire/codec.ts";
import { parseServerConfig, usage, type ServerConfig } from "./config.ts";
import { makePeerKeys } from "./peerKeys.ts";
import { onlyTlsHere } from "./peerSecurity.ts";
import { rehearsalSocketsRoom, rehearse } from "./rehearsal.ts";
import { exitCodes, startServer, type ServerPorts } from "./server.ts";
import { onlyTls } from "./turnAways.ts";
import { makeWorkerBuilder } from "./workerBuilder.ts";

/** Sets `process.exitCode`: 0 stopped cleanly, 1 failed, 2 bad usage, 3 state folder unusable. */
export async function main(argv: readonly string[]): Promise<void> {
  nameLinesOfBugsAlone();
  process.stdout.on("error", () => undefined);
  const parsed = parseServerConfig(argv, process.env);
  switch (parsed.kind) {
    case "help":
      process.stdout.write(`${usage}\n`);
      return;
    case "version":
      process.stdout.write(`${versionOf("chat-server")}\n`);
      return;
    case "refused":
      process.stderr.write(`${parsed.message}\n`);
      process.exitCode = exitCodes.badUsage;
      return;
    case "run":
      return run(parsed.config);
  }
}

async function run(config: ServerConfig): Promise<void> {
  letGarbageGather();
  giveBackAtRest();
  const log = makeLog({ format: config.logFormat, level: config.logLevel });
  endOnBugs(log);
  nameUnusedSignals(log);
  const folder = join(config.stateFolder, `server-${config.id}`);
  const found = await openState(config, folder, log);
  if (found === null) return;
  const { disk, secret } = found;
  const clock = makeClock();
  const networks = networksOf(config, secret, log);
  if (networks === null) return;
  const started = await startServer({
    config,
    ports: {
      clock,
      disk,
      entropy: makeEntropy(),
      log,
      socketsRoom: socketsRoom(),
      memory: makeMemory(),
      ...networks,
    },
    secret,
    builder: makeWorkerBuilder(folder, () => Date.now()),
    onReady: (line) => void process.stdout.write(`${line}\n`),
    onFatal: (message, exitCode) => {
      log.write("error", message);
      // The disk may not answer any more: nothing is waited for.
      process.exit(exitCode);
    },
  });
  if (!started.ok) {
    fail(log, started.message, started.exitCode);
    return;
  }
  log.write("info", "started", { id: config.id, pid: process.pid, state: disk.path });
  stopOnSignals(log, () => started.server.stop());
  void rehearseAloud(clock, log);
}

/** Beside the start, not before it: nobody waits for a server that has yet to join. */
async function rehearseAloud(clock: Clock, log: Log): Promise<void> {
  const ports = { clock, network: makeNetwork(), entropy: makeEntropy(), makeDisk: makeMemoryDisk };
  const fromMs = clock.nowMs();
  try {
    if (socketsRoom() < rehearsalSocketsRoom) throw new Error("This process may open few files.");
    await rehearse(ports);
    log.write("debug", "rehearsed", { ms: Math.round(clock.nowMs() - fromMs) });
  } catch (error) {
    // It goes on all the same, and its first moments as primary are slower ones.
    const why = wordsOf(error);
    log.write("debug", "not rehearsed", { why });
  }
}

async function openState(
  config: ServerConfig,
  folder: string,
  log: Log,
): Promise<{ readonly disk: Disk; readonly secret: Buffer } | null> {
  try {
    const secret = config.secret ?? (await secretFromFile(config.stateFolder, log));
    const disk = await openNodeDisk(folder);
    const folders = { state: config.stateFolder, own: folder };
    for (const warning of await openFolders(folders)) log.write("warn", warning);
    return { disk, secret: Buffer.from(secret) };
  } catch (error) {
    const message = wordsOf(error);
    fail(log, message, exitCodes.stateUnusable);
    return null;
  }
}

async function secretFromFile(stateFolder: string, log: Log): Promise<string> {
  const path = join(stateFolder, "secret");
  const { secret, isOpen } = await readOrMakeSecret(path);
  if (isOpen) log.write("warn", `${path} can be read by others. Run: chmod 600 ${path}`);
  return secret;
}

type Networks = Pick<ServerPorts, "network" | "clientNetwork" | "peerNetwork">;

/** Null when the certificate cannot be used. */
function networksOf(config: ServerConfig, secret: Buffer, log: Log): Networks | null {
  const { id, hosts, peerTls, certificate } = config;
  const answer = encodeMessage({ type: "peerError", code: "only-tls", message: onlyTlsHere(id) });
  const keys = makePeerKeys({ secret, self: id, hosts });
  const peers = peerTls && { peerNetwork: makePskNetwork({ keys, plainAnswer: answer }) };
  if (certificate === null) return { network: makeNetwork(), ...peers };
  try {
    const read = readCertificate(certificate, Date.now());
    for (const warning of read.warnings) log.write("warn", warning);
    log.write("info", "clients speak TLS", { key: read.keyHash });
    const clients = makeTlsServer({ certificate: read, plainAnswer: encodeMessage(onlyTls) });
    return { network: makeNetwork(), clientNetwork: clients, ...peers };
  } catch (error) {
    fail(log, wordsOf(error), exitCodes.failed);
    return null;
  }
}

function fail(log: Log, message: string, exitCode: number): void {
  log.write("error", message);
  endWith(exitCode);
}

/** Whatever else is still open must not keep the process; output has been written by then. */
function endWith(exitCode: number): void {
  process.exitCode = exitCode;
  setTimeout(() => process.exit(exitCode), stopDeadlineMs).unref();
}

/** As in node/unusedSignals.js, which keeps them from doing harm. */
const unusedSignals = ["SIGUSR1", "SIGUSR2"] as const;

/** Once each: some other program's habit may send one for every turn of its logs. */
function nameUnusedSignals(log: Log): void {
  for (const signal of unusedSignals) {
    process.once(signal, () => {
      const rest = "it is not said again. SIGTERM stops this server.";
      log.write("warn", `${signal} has come: nothing is done on ${signal}, and ${rest}`);
    });
  }
}

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

function stopOnSignals(log: Log, stop: () => Promise<void>): void {
  let asked = false;
  const onSignal = (signal: NodeJS.Signals | "end of stdin"): void => {
    if (asked && signal === "SIGINT") process.exit(exitCodes.failed);
    if (asked) return;
    asked = true;
    log.write("info", "stopping", { signal });
    setTimeout(() => process.exit(0), stopDeadlineMs);
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.write("error", `The stop failed: ${String(error)}`);
        process.exit(exitCodes.failed);
      },
    );
  };
  for (const signal of stopSignals) process.on(signal, onSignal);
  // Whoever starts servers as children may ask that none outlives him, however he ends.
  if (process.env["CHAT_EXIT_WITH_STDIN"] !== "1") return;
  process.stdin.on("error", () => onSignal("end of stdin"));
  process.stdin.on("end", () => onSignal("end of stdin")).resume();
}

/** A bug ends the process: the others go on without it, which is safer than with it. */
function endOnBugs(log: Log): void {
  const end = (error: unknown): void => {
    log.write("error", `This server has a bug and ends: ${stackOf(error)}`);
    process.exit(exitCodes.failed);
  };
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
}
