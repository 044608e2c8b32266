// How a safety number stands in lines, and what is said beside a message that is not quite as it
// should be: PURE. Everything in them leaves here inert.

import { inert } from "../base/text.ts";
import { bold, dim, red, type Style } from "./style.ts";
import type { LetterView, View } from "./views.ts";

const groupsPerLine = 4;

export function verifyLines(
  view: View & { readonly kind: "verify" },
  style: Style,
): readonly string[] {
  const { number, verified, changed } = view;
  const user = inert(view.user);
  const groups = inert(number).split(" ");
  const rows = Math.ceil(groups.length / groupsPerLine);
  const lines = Array.from({ length: rows }, (_, row) =>
    bold(`  ${groups.slice(row * groupsPerLine, (row + 1) * groupsPerLine).join(" ")}`, style),
  );
  const isNew = changed ? [red(`${user}'s key is not the one that was known here.`, style)] : [];
  const compare = `Compare it with ${user}, in person or by phone. The same: verify ${user} yes.`;
  const end = verified ? `${user} is verified.` : compare;
  return [`safety number of you and ${user}:`, ...lines, ...isNew, dim(end, style)];
}

/** In brackets behind who wrote it; empty where there is nothing to say, or the text says it. */
export function doubtNote({ doubt }: LetterView): string {
  return doubt === undefined || doubt.hidesText ? "" : ` (${inert(doubt.words)})`;
}

/** The text, or the warning that stands in its place. */
export function letterText(
  { text, doubt }: Pick<LetterView, "text" | "doubt">,
  style: Style,
): string {
  const shown = inert(text);
  if (doubt?.hidesText !== true) return shown;
  return red(style.rich ? `✗ ${shown}` : `warning: ${shown}`, style);
}
