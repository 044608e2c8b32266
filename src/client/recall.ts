// The lines typed before, for the up and down keys: in memory, and by way of a LineHistory over
// restarts. What may hold a password is never kept. It edits nothing.

import { historyLinesMax } from "../base/limits.ts";
import type { LineHistory } from "./faces.ts";
import { parseLine } from "./parse.ts";

export class Recall {
  readonly #history: LineHistory;
  readonly #lines: string[];
  /** Which line is shown; behind the last one stands the draft. */
  #at: number;
  #draft = "";

  constructor(history: LineHistory) {
    this.#history = history;
    this.#lines = [...history.load()].slice(-historyLinesMax);
    this.#at = this.#lines.length;
  }

  add(line: string): void {
    const parsed = parseLine(line);
    const isSafe = parsed.kind === "command";
    if (isSafe && line !== this.#lines.at(-1) && !line.includes("\n")) {
      this.#lines.push(line);
      if (this.#lines.length > historyLinesMax) this.#lines.shift();
      this.#history.add(line);
    }
    this.rest();
  }

  /** Back to the draft, which is a new one. */
  rest(): void {
    this.#at = this.#lines.length;
    this.#draft = "";
  }

  /** The line to show, or null when there is none further. */
  move(way: "up" | "down", current: string): string | null {
    if (this.#at === this.#lines.length) this.#draft = current;
    const at = this.#at + (way === "up" ? -1 : 1);
    if (at < 0 || at > this.#lines.length) return null;
    this.#at = at;
    return this.#lines[at] ?? this.#draft;
  }
}
