// The part of the table (messages.ts) about keys for sealed messages: an account's own, those of
// the members of a group, and changes of a group that a member has signed. Opcodes 0x21–0x24 from
// the client, 0x67–0x6A from the server. To the servers keys, wraps and proofs are bytes.

import { requestFields } from "./requestFields.ts";

export const keyTable = {
  // ---- client to server: requests
  /** The public keys of the account, and its private ones as they are wrapped under that salt. */
  keysPut: {
    opcode: 0x21,
    fields: { ...requestFields, publics: "bytes", salt: "hex", wrapped: "bytes" },
  },
  /** A change of a group as `groupChange` has it, and what proves who made it. */
  groupSigned: {
    opcode: 0x22,
    fields: { ...requestFields, group: "text", change: "text", member: "text", proof: "bytes" },
  },

  // ---- client to server: what only reads
  keys: { opcode: 0x23, fields: { query: "uint", name: "text" } },
  /** after: how many rows were told before. */
  roster: { opcode: 0x24, fields: { query: "uint", group: "text", after: "uint" } },

  // ---- server to client: replies
  keysKept: { opcode: 0x67, fields: { request: "uint", op: "op", copies: "uint" } },
  /** publics: empty for who has none; name: as it is written. */
  keysAre: { opcode: 0x68, fields: { query: "uint", name: "text", publics: "bytes" } },
  /**
   * Who is in a group, in the order of joining, then of those who are not any more whoever vouched
   * for somebody; a row each, of which the bytes are in base64, "-" for none.
   */
  rosterPage: {
    opcode: 0x69,
    fields: {
      query: "uint",
      group: "text",
      /** Which members with which keys: the tag of what is sealed for them. */
      epoch: "uint",
      /** The request that made the group, "client-request". */
      creator: "text",
      /** "-" for who is not in it any more. */
      names: "texts",
      publics: "texts",
      /** The request that joined each, "client-request". */
      changes: "texts",
      proofs: "texts",
      /** 0 at the end. */
      next: "uint",
    },
  },

  // ---- server to client: pushes
  /**
   * The account's own, in base64: of its present keys the wraps by their salts; of former ones
   * (made on the other side of a fork) all wraps, joined by full stops.
   */
  ownKeys: {
    opcode: 0x6a,
    fields: {
      publics: "bytes",
      salts: "texts",
      wraps: "texts",
      former: "texts",
      formerWraps: "texts",
    },
  },
} as const;
