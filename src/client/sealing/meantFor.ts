// For whose key something was written: PURE. A name may be another's by now, who is not to read
// what was meant for the one before. A message, an answer, a draft, a conversation and what waits
// in an outbox each remember that key, which is the same through all changes of a password; here
// alone is decided whether it goes to the one that the name has now.

import type { Why } from "../answers.ts";
import { idBytes, idOf, idText, type Publics } from "./identity.ts";

export interface MeantFor {
  /**
   * As much as is kept with it: the signing key, base64url (43 letters), or its id (11), or that
   * one's beginning (8). Null where none was known.
   */
  readonly key: string | null;
  /** talk: a line of an open conversation. */
  readonly as: "message" | "answer" | "talk" | "draft";
}

/** Just written, to whoever has the name as far as it is known here. */
export const meantForName: MeantFor = { key: null, as: "message" };

/** Null where it may go out: to that key, or to one which the user himself has accepted. */
export function refuseOtherKey(
  { key, as }: MeantFor,
  now: {
    readonly name: string;
    /** What servers give out for that name; null for none. */
    readonly given: Publics | null;
    readonly isAccepted: (signing: Buffer) => boolean;
  },
): Why | null {
  const { name, given, isAccepted } = now;
  if (key === null || (given !== null && isKey(given, key))) return null;
  return given !== null && isAccepted(given.signing) ? null : otherKey(name, as);
}

/** Whether something read back can be a key of MeantFor. */
export function isKeyText(text: string): boolean {
  const lengths = [wholeLetters, idLetters, draftLetters];
  return lengths.includes(text.length) && /^[A-Za-z0-9_-]+$/.test(text);
}

/** A draft has no sequence, and keeps in its place the first 6 bytes of the key's id; 0: none. */
export function draftSequence(key: string | null): number {
  return key === null ? 0 : idOf(Buffer.from(key, "base64url")).readUIntBE(0, draftBytes);
}

export function keyOfDraft(sequence: number): string | null {
  if (sequence === 0) return null;
  const beginning = Buffer.alloc(draftBytes);
  beginning.writeUIntBE(sequence, 0, draftBytes);
  return beginning.toString("base64url");
}

const draftBytes = 6;
const draftLetters = 8;
const idLetters = Math.ceil((idBytes * 4) / 3);
const wholeLetters = 43;

function isKey({ signing, id }: Publics, key: string): boolean {
  const whole = key.length === wholeLetters ? signing.toString("base64url") : idText(id);
  return whole.startsWith(key);
}

function otherKey(name: string, as: MeantFor["as"]): Why {
  const message =
    `${sayMeant(name, as)}: nothing was sent. Either another account has the name, or somebody ` +
    `stands between you. ${sayNext(name, as)}; verify ${name} shows the number to compare, and ` +
    `verify ${name} yes accepts it.`;
  return { code: "other-key", message };
}

function sayMeant(name: string, as: MeantFor["as"]): string {
  switch (as) {
    case "answer":
      return `What you answer was signed with another key than ${name} has now`;
    case "talk":
      return `${name} has another key now than when this conversation was opened`;
    case "message":
    case "draft":
      return `${name} has another key now than when this was written`;
  }
}

function sayNext(name: string, as: MeantFor["as"]): string {
  switch (as) {
    case "message":
    case "answer":
      return `send ${name} [text] writes to whoever has it now`;
    case "talk":
      return `chat ${name} goes on with whoever has it now`;
    case "draft":
      return "draft edit writes it anew, for whoever has it now";
  }
}
