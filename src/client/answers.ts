// What servers answer to questions, and refusals in words. Types, and how the frame that ends an
// answer is found; nothing is shown here.

import type { Message, MessageOf } from "../wire/messages.ts";
import type { Outcome } from "./sessionTypes.ts";

export interface Why {
  readonly code: string;
  readonly message: string;
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
>;

/** The frame that ends the answer, if it is of this type. */
export function replyOf<T extends AnswerEnd>(outcome: Outcome, type: T): MessageOf<T> | null {
  const last = outcome.ok ? outcome.replies.at(-1) : undefined;
  // The comparison decides the type; the compiler does not follow it through the parameter.
  return last?.type === type ? (last as unknown as MessageOf<T>) : null;
}
