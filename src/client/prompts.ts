// What a person is asked with: the prompt and the questions, PURE. Decides no question (parse.ts
// does) and draws nothing.

import { inert } from "../base/text.ts";
import type { Question } from "./parse.ts";

/** Such as `alice (3 unread)> `; `state` stands for an outage that has lasted. */
export function promptFor(user: string | null, unread: number, state = ""): string {
  const notes = [state, user !== null && unread > 0 ? `${unread} unread` : ""].filter(Boolean);
  const inBrackets = notes.length === 0 ? "" : `(${notes.join(", ")})`;
  return `${[user === null ? "" : inert(user), inBrackets].filter(Boolean).join(" ")}> `;
}

const texts: Readonly<Record<Question, string>> = {
  name: "name: ",
  password: "password: ",
  passwordAgain: "password again: ",
  recipient: "to: ",
  text: "text: ",
  pattern: "pattern (* for all): ",
  confirmation: "type your name again to delete your account for good: ",
};

export function questionText(question: Question): string {
  return texts[question];
}
