// The lines of a terminal that is not drawn on, edited at their end alone, as a terminal itself
// would: only so can what is half typed be said again below what came meanwhile, and a password be
// hidden that comes in one piece with what asks for it. Asks no question and prints no prompt.

import { commandLineBytesMax } from "../base/limits.ts";
import { inert } from "../base/text.ts";
import { glyphsOf } from "./cells.ts";
import type { Keyboard, Terminal } from "./faces.ts";
import { type Key, type KeyName, makeKeyReader } from "./keys.ts";
import { edit, lineOf } from "./line.ts";

export interface TypedLinesOptions {
  readonly terminal: Pick<Terminal, "write" | "start" | "stop" | "suspend">;
  /** Whoever hands over whole lines (Emacs) has shown them already. */
  readonly echoes: boolean;
  readonly interrupted: () => void;
  /** The row of the half-typed line is lost. */
  readonly resumed: () => void;
}

export function makeTypedLines(options: TypedLinesOptions): Keyboard {
  const lines = new TypedLines(options);
  return {
    next: (hidden) => lines.next(hidden),
    typed: () => lines.typed(),
    hide: (hidden) => lines.hide(hidden),
    forget: () => lines.forget(),
    stop: () => options.terminal.stop(),
  };
}

class TypedLines {
  readonly #options: TypedLinesOptions;
  readonly #keys = makeKeyReader();
  /** Behind a line that nobody has taken yet, who may hide what follows. */
  readonly #ahead: Key[] = [];
  #text = "";
  #hidden = false;
  #suspended = false;
  #ended = false;
  #waiting: ((line: string | null) => void) | null = null;

  constructor(options: TypedLinesOptions) {
    this.#options = options;
    options.terminal.start({
      input: (chunk) => {
        this.#ahead.push(...this.#keys.push(chunk));
        this.#work();
      },
      resized: () => this.#resume(),
      ended: () => this.#end(),
    });
  }

  next(hidden: boolean): Promise<string | null> {
    this.hide(hidden);
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#work();
    });
  }

  typed(): string {
    return this.#hidden ? "" : shown(this.#text);
  }

  hide(hidden: boolean): void {
    if (this.#hidden === hidden) return;
    const text = this.#text;
    this.#change("");
    this.#hidden = hidden;
    // The beginning of an answer, typed before it was asked for; but no answer begins a line.
    if (hidden) this.#text = text;
  }

  forget(): void {
    this.#text = "";
  }

  #work(): void {
    while (this.#waiting !== null) {
      const key = this.#ahead.shift();
      if (key !== undefined) this.#take(key);
      else if (this.#ended) return this.#give(null);
      else return;
    }
  }

  #take(key: Key): void {
    if (key.kind !== "key") return this.#put(key.text);
    switch (key.name) {
      case "enter":
        this.#write("\n");
        return this.#give(this.#text);
      case "interrupt":
        if (!this.#hidden) this.#write("^C");
        return this.#options.interrupted();
      case "endOfInput":
        return this.#text === "" ? this.#end() : undefined;
      case "suspend":
        this.#suspended = true;
        this.#write("^Z\n");
        return this.#options.terminal.suspend();
      case "tab":
        return this.#put("\t");
      default:
        return this.#cut(key.name);
    }
  }

  #put(text: string): void {
    if (this.#text.length > commandLineBytesMax) return;
    this.#change(this.#text + text);
  }

  #cut(key: KeyName): void {
    this.#change(edit(lineOf(this.#text), key).text);
  }

  /** Marks that join the letter before them change what stands there. */
  #change(text: string): void {
    const [before, after] = [glyphsOf(shown(this.#text)), glyphsOf(shown(text))];
    this.#text = text;
    if (this.#hidden) return;
    const firstOther = before.findIndex((glyph, at) => glyph.text !== after[at]?.text);
    const same = firstOther < 0 ? before.length : firstOther;
    const cells = before.slice(same).reduce((sum, glyph) => sum + glyph.cells, 0);
    const back = "\b".repeat(cells);
    const put = after.slice(same).map((glyph) => glyph.text);
    this.#write(`${back}${" ".repeat(cells)}${back}${put.join("")}`);
  }

  #give(line: string | null): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#text = "";
    waiting?.(line);
  }

  #end(): void {
    this.#ended = true;
    this.#work();
  }

  #resume(): void {
    if (!this.#suspended) return;
    this.#suspended = false;
    this.#options.resumed();
  }

  #write(text: string): void {
    if (this.#options.echoes) this.#options.terminal.write(text);
  }
}

function shown(text: string): string {
  return inert(text.replaceAll("\t", " "));
}
