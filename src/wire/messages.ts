// THE table: every message's opcode and its fields in their order stand here and nowhere else;
// encoder, decoder and types come from it. Opcodes: 0x01–0x3F client to server (1–6 as in the
// original system), 0x40–0x7F server to client, 0x80–0xBF between servers and in the journal.
//
// `request` numbers what may create something, 1, 2, 3 … per client without gaps, and `received`
// says up to where the client holds all replies; `query` numbers what only reads, on its own.

import type { FieldKind, FieldTypes } from "./fields.ts";

interface MessageSpec {
  readonly opcode: number;
  readonly fields: Readonly<Record<string, FieldKind>>;
}

const requestFields = { request: "uint", received: "uint" } as const;
const letterFields = {
  /** Position in the mailbox it is read from; from 1. */
  seq: "uint",
  /** (client, request) is the message's identity everywhere. */
  client: "client",
  request: "uint",
  from: "text",
  to: "text",
  /** Empty for one-to-one messages. */
  group: "text",
  atMs: "uint",
  /** Merged after a fork. */
  late: "flag",
  /** Sent by the owner of the mailbox it is read from. */
  own: "flag",
  /** "p" plain. */
  format: "text",
  body: "escaped",
} as const;

export const messages = {
  // ---- client to server: requests that may create something
  register: {
    opcode: 0x01,
    fields: {
      ...requestFields,
      name: "text",
      salt: "hex",
      /** scrypt's N, r and p. */
      cost: "uint",
      blockSize: "uint",
      parallelism: "uint",
      storedKey: "hex",
      serverKey: "hex",
      tokenHash: "hex",
    },
  },
  login: {
    opcode: 0x02,
    fields: { ...requestFields, name: "text", proof: "hex", tokenHash: "hex" },
  },
  send: {
    opcode: 0x04,
    fields: { ...requestFields, to: "text", format: "text", body: "escaped" },
  },
  logout: { opcode: 0x05, fields: requestFields },
  delete: { opcode: 0x06, fields: { ...requestFields, name: "text" } },
  /** All up to and with `through` in the own mailbox has reached a terminal. */
  acknowledge: { opcode: 0x09, fields: { ...requestFields, through: "uint" } },
  /** mark: "read", "unread" or "removed". */
  mark: { opcode: 0x0a, fields: { ...requestFields, mark: "text", seqs: "uints" } },

  // ---- client to server: what only reads
  hello: {
    opcode: 0x10,
    fields: { version: "uint", client: "client", ballot: "ballot" },
  },
  search: { opcode: 0x03, fields: { query: "uint", pattern: "text", after: "text" } },
  challenge: { opcode: 0x11, fields: { query: "uint", name: "text", clientNonce: "hex" } },
  /** Proof of the session token; `shown`: the newest mailbox position this terminal has shown. */
  resume: { opcode: 0x12, fields: { query: "uint", proof: "hex", shown: "uint" } },
  /** Own mailbox from behind position `after`, at most `count`. */
  list: {
    opcode: 0x13,
    fields: { query: "uint", after: "uint", count: "uint", unopened: "flag" },
  },
  users: { opcode: 0x14, fields: { query: "uint", pattern: "text", after: "text" } },
  cluster: { opcode: 0x15, fields: { query: "uint" } },
  ping: { opcode: 0x16, fields: { query: "uint" } },

  // ---- server to client: connection
  /** The nonce is for this connection's proofs. */
  welcome: {
    opcode: 0x40,
    fields: {
      version: "uint",
      server: "server",
      ballot: "ballot",
      verified: "flag",
      nonce: "hex",
    },
  },
  /** `primary` is the id + 1, 0 when unknown. The connection ends. */
  notPrimary: { opcode: 0x41, fields: { primary: "uint", ballot: "ballot" } },
  /** What was wrong with the connection; it ends. */
  error: { opcode: 0x42, fields: { code: "text", message: "text" } },
  refused: { opcode: 0x43, fields: { request: "uint", code: "text", message: "text" } },
  queryRefused: { opcode: 0x44, fields: { query: "uint", code: "text", message: "text" } },

  // ---- server to client: replies to requests. op: where it took effect; copies: how many held it
  registered: { opcode: 0x45, fields: { request: "uint", op: "op", copies: "uint", name: "text" } },
  /** unread: how many messages no terminal has acknowledged; they follow, from behind `delivered`. */
  loggedIn: {
    opcode: 0x46,
    fields: {
      request: "uint",
      op: "op",
      copies: "uint",
      name: "text",
      unread: "uint",
      unopened: "uint",
      delivered: "uint",
      /** The newest position of the mailbox. */
      last: "uint",
      /** Proof that the server holds the verifier; empty when a lost reply is repeated. */
      signature: "hex",
    },
  },
  sent: {
    opcode: 0x47,
    fields: {
      request: "uint",
      op: "op",
      copies: "uint",
      to: "text",
      atMs: "uint",
      /** The recipient has a terminal on. */
      online: "flag",
    },
  },
  loggedOut: { opcode: 0x48, fields: { request: "uint", op: "op", copies: "uint", name: "text" } },
  deleted: { opcode: 0x49, fields: { request: "uint", op: "op", copies: "uint", name: "text" } },
  acknowledged: { opcode: 0x4a, fields: { request: "uint", op: "op", copies: "uint" } },
  marked: {
    opcode: 0x4b,
    fields: { request: "uint", op: "op", copies: "uint", count: "uint", unopened: "uint" },
  },

  // ---- server to client: replies to queries
  names: {
    opcode: 0x50,
    fields: { query: "uint", names: "texts", online: "uints", more: "flag" },
  },
  challenged: {
    opcode: 0x51,
    fields: {
      query: "uint",
      salt: "hex",
      cost: "uint",
      blockSize: "uint",
      parallelism: "uint",
    },
  },
  resumed: {
    opcode: 0x52,
    fields: { query: "uint", name: "text", unopened: "uint", last: "uint" },
  },
  /** One message of a list; `listed` ends it. */
  item: {
    opcode: 0x53,
    fields: { query: "uint", ...letterFields, opened: "flag" },
  },
  listed: { opcode: 0x54, fields: { query: "uint", unopened: "uint", more: "flag" } },
  /** seen: when each was last seen, milliseconds since 1970, 0 for now. */
  userList: {
    opcode: 0x55,
    fields: { query: "uint", names: "texts", seen: "uints", more: "flag" },
  },
  /** One server; `clusterEnd` ends the list. state: "primary", "secondary", "recovering", "away". */
  clusterServer: {
    opcode: 0x56,
    fields: {
      query: "uint",
      server: "server",
      host: "text",
      state: "text",
      lagOps: "uint",
    },
  },
  clusterEnd: {
    opcode: 0x57,
    fields: {
      query: "uint",
      ballot: "ballot",
      verified: "flag",
      op: "op",
      copies: "uint",
      outlook: "text",
    },
  },
  pong: { opcode: 0x58, fields: { query: "uint" } },

  // ---- server to client: pushes
  message: { opcode: 0x60, fields: letterFields },
  /** status: "delivered" or "read". */
  status: {
    opcode: 0x61,
    fields: { client: "client", request: "uint", to: "text", status: "text" },
  },
  /** The session is over: code "logged-out", "account-deleted", "expired". */
  sessionEnded: { opcode: 0x62, fields: { code: "text", message: "text" } },
  notice: { opcode: 0x63, fields: { code: "text", message: "text" } },
  /** How many are unopened now (another terminal opened some). */
  unopened: { opcode: 0x64, fields: { count: "uint" } },

  // ---- between servers: handshake
  peerHello: {
    opcode: 0x80,
    fields: { version: "uint", from: "server", to: "server", nonce: "hex" },
  },
  peerProof: { opcode: 0x81, fields: { mac: "hex" } },
  peerReady: {
    opcode: 0x82,
    fields: { cluster: "hex", incarnation: "incarnation", hosts: "texts" },
  },
  peerError: { opcode: 0x83, fields: { code: "text", message: "text" } },

  // ---- between servers: liveness (REPLICATION §3)
  heartbeat: {
    opcode: 0x84,
    fields: {
      /** The sender's clock, echoed by the answer. */
      sentAtMs: "uint",
      incarnation: "incarnation",
      /** The receiver's incarnation as the sender knows it. */
      receiver: "incarnation",
      normal: "flag",
      /** Newest view installed. */
      ballot: "ballot",
      /** That view is known active. */
      active: "flag",
      /** primary of that view: id + 1, 0 for none. */
      primary: "uint",
      promised: "ballot",
      lastOp: "op",
      committed: "op",
      /** From whom the sender holds leases. */
      leases: "servers",
      /** From whom anything has come lately. */
      hears: "servers",
    },
  },
  heartbeatAnswer: {
    opcode: 0x85,
    fields: { sentAtMs: "uint", incarnation: "incarnation", granted: "flag", ballot: "ballot" },
  },

  // ---- between servers: view change (§4)
  propose: {
    opcode: 0x86,
    fields: {
      ballot: "ballot",
      /** The cluster that is being founded; otherwise the one that all belong to. */
      cluster: "hex",
      members: "servers",
      /** Proofs of death: server, incarnation, server, incarnation … */
      proofs: "uints",
    },
  },
  /** One view of a history; stands before the message that it belongs to, oldest first. */
  viewInfo: {
    opcode: 0x87,
    fields: {
      ballot: "ballot",
      startOp: "op",
      primary: "server",
      verified: "flag",
      /** The view before it; 0 for the first. */
      parent: "ballot",
      parentActive: "flag",
      members: "servers",
      incarnations: "incarnations",
    },
  },
  promise: {
    opcode: 0x88,
    fields: {
      ballot: "ballot",
      incarnation: "incarnation",
      normal: "flag",
      /** First view installed by this incarnation without a break; 0 for none. */
      since: "ballot",
      /** Newest view known active. */
      active: "ballot",
      lastOp: "op",
      lastChain: "chain",
      proofs: "uints",
      /** How many `viewInfo` stood before. */
      views: "uint",
    },
  },
  /** reason: "promised" (a higher ballot), "granted" (a lease still runs), "busy". */
  decline: {
    opcode: 0x89,
    fields: { ballot: "ballot", promised: "ballot", reason: "text", waitMs: "uint" },
  },
  /** The view is active; members record it. */
  activate: { opcode: 0x8a, fields: { ballot: "ballot" } },
  /** The sender's incarnation takes no part any more, as of view `ballot`. */
  resign: { opcode: 0x8b, fields: { incarnation: "incarnation", ballot: "ballot" } },
  /** A slow server is asked to resign. */
  askResign: { opcode: 0x8c, fields: { ballot: "ballot", reason: "text" } },

  // ---- between servers: records
  /** `count` record frames follow. */
  prepare: {
    opcode: 0x90,
    fields: {
      ballot: "ballot",
      firstOp: "op",
      chainBefore: "chain",
      committed: "op",
      count: "uint",
    },
  },
  /** Durable through `op` under `ballot`. */
  prepared: { opcode: 0x91, fields: { ballot: "ballot", op: "op" } },
  /** The same from who is still catching up: for the flow alone, it counts for nothing. */
  caughtUp: { opcode: 0x9b, fields: { ballot: "ballot", op: "op" } },
  /** Not appended, and why; the sender catches up or steps down. */
  rejected: {
    opcode: 0x92,
    fields: { ballot: "ballot", promised: "ballot", lastOp: "op", reason: "text" },
  },
  /** Records behind `after`, whose chain is `chain`, please: for the proposal `ballot`. */
  fetch: { opcode: 0x93, fields: { ballot: "ballot", after: "op", chain: "chain" } },
  /** What a fetch found to be impossible. */
  fetchFailed: { opcode: 0x94, fields: { ballot: "ballot", reason: "text" } },

  // ---- between servers: joining (§7)
  join: {
    opcode: 0x95,
    fields: {
      incarnation: "incarnation",
      active: "ballot",
      lastOp: "op",
      lastChain: "chain",
      /** How many `viewInfo` stood before. */
      views: "uint",
    },
  },
  /** Keep your history through `op`; set the rest aside; records follow. */
  keep: { opcode: 0x96, fields: { ballot: "ballot", op: "op" } },
  /** A base image follows in chunks. */
  joinImage: {
    opcode: 0x97,
    fields: { ballot: "ballot", op: "op", chain: "chain", sizeBytes: "uint", digest: "hex" },
  },
  imageChunk: { opcode: 0x98, fields: { offset: "uint", crc: "chain", content: "bytes" } },
  imageTaken: { opcode: 0x99, fields: { offset: "uint" } },
  /** The joiner's history is the better one (§5): the receiver is to stand down. */
  joinRefused: { opcode: 0x9a, fields: { ballot: "ballot", reason: "text" } },

  // ---- in records only: commands that servers make (the rest are requests, as they came)
  /** A login that was proven at the door. */
  startSession: {
    opcode: 0xa1,
    fields: { ...requestFields, name: "text", storedKey: "hex", tokenHash: "hex" },
  },
  /** Sessions idle for too long, by client id. */
  endSessions: { opcode: 0xa2, fields: { clients: "texts" } },
  /** Client records past their time. */
  expireClients: { opcode: 0xa3, fields: { clients: "texts" } },
  /** Starts the view whose ballot is the record's own (REPLICATION §4). */
  view: {
    opcode: 0xa4,
    fields: {
      primary: "server",
      verified: "flag",
      parent: "ballot",
      parentActive: "flag",
      members: "servers",
      incarnations: "incarnations",
    },
  },
} as const satisfies Readonly<Record<string, MessageSpec>>;

/** The envelope of a mutation (0xA0): these fields, then the command's own (see record.ts). */
export const recordOpcode = 0xa0;
export const recordFields = ["ballot", "op", "atUs", "client", "command"] as const;

export const protocolVersion = 1;

export type MessageType = keyof typeof messages;
type FieldsOf<T extends MessageType> = (typeof messages)[T]["fields"];
type ValuesOf<Fields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends FieldKind
    ? FieldTypes[Fields[Name]]
    : never;
};
export type MessageOf<T extends MessageType> = { readonly type: T } & ValuesOf<FieldsOf<T>>;
export type Message = { [T in MessageType]: MessageOf<T> }[MessageType];

/** The commands that may stand in a record. */
export const commandTypes = [
  "register",
  "send",
  "logout",
  "delete",
  "acknowledge",
  "mark",
  "startSession",
  "endSessions",
  "expireClients",
  "view",
] as const satisfies readonly MessageType[];
export type Command = {
  [T in (typeof commandTypes)[number]]: MessageOf<T>;
}[(typeof commandTypes)[number]];
