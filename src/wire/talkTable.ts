// The part of the table (messages.ts) about what people keep and share beyond single messages:
// history, drafts, groups, whom they block, who comes and goes, their password. Opcodes 0x0B–0x0F
// and 0x18–0x20 from the client, 0x4C–0x4F, 0x59–0x5F, 0x65 and 0x66 from the server. Requests and
// queries are numbered as in clientTable.ts.

import { letterFields } from "./letterFields.ts";
import { requestFields } from "./requestFields.ts";

export const talkTable = {
  // ---- client to server: requests
  /** draft: 0 for a new one. */
  draftPut: {
    opcode: 0x0b,
    fields: { ...requestFields, draft: "uint", to: "text", format: "text", body: "escaped" },
  },
  draftRemove: { opcode: 0x0c, fields: { ...requestFields, drafts: "uints" } },
  /** A send that takes the draft with it; `version` as it was listed. */
  draftSend: {
    opcode: 0x0d,
    fields: {
      ...requestFields,
      draft: "uint",
      version: "uint",
      to: "text",
      format: "text",
      body: "escaped",
    },
  },

  /** change: "create", "add", "remove", "leave" or "join"; member: whom "add" and "remove" mean. */
  groupChange: {
    opcode: 0x0e,
    fields: { ...requestFields, group: "text", change: "text", member: "text" },
  },
  /** Whether anything that this one sends is to be kept from the sender of this. */
  block: { opcode: 0x0f, fields: { ...requestFields, name: "text", on: "flag" } },
  /** A proof of the old password (as a login's), and what proves the new one. */
  passwd: {
    opcode: 0x20,
    fields: {
      ...requestFields,
      proof: "hex",
      salt: "hex",
      /** scrypt's N, r and p. */
      cost: "uint",
      blockSize: "uint",
      parallelism: "uint",
      storedKey: "hex",
      serverKey: "hex",
    },
  },

  // ---- client to server: what only reads
  /**
   * Own mailbox from before position `before` (0: from the newest) backwards, at most `count`:
   * with whom, a name; empty for everybody.
   */
  history: {
    opcode: 0x18,
    fields: { query: "uint", with: "text", before: "uint", count: "uint" },
  },

  /** Those one is in. */
  groups: { opcode: 0x1a, fields: { query: "uint" } },
  /** after: how many were told before. */
  members: { opcode: 0x1b, fields: { query: "uint", group: "text", after: "uint" } },
  drafts: { opcode: 0x19, fields: { query: "uint", after: "uint" } },
  /** Whom one has blocked. */
  blocks: { opcode: 0x1c, fields: { query: "uint" } },
  /** Whether one wants to be told who comes and goes, on this connection; answered by `pong`. */
  watch: { opcode: 0x1d, fields: { query: "uint", on: "flag" } },

  // ---- server to client: replies to requests
  /** draft: its number, 0 after a removal; count: how many there are now. */
  drafted: {
    opcode: 0x4c,
    fields: { request: "uint", op: "op", copies: "uint", draft: "uint", count: "uint" },
  },

  /** group: with its #; member: whom it was about. */
  grouped: {
    opcode: 0x4d,
    fields: {
      request: "uint",
      op: "op",
      copies: "uint",
      group: "text",
      change: "text",
      member: "text",
    },
  },
  blocked: {
    opcode: 0x4e,
    fields: { request: "uint", op: "op", copies: "uint", name: "text", on: "flag" },
  },
  passwordChanged: {
    opcode: 0x4f,
    fields: { request: "uint", op: "op", copies: "uint" },
  },

  // ---- server to client: replies to queries
  /** One message of a history; `historyEnd` ends it. mark: "unread", "read"; of own: "stored", … */
  entry: {
    opcode: 0x59,
    fields: { query: "uint", ...letterFields, mark: "text" },
  },
  /** with: as the name is written; before: where the next page goes on, 0 when all was read. */
  historyEnd: { opcode: 0x5a, fields: { query: "uint", with: "text", before: "uint" } },
  draftItem: {
    opcode: 0x5b,
    fields: {
      query: "uint",
      draft: "uint",
      version: "uint",
      atMs: "uint",
      to: "text",
      format: "text",
      body: "escaped",
    },
  },
  draftsEnd: { opcode: 0x5c, fields: { query: "uint", more: "flag" } },
  /** Of each how many are in it, and 1 where the asker is the owner. */
  groupList: {
    opcode: 0x5d,
    fields: { query: "uint", names: "texts", members: "uints", owned: "uints" },
  },
  /** In the order of joining; next: 0 at the end. */
  memberList: {
    opcode: 0x5e,
    fields: {
      query: "uint",
      group: "text",
      owner: "text",
      names: "texts",
      online: "uints",
      next: "uint",
    },
  },

  /** By name. */
  blockList: { opcode: 0x5f, fields: { query: "uint", names: "texts" } },

  // ---- server to client: pushes
  /** change: "added", "removed", "joined", "left" or "owner"; about somebody else. */
  groupNote: {
    opcode: 0x65,
    fields: { group: "text", change: "text", member: "text", by: "text" },
  },
  /** Who has come and gone; of many, some names and how many more. */
  presence: {
    opcode: 0x66,
    fields: { joined: "texts", joinedMore: "uint", left: "texts", leftMore: "uint" },
  },
} as const;
