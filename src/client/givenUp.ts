// What is said to whoever stops waiting, or leaves: which command may still be done, and which of
// those typed behind it will not be. PURE. It quotes commands alone: what is none, or is misused,
// may be a password.

import { inert } from "../base/text.ts";
import type { Ahead } from "./ahead.ts";
import { mayStillBeDone } from "./answers.ts";
import { cancelledNote } from "./sayings.ts";

/** `goesOn`: the name of what may still be done; null for nothing. */
export function givenUpNote(goesOn: string | null, dropped: Ahead["commands"]): string {
  const said = goesOn === null ? cancelledNote : mayStillBeDone(goesOn);
  if (dropped.length === 0) return said;
  return `${said} Not begun, and not done: ${namesOf(dropped).join("; ")}`;
}

export function namesOf(commands: Ahead["commands"]): readonly string[] {
  return commands.map(({ line, parsed }) => {
    return parsed.kind === "misused" ? parsed.command : inert(line.trim());
  });
}
