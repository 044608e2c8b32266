// Random but seeded histories of a chat: a few clients and names, so that everything meets
// everything. Requests come in order, twice, with gaps, late, or under clients nobody knows; fields
// are now and then not what anybody would send.

import { asBallot, asOp, serverClientId } from "../../src/base/ids.ts";
import type { ClientId } from "../../src/base/ids.ts";
import { clientRecordKeptMs } from "../../src/base/limits.ts";
import { makePrng } from "../../src/base/prng.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { Command } from "../../src/wire/messages.ts";
import type { DecodedRecord } from "../../src/wire/batch.ts";
import { clientNumber, keyOf, registration } from "./chatScript.ts";
import type { Bare } from "./chatScript.ts";
import { proofBy, publicsOf, sealedFor } from "./keyScript.ts";

const names = ["alice", "Bob", "ALICE", "carol", "dave2", "x".repeat(50)] as const;
const strangeNames = ["", "a b", "\u001b[2J", "bob|", "ünal", "x".repeat(51)] as const;
const bodies = ["hi", "%E2%82%AC", "x".repeat(300), "a b", "%7C%25"] as const;
const clientCount = 7;
/** After so many records one of the clients is a new one: its id is one account's for good. */
const clientStaysRecords = 100;

export function randomHistory(seed: number, count: number): DecodedRecord[] {
  const prng = makePrng(seed);
  const next = new Map<ClientId, number>();
  const records: DecodedRecord[] = [];
  let atUs = 1_700_000_000_000_000;
  for (let op = 1; op <= count; op += 1) {
    atUs += stepUs(prng);
    const fromServer = prng.chance(0.04);
    const oldest = 1 + Math.floor(op / clientStaysRecords);
    const client = fromServer ? serverClientId : clientNumber(oldest + prng.below(clientCount));
    const bare = fromServer ? serverCommand(prng, oldest) : request(prng);
    const command = numbered(prng, bare, next, client);
    records.push({ ballot: asBallot(64), op: asOp(op), atUs, client, command });
  }
  return records;
}

function stepUs(prng: Prng): number {
  return prng.chance(0.05) ? prng.below(clientRecordKeptMs) * 1_000 : 1 + prng.below(100_000);
}

function numbered(prng: Prng, bare: Bare, next: Map<ClientId, number>, client: ClientId): Command {
  const due = next.get(client) ?? 1;
  let number = due;
  if (prng.chance(0.15)) number = Math.max(0, due - prng.below(6));
  else if (prng.chance(0.05)) number = due + prng.below(4);
  next.set(client, Math.max(due, number + 1));
  const received = prng.chance(0.5) ? Math.max(0, due - 1 - prng.below(5)) : 0;
  // Commands of servers carry no numbers; `apply` must not look at what is not of the type.
  return { ...bare, request: number, received } as Command;
}

function serverCommand(prng: Prng, oldest: number): Bare {
  const clients = Array.from({ length: prng.below(4) }, () =>
    prng.chance(0.1) ? "nobody" : clientNumber(oldest + prng.below(clientCount)),
  );
  if (prng.chance(0.2)) return { type: "endSessions", clients };
  return { type: "expireClients", clients };
}

function anyName(prng: Prng): string {
  return prng.chance(0.05) ? prng.pick(strangeNames) : prng.pick(names);
}

function anySeq(prng: Prng): number {
  return prng.chance(0.02) ? prng.pick([0, 9_007_199_254_740_991]) : 1 + prng.below(40);
}

function draftRequest(prng: Prng, to: string): Bare {
  const kind = prng.below(4);
  const draft = prng.below(5);
  const sealed = prng.chance(0.3);
  const format = sealed ? "s" : "p";
  const body = sealed ? anySealed(prng) : prng.pick(bodies);
  if (kind < 2) return { type: "draftPut", draft, to, format, body };
  if (kind === 2) return { type: "draftRemove", drafts: [draft, 1 + draft] };
  const version = prng.below(600);
  return { type: "draftSend", draft, version, to, format, body };
}

const keyWords = ["one", "two", "three"] as const;

function anySealed(prng: Prng): string {
  return prng.chance(0.95) ? sealedFor(prng.pick(keyWords)) : prng.pick(["1.aGk", "no tag", "."]);
}

function keysPut(prng: Prng): Bare {
  const salt = keyOf(prng.chance(0.8) ? "salt" : prng.pick(["next", "other"]));
  const publics = publicsOf(prng.pick(keyWords)).subarray(prng.chance(0.02) ? 1 : 0);
  return { type: "keysPut", publics, salt, wrapped: Buffer.alloc(prng.pick([1, 200, 256])) };
}

const groups = ["#lobby", "#team", "#TEAM2", "#", "#no group"] as const;

function groupRequest(prng: Prng, member: string): Bare {
  const change = prng.pick(["create", "add", "add", "add", "remove", "leave", "join", "?"]);
  const group = prng.pick(groups);
  if (prng.chance(0.6)) return { type: "groupChange", group, change, member };
  const proof = proofBy(prng.pick(keyWords)).subarray(0, prng.chance(0.05) ? 0 : 99);
  return { type: "groupSigned", group, change, member, proof };
}

function request(prng: Prng): Bare {
  const kind = prng.below(100);
  const name = anyName(prng);
  if (kind < 12) return registration(name);
  if (kind < 25) {
    const storedKey = prng.chance(0.9) ? keyOf(name.toLowerCase()) : keyOf("wrong");
    return { type: "startSession", name, storedKey, tokenHash: keyOf(`t${prng.below(9)}`) };
  }
  if (kind < 27) return keysPut(prng);
  if (kind < 32) {
    return { type: "send", to: prng.pick(groups), format: "p", body: prng.pick(bodies) };
  }
  if (kind < 65) {
    if (prng.chance(0.3)) return { type: "send", to: name, format: "s", body: anySealed(prng) };
    const format = prng.chance(0.98) ? "p" : "sealed";
    return { type: "send", to: name, format, body: prng.chance(0.98) ? prng.pick(bodies) : "" };
  }
  if (kind < 78) return { type: "acknowledge", through: anySeq(prng) };
  if (kind < 88) {
    const seqs = Array.from({ length: prng.below(4) }, () => anySeq(prng));
    return { type: "mark", mark: prng.pick(["read", "unread", "removed", "removed", "?"]), seqs };
  }
  if (kind < 91) return draftRequest(prng, name);
  if (kind < 96) return groupRequest(prng, name);
  if (kind < 97) return { type: "logout" };
  if (kind < 98) return { type: "delete", name };
  return { type: "endSessions", clients: [clientNumber(1)] };
}
