// Somebody whom nobody knows connects to a server and says what makes no sense: noise, frames that
// are longer than they say or never end, frames of every kind with wrong or odd fields, before and
// after a greeting. Or a whole server that does not know the secret takes another one's part. It
// must cost the stranger the connection, and nobody else anything.

import { encodeMessage } from "../../src/wire/codec.ts";
import { messages, protocolVersion, type MessageType } from "../../src/wire/messages.ts";
import { asClientId, noBallot } from "../../src/base/ids.ts";
import type { Address, Network } from "../../src/ports.ts";
import { makePrng, type Prng } from "../../src/base/prng.ts";
import type { Cluster } from "../support/cluster.ts";
import { hostOf, simHosts } from "../support/simHosts.ts";
import { bootServer } from "../support/simBoot.ts";
import { SimServer } from "../support/simServer.ts";
import type { Undo } from "./harm.ts";
import type { What } from "./plan.ts";

const connectMs = 1_000;
const table = Object.entries(messages) as [MessageType, { fields: object; opcode: number }][];

export function talkNonsense(
  { clock, network, servers }: Cluster,
  server: SimServer | null,
  { port, salt }: What & { kind: "garbage" },
): Undo | null {
  const host = server === null ? undefined : simHosts(servers.length)[server.id];
  if (host === undefined) return null;
  const own = clock.forProcess();
  const process = network.forProcess(hostOf("stranger"), own);
  const address = { host: host.host, port: port === "client" ? host.clientPort : host.peerPort };
  const prng = makePrng(salt);
  for (let calls = 1 + prng.below(8); calls > 0; calls -= 1) {
    say(process, address, sayings(port, prng));
  }
  return () => {
    own.kill();
    process.kill();
  };
}

/** On a connection of its own: after the first that is refused nobody listens any more. */
function say(network: Network, address: Address, parts: readonly Buffer[]): void {
  network.connect(address, connectMs, {
    failed: () => undefined,
    connected: (link) => {
      const ignore = (): void => undefined;
      link.start({ bytes: ignore, drained: ignore, closed: ignore });
      for (const part of parts) link.send(part);
    },
  });
}

function sayings(port: "client" | "peer", prng: Prng): readonly Buffer[] {
  const parts = prng.chance(0.5) ? [greeting(port, prng)] : [];
  for (let count = 1 + prng.below(6); count > 0; count -= 1) parts.push(nonsense(prng));
  return parts;
}

/** Its machine is elsewhere: it calls the others, and nobody calls it. */
export function pretend(
  { clock, network, servers, logs }: Cluster,
  server: SimServer | null,
  { salt }: What & { kind: "impostor" },
): Undo | null {
  if (server === null) return null;
  const impostor = new SimServer({
    id: server.id,
    host: hostOf("impostor"),
    seed: salt,
    clock,
    network,
    logs: { ...logs, forProcess: (who, own) => logs.forProcess(`one who says: ${who}`, own) },
    boot: bootServer({
      hosts: simHosts(servers.length),
      mode: "plain",
      snapshotEvery: 0,
      minCopies: 1,
      secret: Buffer.from("what somebody else takes for the secret"),
    }),
  });
  impostor.start();
  return () => {
    if (impostor.isUp()) impostor.die("killed");
  };
}

function greeting(port: "client" | "peer", prng: Prng): Buffer {
  if (port === "client") {
    const client = asClientId(prng.next32().toString(16).padStart(32, "0"));
    return encodeMessage({ type: "hello", version: protocolVersion, client, ballot: noBallot });
  }
  return frameOf(messages.peerHello.opcode, `${protocolVersion}|${prng.below(5)}|0|00ff`);
}

function nonsense(prng: Prng): Buffer {
  switch (prng.below(5)) {
    case 0:
      return Buffer.from(Array.from({ length: 1 + prng.below(200) }, () => prng.below(256)));
    case 1: {
      const [, { opcode }] = prng.pick(table);
      return Buffer.from([opcode, 0xff, 0xff, ...Buffer.from("x".repeat(prng.below(50)))]);
    }
    default: {
      const [, { opcode, fields }] = prng.pick(table);
      const other = prng.below(prng.pick([0x40, 0x100]));
      const count = Object.keys(fields).length + prng.pick([0, 0, 0, 0, 1, -1]);
      const values = Array.from({ length: Math.max(0, count) }, () => oddField(prng));
      return frameOf(prng.chance(0.3) ? other : opcode, values.join("|"));
    }
  }
}

function oddField(prng: Prng): string {
  const odd = [
    "",
    "-1",
    "1e9",
    "0",
    "1",
    "2",
    "64",
    "%",
    "%7",
    "%zz",
    "ab",
    "é",
    "p0",
    "999999999",
  ];
  const long = ["9".repeat(30), "a".repeat(32), "0".repeat(64), "0,1,2", "p", "\n"];
  return prng.pick([...odd, ...long]);
}

function frameOf(opcode: number, payload: string): Buffer {
  const bytes = Buffer.from(payload, "latin1");
  const frame = Buffer.alloc(3 + bytes.length);
  frame.writeUInt8(opcode, 0);
  frame.writeUInt16BE(bytes.length, 1);
  bytes.copy(frame, 3);
  return frame;
}
