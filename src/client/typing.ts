// What a keyboard sends, as keys. Where the terminal does not mark what is pasted, several lines in
// one read are a paste, and what follows at once belongs to it: nobody types so fast. What a key
// does is decided in repl.ts.

import { burstCharactersMin, pasteGapMs } from "../base/limits.ts";
import type { Clock, Timer } from "../ports.ts";
import { type Key, makeKeyReader } from "./keys.ts";

export interface TypingOptions {
  readonly clock: Clock;
  /** Whether such lines answer questions, so that each is one of its own. */
  readonly isTypedAhead: (lines: readonly string[]) => boolean;
  readonly key: (key: Key) => void;
  /** Behind the keys of one read. */
  readonly changed: () => void;
}

export class Typing {
  readonly #options: TypingOptions;
  readonly #keys = makeKeyReader();
  #pasted = "";
  #timer: Timer | null = null;

  constructor(options: TypingOptions) {
    this.#options = options;
  }

  /** What one read has given. */
  take(chunk: string): void {
    const { clock } = this.#options;
    if (!this.#isPasted(chunk)) return this.#type(chunk);
    this.#pasted += chunk;
    this.#timer?.cancel();
    this.#timer = clock.after(pasteGapMs, () => this.#endPaste());
  }

  #isPasted(chunk: string): boolean {
    if (this.#keys.isMidway() || hasKeys.test(chunk)) return false;
    if (this.#pasted !== "") return true;
    return isBurst(chunk) && !this.#options.isTypedAhead(chunk.split(lineEnd));
  }

  #type(chunk: string): void {
    this.#endPaste();
    for (const key of this.#keys.push(chunk)) this.#options.key(key);
    this.#options.changed();
  }

  #endPaste(): void {
    this.#timer?.cancel();
    if (this.#pasted === "") return;
    const text = this.#pasted.replaceAll(lineEnd, "\n");
    this.#pasted = "";
    this.#options.key({ kind: "paste", text });
    this.#options.changed();
  }
}

const lineEnd = /\r\n?|\n/g;
/** Anything but text, tabs and line ends: no paste has it. */
const hasKeys = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** Two whole lines, or one and so much of another that nobody has typed it meanwhile. */
function isBurst(chunk: string): boolean {
  const lines = chunk.split(lineEnd);
  const last = lines.pop() ?? "";
  const whole = lines.filter((line) => line.trim() !== "").length;
  return whole > 1 || (whole === 1 && last !== "" && chunk.length >= burstCharactersMin);
}
