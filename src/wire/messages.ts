// THE table: every message's opcode and its fields in their order stand in its five parts,
// clientTable.ts, talkTable.ts, keyTable.ts, peerTable.ts and mergeTable.ts, and nowhere else;
// encoder, decoder and types come from it.
// Opcodes: 0x01–0x3F client to server, 0x40–0x7F server to client, 0x80–0xBF between servers.

import { clientTable } from "./clientTable.ts";
import type { FieldKind, FieldTypes } from "./fields.ts";
import { keyTable } from "./keyTable.ts";
import { mergeTable } from "./mergeTable.ts";
import { peerTable } from "./peerTable.ts";
import { talkTable } from "./talkTable.ts";

interface MessageSpec {
  readonly opcode: number;
  readonly fields: Readonly<Record<string, FieldKind>>;
}

export const messages = {
  ...clientTable,
  ...talkTable,
  ...keyTable,
  ...peerTable,
  ...mergeTable,
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

/** The commands of a merge, which servers alone make. */
const mergeTypes = [
  "mergeSend",
  "mergeRegister",
  "mergeSession",
  "mergeMarks",
  "mergeDelete",
  "mergeDraft",
  "mergeDraftsGone",
  "mergeDraftSend",
  "mergeGroup",
  "mergeMember",
  "mergeBlock",
  "mergePassword",
  "mergeKeys",
  "mergeProof",
  "orphans",
] as const satisfies readonly MessageType[];

export type MergeCommand = {
  [T in (typeof mergeTypes)[number]]: MessageOf<T>;
}[(typeof mergeTypes)[number]];

const merges = new Set<string>(mergeTypes);

export function isMergeCommand(message: Message): message is MergeCommand {
  return merges.has(message.type);
}

/** The commands that may stand in a record. */
export const commandTypes = [
  "register",
  "send",
  "logout",
  "delete",
  "acknowledge",
  "mark",
  "draftPut",
  "draftRemove",
  "draftSend",
  "groupChange",
  "block",
  "keysPut",
  "groupSigned",
  "startSession",
  "changePassword",
  "endSessions",
  "expireClients",
  "trim",
  "view",
  ...mergeTypes,
] as const satisfies readonly MessageType[];
export type Command = {
  [T in (typeof commandTypes)[number]]: MessageOf<T>;
}[(typeof commandTypes)[number]];
