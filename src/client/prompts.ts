// What a person is asked with: the prompt and the questions, and what a yes is. PURE. Decides no
// question (parse.ts does) and draws nothing.

import { foldName, inert } from "../base/text.ts";
import { parseLine } from "./parse.ts";
import type { Question } from "./parsed.ts";

/**
 * Such as `alice (3 unread)> `, or `alice to bob> ` while a conversation is open; `state` stands
 * for an outage that has lasted.
 */
export function promptFor(
  user: string | null,
  unread: number,
  state = "",
  partner: string | null = null,
): string {
  const notes = [state, user !== null && unread > 0 ? `${unread} unread` : ""].filter(Boolean);
  const inBrackets = notes.length === 0 ? "" : `(${notes.join(", ")})`;
  const room = user === null || partner === null ? "" : `to ${inert(partner)}`;
  return `${[user === null ? "" : inert(user), room, inBrackets].filter(Boolean).join(" ")}> `;
}

const texts: Readonly<Record<Question, string>> = {
  name: "name: ",
  password: "password: ",
  passwordOld: "old password: ",
  passwordNew: "new password: ",
  passwordAgain: "password again: ",
  recipient: "to: ",
  text: "text: ",
  pattern: "pattern (* for all): ",
  ids: "which messages (numbers): ",
  draft: "which draft (its number): ",
  drafts: "which drafts (numbers, or all): ",
  group: "which group: ",
  members: "whom (names): ",
  whom: "whom: ",
  partner: "with whom: ",
  same: "is it the same there? (yes or no): ",
  confirmation: "type your name again to delete your account for good: ",
};

export function questionText(question: Question): string {
  return texts[question];
}

/** Of an answer to `same`: yes, or the command that says so; no; null where it is neither. */
export function isSame(answer: string, name: string): boolean | null {
  const word = answer.trim().toLowerCase();
  if (word === "yes" || word === "y") return true;
  if (word === "no" || word === "n") return false;
  const parsed = parseLine(answer);
  if (parsed.kind !== "command" || parsed.command.kind !== "verify") return null;
  const { name: typed, mark } = parsed.command;
  return mark === "yes" && foldName(typed ?? "") === foldName(name) ? true : null;
}
