// What a client's frame must be to be let in: syntax, limits and form, decided from the frame
// alone. PURE. What depends on the state (who may, whether it exists) is decided in `apply`; a
// refusal here makes no op. A plain send needs none of it: its form says all (wire/plainSend.ts).

import { serverClientId } from "../base/ids.ts";
import {
  draftsMax,
  groupMembersMax,
  marksPerRequestMax,
  scryptBlockSize,
  scryptCost,
  scryptMemoryMax,
  scryptParallelismMax,
  scryptWorkMax,
  scryptWorkMin,
  searchPatternLettersMax,
  textLettersMax,
} from "../base/limits.ts";
import { sealedLettersMax, sealedLettersPerMember } from "../base/sealLimits.ts";
import { checkName, checkText, foldName, groupNameOf, inert } from "../base/text.ts";
import { isAddress, isGroupAddress } from "../base/text.ts";
import { badChange, badProof, noSuchGroup } from "../chat/groupRefusals.ts";
import { badKeys, sealedTooLong } from "../chat/keyRefusals.ts";
import { hasKeyLengths } from "../chat/keys.ts";
import { isProofLength } from "../chat/memberships.ts";
import type { ChatRefusal } from "../chat/refusals.ts";
import { badFormat, badMark, badRequest, noSuchUser } from "../chat/refusals.ts";
import type { Decoded } from "../wire/codec.ts";
import { decodePayload, encodePayload } from "../wire/codec.ts";
import { escapeText, unescapeText } from "../wire/fields.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { keyBytes, nonceBytes } from "../wire/proof.ts";
import { refuse } from "../wire/refusals.ts";
import { isSealedBody } from "../wire/sealedBody.ts";

/** Opcodes from here on are not for clients to send. */
const clientOpcodeEnd = 0x40;
const hexOfKey = new RegExp(`^[0-9a-f]{${2 * keyBytes}}$`);
const saltForm = new RegExp(`^[0-9a-f]{${2 * nonceBytes},${2 * keyBytes}}$`);
const patternForm = /^[A-Za-z0-9*]*$/;
const changes = new Set(["create", "add", "remove", "leave", "join"]);
const marks = new Set(["read", "unread", "removed"]);

export function readClientFrame(opcode: number, payload: string): Decoded {
  if (opcode >= clientOpcodeEnd) {
    return refuse("unexpected", `Opcode ${opcode} is not for clients to send.`);
  }
  const decoded = decodePayload(opcode, payload);
  if (!decoded.ok || decoded.message.type !== "hello") return decoded;
  if (decoded.message.client !== serverClientId) return decoded;
  return refuse("bad-field", "This client id is the servers' own. Draw another.");
}

const loggedTypes = [
  "send",
  "acknowledge",
  "mark",
  "logout",
  "delete",
  "draftPut",
  "draftRemove",
  "draftSend",
  "groupChange",
  "groupSigned",
  "block",
  "keysPut",
] as const satisfies readonly Message["type"][];
const logged = new Set<string>(loggedTypes);

/** A request of whoever is logged in, which is logged as it came. */
export type LoggedAsItCame = Extract<Message, { readonly type: (typeof loggedTypes)[number] }>;

export function isLoggedAsItCame(message: Message): message is LoggedAsItCame {
  return logged.has(message.type);
}

/** The payload to be logged, or why it is refused. */
export type Checked = string | ChatRefusal;

/** Requests that are logged as they came (what it takes to log in stands in logins.ts). */
export function checkRequest(message: Message, payload: string): Checked {
  if (!("request" in message) || message.request < 1) return badRequest;
  switch (message.type) {
    case "send":
    case "draftPut":
    case "draftSend":
      return checkSend(message, payload);
    case "draftRemove":
      return message.drafts.length > draftsMax ? tooManyDrafts : payload;
    case "groupSigned":
      return isProofLength(message.proof) ? (checkChange(message) ?? payload) : badProof;
    case "groupChange":
      return checkChange(message) ?? payload;
    case "block":
      return checkName(message.name) === null ? payload : noSuchUser(message.name);
    case "keysPut":
      return isKeysForm(message) ? payload : badKeys;
    case "register":
      return checkRegister(message) ?? payload;
    case "mark":
      return checkMark(message) ?? payload;
    default:
      return payload;
  }
}

