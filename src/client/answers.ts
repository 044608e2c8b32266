// What servers answer to questions, and refusals in words. Types, and how the frame that ends an
// answer is found; nothing is shown here.

import type { Message, MessageOf } from "../wire/messages.ts";
import type { Outcome } from "./sessionTypes.ts";

export interface Why {
  readonly code: string;
  readonly message: string;
}

export function mayStillBeDone(what: string): string {
  return `You have stopped waiting for ${what}; it may still be done.`;
}

/** Who waited for it has given up; nothing that was to follow is to be done. */
export function isGivenUp(why: Why | Outcome): boolean {
  return "code" in why && (why.code === "cancelled" || why.code === "unasked");
}

/** The frames that end an answer. */
type AnswerEnd = Extract<
  Message["type"],
  | "names"
  | "userList"
  | "listed"
  | "clusterEnd"
  | "historyEnd"
  | "draftsEnd"
  | "groupList"
  | "memberList"
  | "blockList"
  | "keysAre"
  | "rosterPage"
>;

/** The frame that ends the answer, if it is of this type. */
export function replyOf<T extends AnswerEnd>(outcome: Outcome, type: T): MessageOf<T> | null {
  const last = outcome.ok ? outcome.replies.at(-1) : undefined;
  // The comparison decides the type; the compiler does not follow it through the parameter.
  return last?.type === type ? (last as unknown as MessageOf<T>) : null;
}

/** Refused here, or by servers that leave a draft where it was. Else it is gone, or in doubt. */
const leaveDrafts: ReadonlySet<string> = new Set([
  "no-such-user",
  "mailbox-full",
  "no-such-group",
  "not-a-member",
  "group-full",
  "too-many-groups",
  "no-room",
  "stale-keys",
  "other-key",
  "key-changed",
  "key-of-another",
  "keys-gone",
  "bad-keys",
]);

/** A refused draft says that it is still there, and under which number. */
export function sayKeptDraft(
  request: { readonly type: "send" } | { readonly type: "draftSend"; readonly draft: number },
  outcome: Outcome,
): Outcome {
  if (request.type !== "draftSend" || outcome.ok || !leaveDrafts.has(outcome.code)) return outcome;
  return { ...outcome, message: `${outcome.message} Draft ${request.draft} is kept.` };
}
