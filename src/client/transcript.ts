// What has been said on a terminal, as far back as its screen shows it: PURE. A mark that changes
// (delivered, read) changes on its own line while that can still be reached, and is said in a line
// of its own when it cannot; notes of one kind in a row are folded into one. Rows that may have
// left the screen are never drawn again. It draws nothing itself: screen.ts does.

import { foldKey, foldedLines } from "./folding.ts";
import { raised } from "./marks.ts";
import { renderLines, type TimeShown } from "./render.ts";
import type { Said, Size } from "./screen.ts";
import type { Style } from "./style.ts";
import type { View } from "./views.ts";
import { wrap } from "./wrap.ts";

interface Block {
  /** Several only of what folds; none for lines as they are. */
  views: readonly View[];
  lines: readonly string[];
  /** The time shown before it. */
  readonly before: TimeShown;
  /** Null for tables: under the last column of each line. */
  readonly indent: number | null;
  /** 0 until it is drawn. */
  rows: number;
  /** To be drawn, or drawn anew. */
  isNew: boolean;
}

export class Transcript {
  readonly #style: () => Style;
  #shown: TimeShown | null = null;
  readonly #startMs: number;
  /** Those within reach, and those to be drawn; oldest first. */
  #blocks: Block[] = [];
  #size: Size = { columns: 0, rows: 0, reflows: true };
  /** Rows above the live part that are surely on the screen. */
  #reach = 0;

  /** A day that begins after `startMs` gets a line. */
  constructor(style: () => Style, startMs: number) {
    this.#style = style;
    this.#startMs = startMs;
  }

  show(view: View, size: Size): void {
    this.#resize(size);
    if (view.kind === "status" && this.#raise(view)) return;
    if (this.#fold(view)) return;
    const style = this.#styleNow();
    const before = this.#shownBefore(style);
    const { lines, shown } = renderLines(view, style, before);
    if (lines.length === 0) return;
    this.#shown = shown;
    this.#add({ views: [view], lines, before, indent: indentOf(view, style) });
  }

  /** Lines as they are. */
  say(lines: readonly string[]): void {
    this.#add({ views: [], lines, before: this.#shownBefore(this.#styleNow()), indent: 2 });
  }

  /** To be drawn now, above a live part of so many rows. */
  take(size: Size, liveRows: number): Said {
    this.#resize(size);
    const first = this.#blocks.findIndex(({ isNew }) => isNew);
    const drawn = first < 0 ? [] : this.#blocks.slice(first);
    const rowsBack = rowsOf(drawn);
    const text = drawn.map((block) => this.#write(block)).join("");
    const rowsAbove = this.#reach - rowsBack + rowsOf(drawn);
    this.#reach = Math.max(0, Math.min(rowsAbove, size.rows - liveRows));
    this.#forgetUnreachable();
    return { rowsBack, text };
  }

  /** Nothing that was drawn can be drawn anew. */
  loseSight(): void {
    this.#reach = 0;
    this.#blocks = this.#blocks.filter(({ isNew }) => isNew);
    for (const block of this.#blocks) block.rows = 0;
  }

  #add(block: Omit<Block, "rows" | "isNew">): void {
    this.#blocks.push({ ...block, rows: 0, isNew: true });
  }

  /** A terminal of another size may have broken our rows in other places. */
  #resize(size: Size): void {
    const isSame = size.columns === this.#size.columns && size.rows === this.#size.rows;
    this.#size = size;
    if (!isSame) this.loseSight();
  }

  #raise(status: View & { readonly kind: "status" }): boolean {
    for (const block of this.#blocks) {
      const [view] = block.views;
      const higher = view === undefined ? null : raised(view, status);
      if (higher === null) continue;
      this.#rewrite(block, [higher]);
      return true;
    }
    return false;
  }

  #fold(view: View): boolean {
    const newest = this.#blocks.at(-1);
    const [first] = newest?.views ?? [];
    const key = foldKey(view);
    if (newest === undefined || first === undefined || key === null) return false;
    if (foldKey(first) !== key) return false;
    this.#rewrite(newest, [...newest.views, view]);
    return true;
  }

  #rewrite(block: Block, views: readonly View[]): void {
    const [view] = views;
    if (view === undefined) return;
    block.views = views;
    block.isNew = true;
    const style = this.#styleNow();
    block.lines =
      views.length > 1 ? foldedLines(views, style) : renderLines(view, style, block.before).lines;
  }

  #write(block: Block): string {
    const { columns } = this.#size;
    const wrapped = block.lines.map((line) => {
      return wrap(line, { columns, indent: block.indent ?? lastColumnOf(line) });
    });
    block.rows = wrapped.reduce((sum, { rows }) => sum + rows, 0);
    block.isNew = false;
    return wrapped.map(({ text }) => `${text}\r\n`).join("");
  }

  #forgetUnreachable(): void {
    let rows = 0;
    const first = this.#blocks.findLastIndex((block) => {
      rows += block.rows;
      return rows > this.#reach;
    });
    this.#blocks = this.#blocks.slice(first + 1);
  }

  #styleNow(): Style {
    return { ...this.#style(), columns: this.#size.columns };
  }

  #shownBefore({ tellTime }: Style): TimeShown {
    return this.#shown ?? { day: tellTime(this.#startMs).day, minute: "" };
  }
}

function rowsOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { rows }) => sum + rows, 0);
}

/** Behind a column of times the text stands under itself. */
function indentOf({ kind }: View, { times }: Style): number | null {
  if (kind === "help") return null;
  const isReadBack = kind === "history" || kind === "inbox";
  return isReadBack || (times && (kind === "message" || kind === "sent")) ? 6 : 2;
}

/** Where it begins, behind a gap of two at least; a little further in where there is none. */
function lastColumnOf(line: string): number {
  return /^\S.*? {2,}(?=\S)/.exec(line)?.[0].length ?? 2;
}
