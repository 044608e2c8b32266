// A small terminal for tests: what bytes make of a screen of some columns and rows. It knows what
// the client writes (cursor up and right, erase, a pending wrap, no wrap, scrolling), and throws on
// any other escape sequence, so that a new one is noticed; bells are counted. Its widths are its
// own, not the product's.

export class ScreenEmulator {
  readonly rows: number;
  columns: number;
  readonly reflows: boolean;
  /** Everything ever written, escape sequences included. */
  raw = "";
  bells = 0;
  /** Rows that have scrolled off the top. */
  readonly above: string[] = [];
  #cells: string[][];
  #row = 0;
  #column = 0;
  #wrapsNext = false;
  #wraps = true;

  constructor(size: {
    readonly columns: number;
    readonly rows: number;
    readonly reflows?: boolean;
  }) {
    this.columns = size.columns;
    this.reflows = size.reflows ?? true;
    this.rows = size.rows;
    this.#cells = [[]];
  }

  write(bytes: string): void {
    this.raw += bytes;
    const pieces = /\x1b\[([?0-9;]*)([A-Za-z])|\x1b|[\s\S]/gu;
    for (const [piece, parameters = "", letter] of bytes.matchAll(pieces)) {
      if (letter !== undefined) this.#control(parameters, letter);
      else this.#put(piece);
    }
  }

  /** Screen rows from the top, without what is blank at their ends and below. */
  lines(): string[] {
    const lines = this.#cells.map((cells) =>
      Array.from(cells, (cell) => cell ?? " ")
        .join("")
        .trimEnd(),
    );
    while (lines.length > 1 && lines.at(-1) === "" && lines.length - 1 > this.#row) lines.pop();
    return lines;
  }

  cursor(): { row: number; column: number } {
    return { row: this.#row, column: this.#column };
  }

  /**
   * Becomes narrower as tmux does: rows are broken in two, and the cursor stays on its character.
   * Where it does not reflow, as xterm: what does not fit is gone, and the cursor stays inside.
   */
  narrow(columns: number): void {
    if (!this.reflows) return this.#cut(columns);
    const cells: string[][] = [];
    let row = 0;
    let column = 0;
    for (const [index, line] of this.#cells.entries()) {
      if (index === this.#row) {
        row = cells.length + Math.floor(this.#column / columns);
        column = this.#column % columns;
      }
      for (let at = 0; at === 0 || at < line.length; at += columns) {
        cells.push(line.slice(at, at + columns));
      }
    }
    this.columns = columns;
    this.#cells = cells;
    this.#row = row;
    this.#column = column;
    this.#wrapsNext = false;
    while (this.#cells.length > this.rows) this.#scroll();
  }

  #cut(columns: number): void {
    this.columns = columns;
    this.#cells = this.#cells.map((line) => line.slice(0, columns));
    this.#column = Math.min(this.#column, columns - 1);
    this.#wrapsNext = false;
  }

  #control(parameters: string, letter: string): void {
    const count = parameters === "" ? 1 : Number(parameters);
    if (letter === "A") this.#moveTo(Math.max(0, this.#row - count), this.#column);
    else if (letter === "C")
      this.#moveTo(this.#row, Math.min(this.columns - 1, this.#column + count));
    else if (letter === "J" && parameters === "") this.#eraseBelow();
    else if (letter === "K" && parameters === "") this.#eraseRight();
    else if (letter === "J" && parameters === "2") this.#cells = [[]];
    else if (letter === "H" && parameters === "") this.#moveTo(0, 0);
    else if (parameters === "?7") this.#wraps = letter === "h";
    else if (letter !== "m" && !parameters.startsWith("?")) {
      throw new Error(`unknown escape sequence ${parameters}${letter}`);
    }
  }

  #moveTo(row: number, column: number): void {
    this.#row = row;
    this.#column = column;
    this.#wrapsNext = false;
    while (this.#cells.length <= row) this.#cells.push([]);
  }

  #eraseBelow(): void {
    // As tmux does it: what is cleared as a whole stays in the history.
    if (this.#row === 0 && this.#column === 0) this.above.push(...this.lines());
    this.#cells.length = this.#row + 1;
    this.#eraseRight();
  }

  #eraseRight(): void {
    const line = this.#cells[this.#row] ?? [];
    line.length = Math.min(line.length, this.#column);
  }

  #put(piece: string): void {
    if (piece === "\r") return this.#moveTo(this.#row, 0);
    if (piece === "\n") return this.#newRow();
    if (piece === "\b") return this.#moveTo(this.#row, Math.max(0, this.#column - 1));
    if (piece === "\x07") {
      this.bells += 1;
      return;
    }
    if (piece < " " || piece === "\x7f") throw new Error(`control ${JSON.stringify(piece)}`);
    const width = widthOf(piece);
    if (width === 0) return this.#combine(piece);
    if (this.#wraps && (this.#wrapsNext || this.#column + width > this.columns)) {
      this.#newRow();
      this.#column = 0;
    }
    this.#column = Math.min(this.#column, this.columns - width);
    const line = this.#cells[this.#row] ?? [];
    while (line.length < this.#column) line.push(" ");
    line[this.#column] = piece;
    if (width === 2) line[this.#column + 1] = "";
    this.#wrapsNext = this.#wraps && this.#column + width === this.columns;
    this.#column = Math.min(this.columns - 1, this.#column + width);
  }

  #combine(piece: string): void {
    const line = this.#cells[this.#row] ?? [];
    const at = Math.max(0, this.#column - 1);
    line[at] = `${line[at] ?? ""}${piece}`;
  }

  #newRow(): void {
    this.#moveTo(this.#row + 1, this.#column);
    if (this.#cells.length > this.rows) this.#scroll();
  }

  #scroll(): void {
    this.above.push((this.#cells.shift() ?? []).join("").trimEnd());
    this.#row = Math.max(0, this.#row - 1);
  }
}

function widthOf(piece: string): number {
  const code = piece.codePointAt(0) ?? 0;
  if (code >= 0x300 && code <= 0x36f) return 0;
  const isWide =
    (code >= 0x3000 && code <= 0x9fff) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0x1f300 && code <= 0x1faff);
  return isWide ? 2 : 1;
}
