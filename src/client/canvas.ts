// One terminal's screen: what was said above, the live part below, drawn together and at most once
// a turn. It owns what is known of the screen; what there is to be seen is given to it.

import { inert } from "../base/text.ts";
import type { Clock } from "../ports.ts";
import type { Terminal } from "./faces.ts";
import { type Drawn, erase, layOut, type Live, nothingDrawn, paint, type Size } from "./screen.ts";
import type { Style } from "./style.ts";
import { Transcript } from "./transcript.ts";
import type { View } from "./views.ts";

export interface CanvasOptions {
  readonly clock: Clock;
  readonly terminal: Terminal;
  /** As it is set now. */
  readonly style: () => Style;
  /** The live part as it is now. */
  readonly live: () => Live;
}

export class Canvas {
  readonly #options: CanvasOptions;
  readonly #transcript: Transcript;
  #drawn: Drawn = nothingDrawn;
  /** The live part as it was drawn last: what has not changed is not drawn again. */
  #picture = "";
  #isPlanned = false;
  #isClosed = false;
  #bells = 0;

  constructor(options: CanvasOptions) {
    this.#options = options;
    const { clock, style } = options;
    this.#transcript = new Transcript(style, clock.wallUs() / 1_000);
  }

  show(view: View): void {
    this.#transcript.show(view, this.#size());
    this.plan();
  }

  /** A line as it was typed, behind its prompt. */
  echo(prompt: string, typed: string): void {
    this.#transcript.say([`${prompt}${inert(typed)}`]);
    this.plan();
  }

  ring(): void {
    this.#bells = 1;
    this.plan();
  }

  /** Drawn once a turn, however much has happened. */
  plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#options.clock.soon(() => {
      if (this.#isClosed) return;
      this.#isPlanned = false;
      this.draw();
    });
  }

  draw(): void {
    const { terminal, live } = this.#options;
    const size = this.#size();
    const layout = layOut(live(), size);
    const said = this.#transcript.take(size, layout.rows.length);
    const picture = JSON.stringify([size, layout]);
    if (said.text === "" && this.#bells === 0 && picture === this.#picture) return;
    this.#picture = picture;
    const { bytes, drawn } = paint(this.#drawn, said, layout, size);
    this.#drawn = drawn;
    terminal.write("\x07".repeat(this.#bells) + bytes);
    this.#bells = 0;
  }

  /** An empty screen. */
  clear(): void {
    this.#options.terminal.write("\x1b[H\x1b[2J");
    this.#lookAway();
  }

  /** Leaves the rows to somebody else, for a while. */
  leave(): void {
    const { terminal } = this.#options;
    terminal.write(erase(this.#drawn, this.#size()));
    this.#lookAway();
  }

  /** For good: what was said stays, the live part goes. */
  close(): void {
    this.draw();
    this.leave();
    this.#isClosed = true;
  }

  #lookAway(): void {
    this.#drawn = nothingDrawn;
    this.#picture = "";
    this.#transcript.loseSight();
  }

  #size(): Size {
    const { terminal } = this.#options;
    return { columns: terminal.columns(), rows: terminal.rows(), reflows: terminal.reflows };
  }
}
