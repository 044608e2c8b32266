// Lines as rows of a terminal: PURE. Broken at spaces and before wide letters, later rows indented;
// a word longer than a row runs over the edge, where the terminal goes on by itself, so that it can
// be copied whole. The rows are counted, so that they can be drawn again in place. Colours take no
// room; it knows nothing else that does not.

import { type Glyph, glyphsOf } from "./cells.ts";

export interface Page {
  readonly columns: number;
  /** In front of all rows but the first, in cells. */
  readonly indent: number;
}

export interface Wrapped {
  /** Without a line end behind the last row. */
  readonly text: string;
  readonly rows: number;
}

export function wrap(line: string, page: Page): Wrapped {
  const writer = new Writer(page);
  for (const piece of line.match(pieces) ?? []) {
    if (piece.startsWith("\x1b")) writer.colour(piece);
    else if (piece.startsWith(" ")) writer.space(piece.length);
    else for (const glyph of glyphsOf(piece)) writer.put(glyph);
  }
  return writer.end();
}

const pieces = /\x1b\[[0-9;]*m| +|[^ \x1b]+/g;

class Writer {
  readonly #columns: number;
  readonly #indent: number;
  #text = "";
  #rows = 1;
  #rowCells = 0;
  /** Between the row and the word that is coming. */
  #gap = 0;
  #word: Glyph[] = [];
  #wordCells = 0;

  constructor({ columns, indent }: Page) {
    this.#columns = Math.max(2, columns);
    // Where little room is left, none is given away.
    this.#indent = indent * 3 <= columns ? indent : 0;
  }

  colour(escape: string): void {
    this.#word.push({ text: escape, at: 0, cells: 0 });
  }

  space(cells: number): void {
    this.#endWord();
    this.#gap += cells;
  }

  put(glyph: Glyph): void {
    if (glyph.cells === 2) this.#endWord();
    this.#word.push(glyph);
    this.#wordCells += glyph.cells;
    if (glyph.cells === 2) this.#endWord();
  }

  end(): Wrapped {
    this.#endWord();
    return { text: this.#text, rows: this.#rows };
  }

  #endWord(): void {
    const word = this.#word;
    const wordCells = this.#wordCells;
    this.#word = [];
    this.#wordCells = 0;
    if (word.length === 0) return;
    if (this.#rowCells + this.#gap + wordCells <= this.#columns) return this.#write(word);
    if (wordCells > this.#columns - this.#indent) return this.#runOver(word);
    this.#breakRow();
    this.#write(word);
  }

  #write(word: readonly Glyph[]): void {
    this.#text += " ".repeat(this.#gap);
    this.#rowCells += this.#gap;
    this.#gap = 0;
    for (const { text, cells } of word) {
      this.#text += text;
      this.#rowCells += cells;
    }
  }

  /** From where the row stands, if anything of it fits there, and on over the edge. */
  #runOver(word: readonly Glyph[]): void {
    if (this.#rowCells + this.#gap >= this.#columns) this.#breakRow();
    for (const glyph of word) {
      if (this.#rowCells + this.#gap + glyph.cells > this.#columns) {
        this.#rows += 1;
        this.#rowCells = 0;
      }
      this.#write([glyph]);
    }
  }

  #breakRow(): void {
    this.#text += "\r\n";
    this.#rows += 1;
    this.#rowCells = 0;
    this.#gap = this.#indent;
  }
}
