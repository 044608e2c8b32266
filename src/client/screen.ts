// The live part of a terminal's screen: the messages under way and the prompt with the half-typed
// line, redrawn as a whole at the bottom, while what is said goes above it for good. PURE: it makes
// the bytes. Rows are broken here, never by the terminal, so that the rows drawn are the rows
// counted: a naive clear-line-and-reprompt loses wrapped rows. It knows no commands.

import { inert } from "../base/text.ts";
import { cellsOf, clipped, glyphsOf } from "./cells.ts";
import type { Line } from "./line.ts";

export interface Live {
  /** One row each, cut to fit; already inert. */
  readonly pending: readonly string[];
  readonly prompt: string;
  readonly line: Line;
  /** The line is a password. */
  readonly hidden: boolean;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
  /** A terminal that has become narrower breaks rows that are too long for it; others cut them. */
  readonly reflows: boolean;
}

/** What is to be drawn above the live part. */
export interface Said {
  /** Rows above the live part that are drawn anew, and so erased before. */
  readonly rowsBack: number;
  /** Whole lines, each with its end. */
  readonly text: string;
}

/** What was drawn last, and where the cursor stands in it. */
export interface Drawn {
  /** In cells. */
  readonly rowCells: readonly number[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
  readonly columns: number;
}

export const nothingDrawn: Drawn = { rowCells: [0], cursorRow: 0, cursorColumn: 0, columns: 80 };

const hideCursor = "\x1b[?25l";
const showCursor = "\x1b[?25h";
/**
 * Terminals differ in how wide they draw the newest emoji: a row that is too long for this one ends
 * at its edge, or there would be more rows than were counted.
 */
const cutAtEdge = "\x1b[?7l";
const goOnBelow = "\x1b[?7h";
/**
 * From the start of a row. tmux takes clearing from the first column of the screen's first row for
 * the clearing of the whole, and keeps a copy in its history: so from the second column on.
 */
const clearBelow = "\x1b[C\x1b[J\r\x1b[K";

/** Bytes that put what is said above the live part, and draw the live part anew. */
export function paint(
  drawn: Drawn,
  said: Said,
  layout: Layout,
  size: Size,
): { readonly bytes: string; readonly drawn: Drawn } {
  const rowsBelow = layout.rows.length - 1 - layout.cursorRow;
  const column = layout.cursorColumn;
  const bytes = [
    hideCursor,
    erase(drawn, size, said.rowsBack),
    said.text,
    cutAtEdge,
    layout.rows.join("\r\n"),
    goOnBelow,
    rowsBelow > 0 ? `\x1b[${rowsBelow}A` : "",
    "\r",
    column > 0 ? `\x1b[${column}C` : "",
    showCursor,
  ].join("");
  return {
    bytes,
    drawn: {
      rowCells: layout.rows.map(cellsOf),
      cursorRow: layout.cursorRow,
      cursorColumn: column,
      columns: size.columns,
    },
  };
}

/** Bytes that take the live part away, and rows above it, and leave the cursor in an empty row. */
export function erase(drawn: Drawn, size: Pick<Size, "columns" | "reflows">, rowsBack = 0): string {
  const rowsAbove = rowsAboveCursor(drawn, size) + rowsBack;
  return `${rowsAbove > 0 ? `\x1b[${rowsAbove}A` : ""}\r${clearBelow}`;
}

/** A terminal that has become narrower may have broken our rows in two or more. */
function rowsAboveCursor(
  drawn: Drawn,
  { columns, reflows }: Pick<Size, "columns" | "reflows">,
): number {
  if (columns >= drawn.columns || !reflows) return drawn.cursorRow;
  const above = drawn.rowCells.slice(0, drawn.cursorRow);
  const broken = above.reduce((sum, cells) => sum + Math.max(1, Math.ceil(cells / columns)), 0);
  return broken + Math.floor(drawn.cursorColumn / columns);
}

export interface Layout {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

/** The rows of the live part, as many as fit. */
export function layOut(live: Live, { columns, rows: rowsMax }: Size): Layout {
  const pending = live.pending.map((text) => clipped(text, columns));
  const typed = layOutLine(live, columns);
  const all = [...pending, ...typed.rows];
  const cursorRow = pending.length + typed.cursorRow;
  // What does not fit the screen could not be erased again: the part around the cursor is drawn.
  const count = Math.max(1, Math.min(all.length, rowsMax - 1));
  const start = Math.max(0, cursorRow - count + 1);
  return {
    rows: all.slice(start, start + count),
    cursorRow: cursorRow - start,
    cursorColumn: typed.cursorColumn,
  };
}

function layOutLine({ prompt, line, hidden }: Live, columns: number): Layout {
  const rows: string[] = [];
  let row = "";
  let cells = 0;
  let cursor: { row: number; column: number } | null = null;
  const put = (text: string, width: number): void => {
    if (cells + width > columns) {
      rows.push(row);
      row = "";
      cells = 0;
    }
    row += text;
    cells += width;
  };
  for (const glyph of glyphsOf(prompt)) put(glyph.text, glyph.cells);
  for (const glyph of hidden ? [] : glyphsOf(line.text)) {
    const shown = glyph.text === "\n" ? "⏎" : inert(glyph.text);
    const width = shown === glyph.text ? glyph.cells : cellsOf(shown);
    const breaks = cells + width > columns;
    if (glyph.at === line.cursor) {
      cursor = breaks ? { row: rows.length + 1, column: 0 } : { row: rows.length, column: cells };
    }
    put(shown, width);
  }
  if (cursor === null && cells >= columns) {
    // Behind a full row there is no column: the cursor stands at the start of the next.
    rows.push(row);
    row = "";
    cells = 0;
  }
  cursor ??= { row: rows.length, column: cells };
  rows.push(row);
  return { rows, cursorRow: cursor.row, cursorColumn: cursor.column };
}
