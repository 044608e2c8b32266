// The lines typed before, for the up and down keys: in memory, and by way of a LineHistory over
// restarts. Only what is surely a command is kept over restarts: the rest may hold a password.
// It edits nothing.

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
    if (line !== this.#lines.at(-1)) {
      this.#lines.push(line);
      if (this.#lines.length > historyLinesMax) this.#lines.shift();
      if (parseLine(line).kind === "command" && !line.includes("\n")) this.#history.add(line);
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
