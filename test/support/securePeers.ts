// Links of real servers to one another over real sockets of this machine, with whoever is put in
// between: who calls a server reaches the meddler in front of it. Of no server more than its links.

import { ok } from "node:assert/strict";
import { asBallot, asIncarnation, asServerId } from "../../src/base/ids.ts";
import { makeClock } from "../../src/node/clock.ts";
import { makeEntropy } from "../../src/node/entropy.ts";
import { makeNetwork } from "../../src/node/network.ts";
import { makePskNetwork } from "../../src/node/pskNetwork.ts";
import type { LogFields, Network } from "../../src/ports.ts";
import { makePeerKeys } from "../../src/server/peerKeys.ts";
import { makePeers } from "../../src/server/peers.ts";
import type { HostSpec, Peers } from "../../src/server/wiring.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import type { Message } from "../../src/wire/messages.ts";
import { onlyTlsHere } from "../../src/server/peerSecurity.ts";
import { Meddler } from "./meddler.ts";

const waitMs = 10_000;
/** Below the ephemeral range. */
let nextPort = 24_000 + (process.pid % 200) * 20;

export interface SecurePeer {
  readonly id: number;
  readonly peers: Peers;
  readonly up: Set<number>;
  readonly messages: Message[];
  readonly lines: string[];
  readonly fields: LogFields[];
}

export interface SecurePair {
  readonly one: SecurePeer;
  readonly other: SecurePeer;
  /** Before each of the two servers. */
  readonly meddlers: readonly [Meddler, Meddler];
  readonly listens: readonly [HostSpec, HostSpec];
  close(): Promise<void>;
}

export interface Differing {
  readonly secrets?: readonly [string, string];
  /** Who speaks TLS. */
  readonly tls?: readonly [boolean, boolean];
}

/** Servers 0 and 1, started as soon as the caller has told the meddlers what to do. */
export async function makeSecurePair(
  differing: Differing = {},
  prepare: (meddlers: readonly [Meddler, Meddler]) => void = () => undefined,
): Promise<SecurePair> {
  const port = (nextPort += 2);
  const specs = (host: string): [HostSpec, HostSpec] => [spec(0, host, port), spec(1, host, port)];
  const called = specs("127.0.3");
  const listens = specs("127.0.4");
  const meddlers = [await before(called[0], listens[0]), await before(called[1], listens[1])] as [
    Meddler,
    Meddler,
  ];
  prepare(meddlers);
  const start = (id: 0 | 1): Promise<SecurePeer> => {
    const secret = differing.secrets?.[id] ?? "the secret of these tests";
    return startPeer({ id, called, bindHost: listens[id].host, secret, tls: differing.tls?.[id] });
  };
  const [one, other] = [await start(0), await start(1)];
  return {
    one,
    other,
    meddlers,
    listens,
    close: async () => {
      await Promise.all([one.peers.stop(), other.peers.stop()]);
      await Promise.all(meddlers.map((meddler) => meddler.close()));
    },
  };
}

function spec(id: number, net: string, port: number): HostSpec {
  return { id: asServerId(id), host: `${net}.${id + 1}`, clientPort: port, peerPort: port + 1 };
}

function before(called: HostSpec, listens: HostSpec): Promise<Meddler> {
  const target = { host: listens.host, port: listens.peerPort };
  return new Meddler(target).listen({ host: called.host, port: called.peerPort });
}

async function startPeer(parts: {
  readonly id: number;
  readonly called: readonly HostSpec[];
  readonly bindHost: string;
  readonly secret: string;
  readonly tls: boolean | undefined;
}): Promise<SecurePeer> {
  const { id, called, bindHost, tls = true } = parts;
  const secret = Buffer.from(parts.secret);
  const self = asServerId(id);
  const plainAnswer = encodeMessage({
    type: "peerError",
    code: "only-tls",
    message: onlyTlsHere(self),
  });
  const keys = makePeerKeys({ secret, self, hosts: called });
  const bareNetwork: Network = makeNetwork();
  const lines: string[] = [];
  const fields: LogFields[] = [];
  const log = {
    write: (_level: string, event: string, more: LogFields = {}) => {
      lines.push(event);
      fields.push(more);
    },
  };
  const peers = makePeers({
    ...{ clock: makeClock(), entropy: makeEntropy(), log, self, hosts: called, bindHost, secret },
    network: tls ? makePskNetwork({ keys, plainAnswer }) : bareNetwork,
    bareNetwork,
    rules: { majority: false, strict: false, minCopies: 1, keep: 0 },
  });
  peers.setIdentity({ cluster: "", incarnation: asIncarnation(1), apart: false });
  const peer: SecurePeer = { id, peers, up: new Set(), messages: [], lines, fields };
  await peers.start({
    up: (from) => void peer.up.add(from),
    down: (from) => void peer.up.delete(from),
    message: (_from, message) => void peer.messages.push(message),
    probed: () => undefined,
    unfit: () => undefined,
  });
  return peer;
}

export async function withPair(
  use: (pair: SecurePair) => Promise<void>,
  differing: Differing = {},
  prepare?: (meddlers: readonly [Meddler, Meddler]) => void,
): Promise<void> {
  const pair = await makeSecurePair(differing, prepare);
  try {
    await use(pair);
  } finally {
    await pair.close();
  }
}

export function areLinked({ one, other }: SecurePair): boolean {
  return one.up.has(1) && other.up.has(0);
}

/** A marker that nobody else writes. */
export const word = "marmalade";

/** From server 0 to server 1, if they are linked. */
export function say({ one }: SecurePair, number: number): void {
  const reason = `${word} ${number}`;
  one.peers.send(asServerId(1), { type: "askResign", ballot: asBallot(64), reason });
  one.peers.flush();
}

/** The numbers that server 1 has heard; throws when it heard what was never said. */
export function heard({ other }: SecurePair): readonly number[] {
  return other.messages.map((message) => {
    const found = message.type === "askResign" && /^marmalade (\d+)$/.exec(message.reason);
    ok(found, `never said: ${JSON.stringify(message)}`);
    return Number(found[1]);
  });
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + waitMs;
  while (!condition()) {
    ok(performance.now() < endMs, `waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
