// A real network of three machines in one: a namespace for each server, joined by a bridge. Needs
// Linux, root and `ip`; says in words what is missing. A cut is a neighbour's address gone wrong,
// so that what is sent is lost without a word, in that direction alone.

import { execFile } from "node:child_process";
import { platform } from "node:process";
import { promisify } from "node:util";
import { present } from "../../src/base/assert.ts";
import type { BrokenNet } from "./brokenNet.ts";

const run = promisify(execFile);
const ids = [0, 1, 2];
const clientPort = 22_067;
const peerPort = 22_167;
const nobody = "02:00:00:00:00:01";
/** Of the range that is set aside for tests of networks (RFC 2544). */
const subnet = `198.18.${process.pid % 250}`;
const name = (part: string): string => `rc${process.pid % 100_000}${part}`;

/** Null when namespaces can be had here, or why not. */
export async function whyNoNamespaces(): Promise<string | null> {
  if (platform !== "linux") return "network namespaces are there on Linux only";
  if (process.getuid?.() !== 0) return "network namespaces are root's to make";
  try {
    await ip("netns", "add", name("x"));
    await ip("netns", "del", name("x"));
    await ip("link", "add", name("y"), "type", "bridge");
    await ip("link", "del", name("y"));
    return null;
  } catch (error) {
    const { message } = error as Error;
    return `network namespaces cannot be made here: ${message.split("\n", 2).join(" ")}`;
  }
}

export async function makeNamespaces(): Promise<BrokenNet> {
  const close = async (): Promise<void> => {
    for (const id of ids) await ip("netns", "del", name(`n${id}`)).catch(() => undefined);
    await ip("link", "del", name("b")).catch(() => undefined);
  };
  try {
    await ip("link", "add", name("b"), "type", "bridge");
    await ip("addr", "add", `${subnet}.254/24`, "dev", name("b"));
    await ip("link", "set", name("b"), "up");
    for (const id of ids) await addMachine(id);
  } catch (error) {
    await close();
    throw error;
  }
  const cuts: (readonly [from: number, to: number])[] = [];
  return {
    servers: ids.map(host),
    clients: ids.map(host),
    program: (id, program) => ({ ...program, through: ["ip", "netns", "exec", name(`n${id}`)] }),
    cut: async (from, to) => {
      cuts.push([from, to]);
      await inside(
        from,
        "neigh",
        "replace",
        ...neighbour(to),
        "lladdr",
        nobody,
        "nud",
        "permanent",
      );
    },
    heal: async () => {
      for (const [from, to] of cuts.splice(0)) await inside(from, "neigh", "del", ...neighbour(to));
    },
    close,
  };
}

async function addMachine(id: number): Promise<void> {
  const [space, outer] = [name(`n${id}`), name(`v${id}`)];
  await ip("netns", "add", space);
  await ip("link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", space);
  await ip("link", "set", outer, "master", name("b"), "up");
  await inside(id, "addr", "add", `${address(id)}/24`, "dev", "eth0");
  await inside(id, "link", "set", "eth0", "up");
  await inside(id, "link", "set", "lo", "up");
}

function address(id: number): string {
  return `${subnet}.${id + 1}`;
}

function host(id: number): string {
  return `${address(id)}:${clientPort}:${peerPort}`;
}

function neighbour(id: number): readonly string[] {
  return [address(id), "dev", "eth0"];
}

function inside(id: number, ...args: readonly string[]): Promise<void> {
  return ip("-n", name(`n${id}`), ...args);
}

async function ip(...args: readonly string[]): Promise<void> {
  await run(present("ip", "a command"), [...args]);
}
