// The lines typed before, for the up and down keys: in memory, and by way of a LineHistory over
// restarts. Only what is surely a command is kept over restarts: the rest may hold a password.
// It edits nothing.

import { historyLinesMax } from "../base/limits.ts";
import type { LineHistory } from "./faces.ts";
import { parseLine } from "./parse.ts";

export class Recall {
  readonly #history: LineHistory;
  readonly #lines: string[];
  /**
   * While lines are leafed through: all of them as they stand now, what is changed included, and
   * the draft behind the last one. Lines that come meanwhile are no part of it.
   */
  #leaves: string[] | null = null;
  #at = 0;

  constructor(history: LineHistory) {
    this.#history = history;
    this.#lines = [...history.load()].slice(-historyLinesMax);
  }

  add(line: string): void {
    if (line === this.#lines.at(-1)) return;
    this.#lines.push(line);
    if (this.#lines.length > historyLinesMax) this.#lines.shift();
    if (parseLine(line).kind === "command" && !line.includes("\n")) this.#history.add(line);
  }

  /** Back to the draft, which is a new one. */
  rest(): void {
    this.#leaves = null;
  }

  /** The line to show, or null when there is none further. `waiting`: typed, and not added yet. */
  move(way: "up" | "down", current: string, waiting: readonly string[] = []): string | null {
    if (this.#leaves === null) {
      this.#leaves = [...this.#lines, ...waiting, current];
      this.#at = this.#leaves.length - 1;
    }
    const leaves = this.#leaves;
    const at = this.#at + (way === "up" ? -1 : 1);
    const shown = leaves[at];
    if (shown === undefined) return null;
    leaves[this.#at] = current;
    this.#at = at;
    return shown;
  }
}
