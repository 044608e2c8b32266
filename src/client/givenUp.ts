// What is said to whoever stops waiting, or leaves: which command may still be done, and which of
// those typed behind it will not be. PURE. It quotes commands alone: what is none, or is misused,
// may be a password.

import { inert } from "../base/text.ts";
import { parseTalk } from "./parse.ts";
import { cancelledNote } from "./sayings.ts";

/** `goesOn`: the name of what may still be done; null for nothing. */
export function givenUpNote(goesOn: string | null, dropped: readonly string[]): string {
  const said =
    goesOn === null
      ? cancelledNote
      : `You have stopped waiting for ${goesOn}; it may still be done.`;
  return dropped.length === 0 ? said : `${said} Not begun, and not done: ${dropped.join("; ")}`;
}

/** The commands among the lines that waited; others answer them, or are nothing that was done. */
export function commandsAmong(lines: readonly string[], partner: string | null): readonly string[] {
  const commands: string[] = [];
  let answersLeft = 0;
  for (const line of lines) {
    if (answersLeft > 0) {
      answersLeft -= 1;
      continue;
    }
    const parsed = parseTalk(line, partner);
    if ("questions" in parsed) answersLeft = parsed.questions.length;
    if (parsed.kind === "command") commands.push(inert(line.trim()));
    else if (parsed.kind === "misused") commands.push(parsed.command);
  }
  return commands;
}
