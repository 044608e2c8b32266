// The part of the table (messages.ts) that stands between clients and servers: opcodes 0x01–0x3F
// from the client (1–6 as in the original system), 0x40–0x7F from the server.
//
// `request` numbers what may create something, 1, 2, 3 … per client without gaps, and `received`
// says up to where the client holds all replies; `query` numbers what only reads, on its own.

import { letterFields } from "./letterFields.ts";
import { requestFields } from "./requestFields.ts";

export const clientTable = {
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
  resume: {
    opcode: 0x12,
    fields: {
      query: "uint",
      proof: "hex",
      shown: "uint",
      /** Of the message at `shown`, "client-request"; empty when unknown. */
      shownId: "text",
    },
  },
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
  /** unread: how many no terminal has acknowledged; they follow, from behind `delivered`. */
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
  /**
   * Pushes go on behind `from`: before `shown` when the mailbox is not the one that was shown.
   * `unopened` counts no letter that is still to be pushed.
   */
  resumed: {
    opcode: 0x52,
    fields: { query: "uint", name: "text", unopened: "uint", from: "uint" },
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
  /** One server; `clusterEnd` ends the list. state: primary, secondary, recovering or away. */
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
  /** How many are unopened now, behind all that had to be pushed, and when some were opened. */
  unopened: { opcode: 0x64, fields: { count: "uint" } },
} as const;
