// People at real terminals of real servers, and a friend who writes to them: the ground on which
// tests of the terminal stand. What they started is stopped after the last test of the file.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { assert, present } from "../../src/base/assert.ts";
import { hostText } from "../../src/base/hosts.ts";
import type { ChatClient } from "../../src/client/api.ts";
import { unkeptPins } from "../../src/client/sealing/pins.ts";
import { Sealer } from "../../src/client/sealing/sealer.ts";
import type { Outcome } from "../../src/client/sessionTypes.ts";
import { startCluster } from "../../src/demo/stage.ts";
import type { LocalCluster } from "../../src/demo/localCluster.ts";
import { connectHere, enter } from "../../src/demo/talker.ts";
import { testClock } from "./chaosStage.ts";
import { RealTerminal } from "./realTerminal.ts";

const clientFile = fileURLToPath(new URL("../../bin/chat-client.js", import.meta.url));
export const password = "correct horse";

export class Town {
  readonly cluster: LocalCluster;
  /** State of the clients and of the servers. */
  readonly folder: string;
  readonly #terminals: RealTerminal[] = [];
  readonly #friends: ChatClient[] = [];

  constructor(cluster: LocalCluster, folder: string) {
    this.cluster = cluster;
    this.folder = folder;
  }

  /** Logged in, at a prompt. */
  async friend(name: string): Promise<ChatClient> {
    const client = connectHere({ hosts: this.cluster.hosts, clock: testClock });
    this.#friends.push(client);
    const pins = unkeptPins();
    sealers.set(client, new Sealer({ client, pins, tell: () => undefined }));
    await enter(client, name);
    return client;
  }

  terminal(
    size: { readonly columns: number; readonly rows: number },
    more: { readonly args?: readonly string[]; readonly env?: Record<string, string> } = {},
  ): RealTerminal {
    const command = [...this.#clientCommand(), ...(more.args ?? [])];
    return this.#open(size, command, more.env ?? {});
  }

  /** A shell at its prompt, which finds the client in $CLIENT. */
  shell(size: { readonly columns: number; readonly rows: number }): RealTerminal {
    return this.#open(size, ["sh"], { PS1: "$ ", CLIENT: this.command() });
  }

  /** As it is typed in a shell. */
  command(): string {
    return this.#clientCommand().join(" ");
  }

  #clientCommand(): readonly string[] {
    const hosts = this.cluster.hosts.map(({ host, clientPort, peerPort }) => {
      return `${hostText(host)}:${clientPort}:${peerPort}`;
    });
    return [process.execPath, clientFile, ...hosts];
  }

  #open(
    size: { readonly columns: number; readonly rows: number },
    command: readonly string[],
    env: Readonly<Record<string, string>>,
  ): RealTerminal {
    const home = { XDG_STATE_HOME: join(this.folder, "home"), TZ: "UTC" };
    const terminal = new RealTerminal({ ...size, command, env: { ...home, ...env } });
    this.#terminals.push(terminal);
    return terminal;
  }

  /** A terminal at which this name has just registered. */
  async person(
    name: string,
    size: { readonly columns: number; readonly rows: number },
  ): Promise<RealTerminal> {
    const terminal = this.terminal(size);
    await terminal.untilShown(">");
    terminal.line(`register ${name}`);
    await terminal.untilShown("password:");
    terminal.line(password);
    await terminal.untilShown("password again:");
    terminal.line(password);
    await terminal.untilShown(`${name}>`);
    return terminal;
  }

  async close(): Promise<void> {
    for (const terminal of this.#terminals) terminal.close();
    for (const friend of this.#friends) friend.close();
    await this.cluster.stopAll();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One for all tests of a file. */
export function townForFile(): () => Town {
  let town: Town | null = null;
  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), "replichat-test-"));
    const { env } = process;
    const cluster = await startCluster({
      stateFolder: join(folder, "state"),
      clock: testClock,
      env,
      draw: Math.random,
    });
    process.on("exit", () => cluster.killAllNow());
    town = new Town(cluster, folder);
  });
  after(() => town?.close());
  return () => present(town, "the town");
}

const sealers = new WeakMap<ChatClient, Sealer>();
const keysWaitMs = 5_000;

/** Sealed, as people's clients do it, and confirmed. */
export async function say(friend: ChatClient, to: string, text: string): Promise<void> {
  const sealer = present(sealers.get(friend), "the friend's keys");
  await sealer.settled();
  const sinceMs = testClock.nowMs();
  // Who has just registered has keys a moment later.
  for (;;) {
    const keys = await present(sealer.contacts, "whose key is whose").keysOf(to);
    if ("publics" in keys && keys.publics !== null) break;
    assert(testClock.nowMs() - sinceMs < keysWaitMs, `${to} has keys`);
  }
  const outcome = await new Promise<Outcome>((resolve) =>
    sealer.send({ type: "send", to }, text, resolve),
  );
  assert(outcome.ok, `"${text}" is confirmed`);
}
