// The lines of a snapshot, each a kind and fields joined by "|" in the wire's encoding. Only this
// file knows the order of their fields and in which order the kinds come (`stages`); snapshot.ts
// writes them and snapshotRead.ts reads them. Version 1 lacked o, n, d, f, x and u; version 2 p, w,
// b, k, q, g, j, y, letters to groups; version 3 s and v; version 4 h, m, i, l, sealed letters;
// version 5 whose a client without a session is. Letters have a form of their own: letterLine.ts.

import { present } from "../base/assert.ts";
import { writeUint } from "../base/digits.ts";
import type { FieldKind, FieldTypes } from "../wire/fields.ts";
import { bar, decodeField, encodeField } from "../wire/fields.ts";
import { writeFields, type FieldList } from "../wire/payloadWriter.ts";

export const snapshotVersion = 6;

const lines = {
  "replichat-chat": { version: "uint", op: "op", atUs: "uint", servedUs: "uint", lastId: "uint" },
  /** How much a server still holds of branches that are to be merged. */
  u: { server: "server", left: "uint" },
  /** Of letters sent on both sides of a fork, as drafts: which one stands for the other. */
  s: { lost: "text", kept: "text" },
  /** The registration that made the account, or tombstone, that follows; as letters carry it. */
  o: { client: "text", request: "uint" },
  a: {
    id: "account",
    name: "text",
    salt: "hex",
    cost: "uint",
    blockSize: "uint",
    parallelism: "uint",
    storedKey: "hex",
    serverKey: "hex",
    lastSeenMs: "uint",
    /** Of the mailbox. */
    last: "uint",
    delivered: "uint",
  },
  /** The former name of the account before. */
  n: { name: "text" },
  /** What was delivered to the account before out of turn: positions, rising. */
  d: { seqs: "uints" },
  /** Of the account before: the highest number that a draft of it ever had. */
  p: { last: "uint" },
  /** Its drafts, by number; client and request wrote it last. */
  w: {
    number: "uint",
    client: "text",
    request: "uint",
    version: "uint",
    atMs: "uint",
    to: "text",
    format: "text",
    body: "escaped",
  },
  /** What was sent of them of late: the writing, and what sent it. */
  v: { writing: "text", sentBy: "text" },
  /** The password of the account before was changed on two sides of a fork. */
  k: { contested: "flag" },
  /** Whom the account before has blocked: ids, rising. */
  b: { accounts: "uints" },
  /** Keys of the account before, its present ones first. */
  h: { former: "flag", publics: "bytes" },
  /** A wrap of those, the oldest first. */
  m: { salt: "hex", wrapped: "bytes" },
  /** A tombstone. */
  t: { id: "account", name: "text" },
  /** Of the newest group ever made. */
  q: { lastId: "uint" },
  /** client and request made it. */
  g: { id: "uint", name: "text", client: "text", request: "uint", hasLetters: "flag" },
  /** One of its members, in the order of joining; the requests that joined him. */
  j: { account: "account", joinings: "texts" },
  /** What proves one of those joinings. */
  i: { joining: "text", proof: "bytes" },
  /** Of the group before: one who has left and vouches; the proof may be empty. */
  l: { publics: "bytes", joining: "text", proof: "bytes" },
  /** A group that is gone. */
  y: { id: "uint", name: "text", client: "text", request: "uint" },
  /** account: its owner, 0 for none; tokenHash: empty without a session. */
  c: { client: "client", account: "uint", tokenHash: "hex", idleSinceUs: "uint" },
  /** The client's requests through here count as decided. */
  f: { assumed: "uint" },
  /** First and last of each interval. */
  e: { pairs: "uints" },
  /** Requests of the client that were refused, those of late. */
  x: { requests: "uints" },
  /** The payload of a kept reply, which holds bars of its own, as one field. */
  r: { opcode: "uint", payload: "text" },
  /** How many lines stand before. */
  z: { lines: "uint" },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldKind>>>>;

export type LineKind = keyof typeof lines;
export type LineOf<K extends LineKind> = {
  readonly [Name in keyof (typeof lines)[K]]: (typeof lines)[K][Name] extends FieldKind
    ? FieldTypes[(typeof lines)[K][Name]]
    : never;
};

/** Kinds of lines in their order; a client's lines come in turn. */
export const stages: Readonly<Record<LineKind | "letter", number>> = {
  "replichat-chat": 0,
  u: 1,
  s: 1,
  o: 2,
  a: 2,
  n: 2,
  d: 2,
  p: 2,
  w: 2,
  v: 2,
  b: 2,
  k: 2,
  h: 2,
  m: 2,
  t: 2,
  q: 3,
  g: 4,
  j: 4,
  i: 4,
  l: 4,
  y: 4,
  c: 5,
  f: 5,
  e: 5,
  x: 5,
  r: 5,
  letter: 6,
  z: 7,
};

type Fields = readonly (readonly [name: string, kind: FieldKind])[];

/** The table's rows as lists: there are as many lines as people, and more. */
const fieldsByKind: ReadonlyMap<string, Fields> = new Map(
  Object.entries(lines).map(([kind, fields]) => [kind, Object.entries(fields)]),
);

function fieldsOf(kind: LineKind): Fields {
  return present(fieldsByKind.get(kind), "a line of the table");
}

/** Line feed included. */
export function writeLine<K extends LineKind>(kind: K, values: LineOf<K>): string {
  let line: string = kind;
  const given = values as Readonly<Record<string, unknown>>;
  const fields = fieldsOf(kind);
  for (let at = 0; at < fields.length; at += 1) {
    const [name, field] = fields[at] as Fields[number];
    const value = given[name];
    line += `|${typeof value === "number" ? value : encodeField(field, value)}`;
  }
  return `${line}\n`;
}

/**
 * The same line as bytes at `start`; returns the offset behind it. What it says must have room
 * there, and the kind is one letter: lines of which there are most.
 */
export function putLine<K extends LineKind>(
  target: Buffer,
  start: number,
  kind: K,
  values: LineOf<K>,
): number {
  target[start] = kind.charCodeAt(0);
  target[start + 1] = bar;
  const given = values as Readonly<Record<string, unknown>>;
  const list = present(listsByKind.get(kind), "a line of the table");
  const end = writeFields(target, start + 2, list, given);
  target[end] = lineFeed;
  return end + 1;
}

/** The beginning of the line of a kept reply, through the bar before its payload. */
export function putReplyStart(target: Buffer, opcode: number): number {
  target[0] = replyKind.charCodeAt(0);
  target[1] = bar;
  const end = writeUint(target, 2, opcode);
  target[end] = bar;
  return end + 1;
}

const replyKind: LineKind = "r";
const lineFeed = 0x0a;

const listsByKind: ReadonlyMap<string, FieldList> = new Map(
  Object.entries(lines).map(([kind, fields]) => {
    return [kind, { names: Object.keys(fields), kinds: Object.values(fields) as FieldKind[] }];
  }),
);

/** Null when the line (without its line feed) is not a whole one of its kind. */
export function readLine<K extends LineKind>(kind: K, line: string): LineOf<K> | null {
  const fields = line.split("|");
  const wanted = fieldsOf(kind);
  if (fields[0] !== kind || fields.length !== wanted.length + 1) return null;
  const values: Record<string, unknown> = {};
  let at = 0;
  for (const [name, field] of wanted) {
    const value = decodeField(field, fields[(at += 1)] as string);
    if (value === undefined) return null;
    values[name] = value;
  }
  // The table drove every field and its kind, so the object is a line of the kind.
  return values as LineOf<K>;
}

/** Null for letters, too: they are no such lines. */
export function kindOf(line: string): LineKind | null {
  const bar = line.indexOf("|");
  const kind = bar < 0 ? line : line.slice(0, bar);
  return Object.hasOwn(lines, kind) ? (kind as LineKind) : null;
}
