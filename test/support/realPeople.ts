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
import { startCluster } from "../../src/demo/stage.ts";
import type { LocalCluster } from "../../src/demo/localCluster.ts";
import { connectHere, enter } from "../../src/demo/talker.ts";
import { testClock } from "./chaosStage.ts";
import { RealTerminal, whyNoTerminal } from "./realTerminal.ts";

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
    await enter(client, name);
    return client;
  }

  terminal(
    size: { readonly columns: number; readonly rows: number },
    more: { readonly args?: readonly string[]; readonly env?: Record<string, string> } = {},
  ): RealTerminal {
    const hosts = this.cluster.hosts.map(({ host, clientPort, peerPort }) => {
      return `${hostText(host)}:${clientPort}:${peerPort}`;
    });
    const terminal = new RealTerminal({
      ...size,
      command: [process.execPath, clientFile, ...hosts, ...(more.args ?? [])],
      env: { XDG_STATE_HOME: join(this.folder, "home"), TZ: "UTC", ...more.env },
    });
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

/** One for all tests of a file; none where there is no terminal to be had. */
export function townForFile(): () => Town {
  let town: Town | null = null;
  before(async () => {
    if (whyNoTerminal !== false) return;
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

/** Confirmed. */
export async function say(friend: ChatClient, to: string, text: string): Promise<void> {
  const answer = await friend.send(to, text);
  assert(answer.ok, `"${text}" is confirmed`);
}
