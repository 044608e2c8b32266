// The numbers and names that must not be mixed up, each branded, each with one checked constructor.
// A ballot is one number (round × 64 + proposer), so that ordering ballots is ordering numbers.

import { assert } from "./assert.ts";

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Position of a mutation in a history: 1, 2, 3 …; 0 stands before the first. */
export type Op = Branded<number, "Op">;
/** (round, proposer) packed as round × 64 + proposer; 0 stands before the first. */
export type Ballot = Branded<number, "Ballot">;
/** 0 … 63; the index of the server's own host on every command line. */
export type ServerId = Branded<number, "ServerId">;
/** One higher at every process start (and at every resignation) of one server; from 1. */
export type Incarnation = Branded<number, "Incarnation">;
/** 128 random bits made by the client, as 32 lower-case hexadecimal digits. */
export type ClientId = Branded<string, "ClientId">;
/** Immutable number of an account within one history; from 1. */
export type AccountId = Branded<number, "AccountId">;
/** Running CRC32 over the record frames of a history (DESIGN §5). */
export type Chain = Branded<number, "Chain">;

const proposersMax = 64;

export const noOp = 0 as Op;
export const noBallot = 0 as Ballot;
export const noChain = 0 as Chain;
/** Stands as the client of records that servers make themselves (views, expiries). */
export const serverClientId = "0".repeat(32) as ClientId;

export function asOp(value: number): Op {
  assert(Number.isSafeInteger(value) && value >= 0, "not an op", value);
  return value as Op;
}

export function asServerId(value: number): ServerId {
  assert(Number.isInteger(value) && value >= 0 && value < proposersMax, "not a server id", value);
  return value as ServerId;
}

export function asIncarnation(value: number): Incarnation {
  assert(Number.isSafeInteger(value) && value >= 1, "not an incarnation", value);
  return value as Incarnation;
}

export function asAccountId(value: number): AccountId {
  assert(Number.isSafeInteger(value) && value >= 1, "not an account id", value);
  return value as AccountId;
}

export function asChain(value: number): Chain {
  assert(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff, "not a chain", value);
  return value as Chain;
}

export function isClientId(value: string): value is ClientId {
  return /^[0-9a-f]{32}$/.test(value);
}

export function asClientId(value: string): ClientId {
  assert(isClientId(value), "not a client id");
  return value;
}

/** All of them drawn. */
const clientIdBytes = 16;

export function drawClientId(entropy: { bytes(count: number): Buffer }): ClientId {
  return asClientId(entropy.bytes(clientIdBytes).toString("hex"));
}

export function asBallot(value: number): Ballot {
  assert(Number.isSafeInteger(value) && value >= 0, "not a ballot", value);
  return value as Ballot;
}

export function makeBallot(parts: { readonly round: number; readonly proposer: ServerId }): Ballot {
  return asBallot(parts.round * proposersMax + parts.proposer);
}

/** What people are shown as the view's number. */
export function roundOf(ballot: Ballot): number {
  return Math.floor(ballot / proposersMax);
}

export function proposerOf(ballot: Ballot): ServerId {
  return asServerId(ballot % proposersMax);
}
