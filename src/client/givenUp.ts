// What is said to whoever stops waiting, or leaves: which command may still be done, and which of
// those typed behind it will not be. PURE. It quotes commands alone: what is none, or is misused,
// may be a password.

import { inert } from "../base/text.ts";
import { mayStillBeDone } from "./answers.ts";
import { endsTalk, parseTalk } from "./parse.ts";
import type { Command, Parsed } from "./parsed.ts";
import { cancelledNote } from "./sayings.ts";

/** `goesOn`: the name of what may still be done; null for nothing. */
export function givenUpNote(goesOn: string | null, dropped: readonly string[]): string {
  const said = goesOn === null ? cancelledNote : mayStillBeDone(goesOn);
  return dropped.length === 0 ? said : `${said} Not begun, and not done: ${dropped.join("; ")}`;
}

/**
 * The commands among the lines that waited; others answer them, or are nothing that was done. Those
 * that end a conversation end it for what stands behind them: no password is taken for a message.
 */
export function commandsAmong(lines: readonly string[], partner: string | null): readonly string[] {
  const commands: string[] = [];
  let talksTo = partner;
  let answersLeft = 0;
  for (const line of lines) {
    if (answersLeft > 0) {
      answersLeft -= 1;
      continue;
    }
    const parsed = parseTalk(line, talksTo);
    answersLeft = answersTo(parsed);
    if (parsed.kind === "misused") commands.push(parsed.command);
    if (isEndOfTalk(parsed)) talksTo = null;
    if (parsed.kind === "command") commands.push(inert(line.trim()));
  }
  return commands;
}

/** To whom lines go behind the command that runs, whatever comes of it. */
export function partnerBehind(running: Command | null, partner: string | null): string | null {
  if (running === null) return partner;
  return isEndOfTalk({ kind: "command", command: running, questions: [] }) ? null : partner;
}

function isEndOfTalk(parsed: Parsed): boolean {
  return endsTalk(parsed) || (parsed.kind === "command" && parsed.command.kind === "leave");
}

/** A new password is asked for twice. */
function answersTo(parsed: Parsed): number {
  if (!("questions" in parsed)) return 0;
  const { questions } = parsed;
  const name = parsed.kind === "command" ? parsed.command.kind : parsed.command;
  const isNew = name === "register" && questions.includes("password");
  return questions.length + (isNew || questions.includes("passwordNew") ? 1 : 0);
}
