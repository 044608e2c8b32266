// What lines stand for that were typed while something else was under way: PURE. Which of them are
// commands, and what the next line will answer, follows from their words alone, as in a pipe: so a
// password is never taken for a command, nor shown. It keeps no line and asks nothing.

import { endsTalk, parseTalk } from "./parse.ts";
import type { Command, Parsed, Question } from "./parsed.ts";

/** Before a line. */
export interface Standing {
  readonly partner: string | null;
  /** What is to be answered before a line is one of its own. */
  readonly left: readonly Question[];
}

/** Behind lines. */
export interface Ahead extends Standing {
  /** What is none answers one, or is nothing that could be done. */
  readonly commands: readonly { readonly line: string; readonly parsed: Parsed }[];
}

export function lookAhead(lines: readonly string[], standing: Standing): Ahead {
  const commands: Ahead["commands"][number][] = [];
  let { partner, left } = standing;
  for (const line of lines) {
    if (left.length > 0) {
      left = left.slice(1);
      continue;
    }
    const parsed = parseTalk(line, partner);
    left = questionsOf(parsed);
    // No password is taken for a message.
    if (isEndOfTalk(parsed)) partner = null;
    if (parsed.kind === "misused" || parsed.kind === "command") commands.push({ line, parsed });
  }
  return { commands, partner, left };
}

export function asksInSecret({ commands }: Ahead): boolean {
  return commands.some(({ parsed }) => questionsOf(parsed).some(isSecret));
}

/** All that is asked at a terminal: a new password twice. */
export function questionsOf(parsed: Parsed): readonly Question[] {
  if (!("questions" in parsed)) return [];
  const name = parsed.kind === "command" ? parsed.command.kind : parsed.command;
  return parsed.questions.flatMap((question): readonly Question[] => {
    const isNew = question === "passwordNew" || (question === "password" && name === "register");
    return isNew ? [question, "passwordAgain"] : [question];
  });
}

export function isSecret(question: Question): boolean {
  return question.startsWith("password");
}

/** To whom lines go behind the command that runs, whatever comes of it. */
export function partnerBehind(running: Command | null, partner: string | null): string | null {
  if (running === null) return partner;
  return isEndOfTalk({ kind: "command", command: running, questions: [] }) ? null : partner;
}

function isEndOfTalk(parsed: Parsed): boolean {
  return endsTalk(parsed) || (parsed.kind === "command" && parsed.command.kind === "leave");
}
