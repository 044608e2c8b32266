// Host arguments of both commands: `name`, `name:clientPort` or `name:clientPort:peerPort`, IPv6 in
// brackets; the id of a server is its place on the line. Resolves no name and opens nothing.

import type { ServerId } from "./ids.ts";
import { asServerId } from "./ids.ts";
import { clientPortBase, peerPortBase, serversMax } from "./limits.ts";

export interface Host {
  readonly id: ServerId;
  /** Without brackets. */
  readonly host: string;
  readonly clientPort: number;
  readonly peerPort: number;
}

export type ParsedHosts =
  | { readonly ok: true; readonly hosts: readonly Host[] }
  | { readonly ok: false; readonly code: "bad-hosts"; readonly message: string };

const argument = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?(?::([^:]*))?$/;
const hostName = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})$/;
const addressSix = /^[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9_.-]{1,32})?$/;

/** One to nine hosts, in the order of their ids. */
export function parseHosts(args: readonly string[]): ParsedHosts {
  if (args.length === 0) return refuse("No server was named.");
  if (args.length > serversMax) {
    return refuse(`${args.length} servers were named; at most ${serversMax} can be.`);
  }
  const hosts: Host[] = [];
  const taken = new Set<string>();
  for (const [index, text] of args.entries()) {
    const parsed = parseHost(text, index);
    if (typeof parsed === "string") return refuse(parsed);
    if (parsed.clientPort === parsed.peerPort) return refuse(onePort(text, parsed));
    for (const port of [parsed.clientPort, parsed.peerPort]) {
      const place = `${parsed.host.toLowerCase()} port ${port}`;
      if (taken.has(place)) return refuse(`Two servers cannot share ${place}.`);
      taken.add(place);
    }
    hosts.push(parsed);
  }
  return { ok: true, hosts };
}

/** The address as it would be typed: IPv6 in brackets. */
export function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** The host of "host:port" or "[host]:port". */
export function hostOf(remote: string): string {
  const colon = remote.lastIndexOf(":");
  const host = colon < 0 ? remote : remote.slice(0, colon);
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

function onePort(text: string, { id, host, clientPort: port }: Host): string {
  const usual = `${hostText(host)}:${clientPortBase + id}:${peerPortBase + id}`;
  const next = `Name two, as in ${usual}, or the clients' alone.`;
  return `${JSON.stringify(text)} means port ${port} for clients and for servers. ${next}`;
}

function parseHost(text: string, index: number): Host | string {
  const shown = JSON.stringify(text);
  const found = argument.exec(text);
  if (found === null) {
    return text.split(":").length > 3 && !text.includes("[")
      ? `${shown} looks like an IPv6 address; write it in brackets, as in [::1] or [::1]:22067.`
      : `${shown} is not a host; write name, name:port or name:clientPort:peerPort.`;
  }
  const host = found[1] ?? found[2] ?? "";
  if (!(found[1] === undefined ? hostName : addressSix).test(host)) {
    return `${shown} is not a host; write a name or an address, IPv6 in brackets.`;
  }
  const clientPort = parsePort(found[3], clientPortBase + index);
  const peerPort = parsePort(found[4], peerPortBase + index);
  if (clientPort === null || peerPort === null) {
    return `${shown} has a bad port; a port is a number from 1 to 65535.`;
  }
  return { id: asServerId(index), host, clientPort, peerPort };
}

function parsePort(text: string | undefined, otherwise: number): number | null {
  if (text === undefined) return otherwise;
  const port = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

function refuse(message: string): ParsedHosts {
  return { ok: false, code: "bad-hosts", message };
}
