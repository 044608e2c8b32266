// The part of the table (messages.ts) that brings what a lost branch of the history holds into the
// one that goes on (replica/README.md): opcodes 0x9C, 0xA5–0xB1, 0xB4 and 0xB5. An account is named
// by its id on the branch that is lost and by the registration that made it, (client, request),
// which is the same on every branch; a message by (client, request). What they do:
// chat/mergeCommands.ts.

const requestFields = { client: "client", request: "uint" } as const;
const accountFields = {
  account: "uint",
  accountClient: "client",
  accountRequest: "uint",
} as const;

const sendFields = {
  ...requestFields,
  received: "uint",
  atMs: "uint",
  confirmed: "flag",
  ...accountFields,
  name: "text",
  recipient: "uint",
  recipientClient: "client",
  recipientRequest: "uint",
  recipientName: "text",
  format: "text",
  body: "escaped",
} as const;

export const mergeTable = {
  // ---- between servers: from who holds an orphan file to the primary
  /** `count` commands of a merge follow, the last of which is `orphans`. */
  mergeChunk: { opcode: 0x9c, fields: { stream: "text", count: "uint" } },

  // ---- in records only: the commands of a merge
  /** A message; one that was not confirmed is merged only for a sender that is known. */
  mergeSend: {
    opcode: 0xa5,
    fields: sendFields,
  },
  mergeRegister: {
    opcode: 0xa6,
    fields: {
      ...requestFields,
      name: "text",
      salt: "hex",
      cost: "uint",
      blockSize: "uint",
      parallelism: "uint",
      storedKey: "hex",
      serverKey: "hex",
      tokenHash: "hex",
    },
  },
  /** A login; a log-out when there is no token. */
  mergeSession: {
    opcode: 0xa7,
    fields: { ...requestFields, ...accountFields, tokenHash: "hex" },
  },
  /** mark: "delivered", "read" or "removed"; letters: their identities (chat/letterLine.ts). */
  mergeMarks: {
    opcode: 0xa8,
    fields: { ...requestFields, ...accountFields, mark: "text", letters: "texts" },
  },
  mergeDelete: { opcode: 0xa9, fields: { ...requestFields, ...accountFields } },
  /** A draft; `replaces` names the writing in whose place it came, "client.request", or nothing. */
  mergeDraft: {
    opcode: 0xab,
    fields: {
      ...requestFields,
      ...accountFields,
      replaces: "text",
      atMs: "uint",
      to: "text",
      format: "text",
      body: "escaped",
    },
  },
  /** The writings of drafts that were removed. */
  mergeDraftsGone: {
    opcode: 0xac,
    fields: { ...requestFields, ...accountFields, drafts: "texts" },
  },
  /** A message that took a draft with it. */
  mergeDraftSend: { opcode: 0xad, fields: { ...sendFields, draft: "text" } },
  mergeGroup: { opcode: 0xae, fields: { ...requestFields, ...accountFields, name: "text" } },
  /** joinings: the requests that joined him, or of these those that are over. */
  mergeMember: {
    opcode: 0xaf,
    fields: {
      ...requestFields,
      ...accountFields,
      group: "uint",
      groupClient: "client",
      groupRequest: "uint",
      member: "uint",
      memberClient: "client",
      memberRequest: "uint",
      joins: "flag",
      joinings: "texts",
    },
  },
  mergeBlock: {
    opcode: 0xb0,
    fields: {
      ...requestFields,
      ...accountFields,
      other: "uint",
      otherClient: "client",
      otherRequest: "uint",
      on: "flag",
    },
  },
  mergePassword: {
    opcode: 0xb1,
    fields: {
      ...requestFields,
      ...accountFields,
      oldKey: "hex",
      salt: "hex",
      cost: "uint",
      blockSize: "uint",
      parallelism: "uint",
      storedKey: "hex",
      serverKey: "hex",
    },
  },
  mergeKeys: {
    opcode: 0xb4,
    fields: {
      ...requestFields,
      ...accountFields,
      publics: "bytes",
      salt: "hex",
      wrapped: "bytes",
    },
  },
  /** Of the joining by this very request: what proves who made it. */
  mergeProof: {
    opcode: 0xb5,
    fields: {
      ...requestFields,
      group: "uint",
      groupClient: "client",
      groupRequest: "uint",
      proof: "bytes",
    },
  },
  /** All of `stream` through `through` stands before; `left`: what the server still holds. */
  orphans: {
    opcode: 0xaa,
    fields: { server: "server", stream: "text", through: "uint", left: "uint" },
  },
} as const;
