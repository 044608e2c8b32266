// The part of the table (messages.ts) that brings what a lost branch of the history holds into the
// one that goes on (replica/README.md): opcodes 0x9C and 0xA5–0xAA. An account is named by its id
// on the branch that is lost and by the registration that made it, (client, request), which is the
// same on every branch; a message by (client, request). What they do: chat/mergeCommands.ts.

const requestFields = { client: "client", request: "uint" } as const;
const accountFields = {
  account: "uint",
  accountClient: "client",
  accountRequest: "uint",
} as const;

export const mergeTable = {
  // ---- between servers: from who holds an orphan file to the primary
  /** `count` commands of a merge follow, the last of which is `orphans`. */
  mergeChunk: { opcode: 0x9c, fields: { stream: "text", count: "uint" } },

  // ---- in records only: the commands of a merge
  /** A message; one that was not confirmed is merged only for a sender that is known. */
  mergeSend: {
    opcode: 0xa5,
    fields: {
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
    },
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
  /** All of `stream` through `through` stands before; `left`: what the server still holds. */
  orphans: {
    opcode: 0xaa,
    fields: { server: "server", stream: "text", through: "uint", left: "uint" },
  },
} as const;
