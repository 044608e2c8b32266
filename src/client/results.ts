// What came of a command: how it went, and its refusal in words. Shared by all that carry commands
// out; it carries none out itself.

import type { Why } from "./answers.ts";
import type { Desk } from "./desk.ts";
import type { CommandName, Question } from "./parsed.ts";
import type { Outcome } from "./sessionTypes.ts";

/** refused: 1, loginRefused: 4, as exit codes of a pipe. */
export type Result = "done" | "refused" | "loginRefused" | "leave";
export type Answers = Readonly<Partial<Record<Question, string>>>;

export function refuse(desk: Desk, command: CommandName, why: Why | Outcome): Result {
  const { code, message } = "code" in why ? why : unexpectedAnswer;
  desk.showRefusal(command, { code, message });
  return command === "login" && code !== "stopped" ? "loginRefused" : "refused";
}

const unexpectedAnswer: Why = {
  code: "unexpected",
  message: "The server's answer makes no sense to this client. Are both of the same version?",
};

/** Of what was done, and could not be written down; nothing where it could. */
export function sayUnkept(desk: Desk, code: string, problem: string | null): void {
  if (problem === null) return;
  const message = `It holds until you leave and no longer: ${problem}`;
  desk.show({ kind: "notice", code, message });
}
