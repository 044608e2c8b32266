// The half-typed line: PURE. A text, a cursor between two user-perceived characters, and what each
// key does to them. It knows no columns and no commands; screen.ts draws it.

import { glyphsOf } from "./cells.ts";
import type { KeyName } from "./keys.ts";

export interface Line {
  readonly text: string;
  /** In UTF-16 units, never within a character. */
  readonly cursor: number;
}

export const emptyLine: Line = { text: "", cursor: 0 };

export function lineOf(text: string): Line {
  return { text, cursor: text.length };
}

export function insert(line: Line, text: string): Line {
  const { cursor } = line;
  const whole = line.text.slice(0, cursor) + text + line.text.slice(cursor);
  return { text: whole, cursor: boundaryAtOrAfter(whole, cursor + text.length) };
}

/** The line after an editing key; the same object when the key does not edit. */
export function edit(line: Line, key: KeyName): Line {
  const { text, cursor } = line;
  switch (key) {
    case "left":
      return moved(line, before(line));
    case "right":
      return moved(line, after(line));
    case "home":
      return moved(line, 0);
    case "end":
      return moved(line, text.length);
    case "wordLeft":
      return moved(line, wordStart(line));
    case "wordRight":
      return moved(line, wordEnd(line));
    case "backspace":
      return without(line, before(line), cursor);
    case "delete":
      return without(line, cursor, after(line));
    case "deleteWord":
      return without(line, wordStart(line), cursor);
    case "deleteWordRight":
      return without(line, cursor, wordEnd(line));
    case "deleteToStart":
      return without(line, 0, cursor);
    case "deleteToEnd":
      return without(line, cursor, text.length);
    default:
      return line;
  }
}

function moved(line: Line, cursor: number): Line {
  return { text: line.text, cursor };
}

function without({ text }: Line, from: number, to: number): Line {
  const whole = text.slice(0, from) + text.slice(to);
  return { text: whole, cursor: boundaryAtOrAfter(whole, from) };
}

function before({ text, cursor }: Line): number {
  return glyphsOf(text).findLast(({ at }) => at < cursor)?.at ?? 0;
}

function after({ text, cursor }: Line): number {
  return glyphsOf(text).find(({ at }) => at > cursor)?.at ?? text.length;
}

/** Two characters may have become one where text was put in or taken out. */
function boundaryAtOrAfter(text: string, cursor: number): number {
  return glyphsOf(text).find(({ at }) => at >= cursor)?.at ?? text.length;
}

function wordStart({ text, cursor }: Line): number {
  const head = text.slice(0, cursor).replace(/\s+$/u, "");
  return head.length - (/\S+$/u.exec(head)?.[0].length ?? 0);
}

function wordEnd({ text, cursor }: Line): number {
  return cursor + (/^\s*\S*/u.exec(text.slice(cursor))?.[0].length ?? 0);
}
