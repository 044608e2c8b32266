// Whether a message rings the terminal's bell: PURE. Never one's own. Who wants it when is a
// setting; ringing is the screen's part.

import type { SettingValue } from "./settings.ts";
import type { LetterView } from "./views.ts";

export function rings(
  letter: LetterView,
  { bell, user }: { readonly bell: SettingValue<"bell">; readonly user: string },
): boolean {
  if (letter.own || bell === "off") return false;
  if (bell === "all" || letter.group === "") return true;
  return bell === "mention" && names(letter.text, user);
}

/** The name as a word of its own, with or without an @, regardless of case. */
export function names(text: string, user: string): boolean {
  const name = user.toLowerCase();
  return text.split(/[^A-Za-z0-9]+/).some((word) => word.toLowerCase() === name);
}
