// The keys under which servers speak TLS to one another: derived from the shared secret, another
// one for each pair and direction (RFC 5869; RFC 9257 on why roles belong into it). What a caller
// says of itself is no secret, and no proof: only the key is.

import { hkdfSync } from "node:crypto";
import type { ServerId } from "../base/ids.ts";
import { asServerId } from "../base/ids.ts";
import { serversMax } from "../base/limits.ts";
import { assert } from "../base/assert.ts";
import type { SharedKeys } from "../ports.ts";
import type { HostSpec } from "./wiring.ts";

const keyBytes = 32;
const identityForm = /^replichat-1:([0-9])>([0-9])$/;

interface Pair {
  readonly from: number;
  readonly to: number;
}

export function makePeerKeys(parts: {
  readonly secret: Buffer;
  readonly self: ServerId;
  readonly hosts: readonly HostSpec[];
}): SharedKeys {
  const { secret, self, hosts } = parts;
  return {
    forCall: ({ host, port }) => {
      const spec = hosts.find((one) => one.host === host && one.peerPort === port);
      assert(spec !== undefined, "only configured servers are called");
      const pair = { from: self, to: spec.id };
      return { identity: `replichat-1:${pair.from}>${pair.to}`, key: keyOf(secret, pair) };
    },
    // A call for another server is taken as far as the handshake, which says so in words.
    forCaller: (identity) => {
      const pair = pairOf(identity);
      return pair === null ? null : keyOf(secret, pair);
    },
  };
}

/** Whom a caller says it is. */
export function callerOf(identity: string): ServerId | null {
  const pair = pairOf(identity);
  return pair === null ? null : asServerId(pair.from);
}

function pairOf(identity: string): Pair | null {
  const found = identityForm.exec(identity);
  if (found === null) return null;
  const [from, to] = [Number(found[1]), Number(found[2])];
  return from < serversMax && to < serversMax ? { from, to } : null;
}

function keyOf(secret: Buffer, { from, to }: Pair): Buffer {
  const purpose = `replichat peer tls|1|${from}|${to}`;
  return Buffer.from(hkdfSync("sha256", secret, Buffer.alloc(0), purpose, keyBytes));
}