type WithText = MessageOf<"send"> | MessageOf<"draftPut"> | MessageOf<"draftSend">;

function checkSend(message: WithText, payload: string): Checked {
  const { to, format, body } = message;
  if (format !== "p" && format !== "s") return badFormat;
  if (!isAddress(to)) return noSuchUser(to);
  if (format === "s") return checkSealed(message) ?? payload;
  const text = unescapeText(body);
  if (text === null) return notCanonical;
  const refusal = checkText(text, textLettersMax + 1);
  if (refusal !== null) return refusal;
  const shown = inert(text);
  return shown === text ? payload : encodePayload({ ...message, body: escapeText(shown) });
}

/** How much a group may be sent depends on how many are in it: here it is the most for any. */
function checkSealed({ type, to, body }: WithText): ChatRefusal | null {
  const isToGroup = isGroupAddress(to) && type !== "draftPut";
  const lettersMax = sealedLettersMax + (isToGroup ? sealedLettersPerMember * groupMembersMax : 0);
  if (body.length > lettersMax) return sealedTooLong;
  return isSealedBody(body) ? null : badFormat;
}

function isKeysForm(message: MessageOf<"keysPut">): boolean {
  return hasKeyLengths(message) && saltForm.test(message.salt);
}

function checkChange({
  group,
  change,
  member,
}: Omit<MessageOf<"groupChange">, "type">): ChatRefusal | null {
  if (!changes.has(change)) return badChange;
  const name = groupNameOf(group);
  if (change === "create") return checkName(name);
  if (checkName(name) !== null) return noSuchGroup(group);
  const isAboutOther = change === "add" || change === "remove";
  return isAboutOther && checkName(member) !== null ? noSuchUser(member) : null;
}

function checkRegister(message: MessageOf<"register">): ChatRefusal | null {
  const isHash = isTokenHash(message.tokenHash);
  return checkName(message.name) ?? (isHash ? checkVerifier(message) : badParameters);
}

/** Null when what is to prove a password protects it well enough. */
export function checkVerifier(
  message: MessageOf<"register"> | MessageOf<"passwd">,
): ChatRefusal | null {
  const { cost, blockSize, parallelism } = message;
  const work = cost * blockSize * parallelism;
  const sound =
    saltForm.test(message.salt) &&
    hexOfKey.test(message.storedKey) &&
    hexOfKey.test(message.serverKey) &&
    Number.isInteger(Math.log2(cost)) &&
    cost >= scryptCost &&
    blockSize >= scryptBlockSize &&
    cost * blockSize <= scryptMemoryMax &&
    parallelism <= scryptParallelismMax &&
    work >= scryptWorkMin &&
    work <= scryptWorkMax;
  return sound ? null : badParameters;
}

function checkMark(message: MessageOf<"mark">): ChatRefusal | null {
  if (!marks.has(message.mark)) return badMark;
  return message.seqs.length > marksPerRequestMax ? tooManyMarks : null;
}

/** Null when names may be searched for by it. */
export function checkPattern(pattern: string, after: string): ChatRefusal | null {
  const sound = pattern.length <= searchPatternLettersMax && patternForm.test(pattern);
  return sound && (after === "" || foldName(after) !== "") ? null : badPattern;
}

export function isTokenHash(text: string): boolean {
  return hexOfKey.test(text);
}

const notCanonical: ChatRefusal = {
  code: "bad-text",
  message: "The text is not valid UTF-8, or not escaped as it should be.",
};
const badParameters: ChatRefusal = {
  code: "bad-parameters",
  message: "The keys that protect the password are not of the form that is wanted here.",
};
const tooManyMarks: ChatRefusal = {
  code: "too-many",
  message: `At most ${marksPerRequestMax} messages can be marked at once.`,
};
const tooManyDrafts: ChatRefusal = {
  code: "too-many",
  message: `At most ${draftsMax} drafts can be removed at once: remove the others after these.`,
};
const badPattern: ChatRefusal = {
  code: "bad-pattern",
  message: `A pattern is at most ${searchPatternLettersMax} letters, digits and *.`,
};
