// How a person's client goes: what waits for its confirmation may still come, the log-out is said
// where a server listens, and what stays unconfirmed is kept. What a face has to clear away is its
// own part.

import { goodbyeWaitMs } from "../base/limits.ts";
import type { Clock } from "../ports.ts";
import type { ChatClient } from "./api.ts";
import { runCommand } from "./commands.ts";
import type { Desk } from "./desk.ts";
import { cancelledNote, keptNote } from "./sayings.ts";

export interface PartingOptions {
  readonly client: ChatClient;
  readonly clock: Clock;
  readonly desk: Desk;
  /** Ends a question, or the wait of a command, and says what that means. */
  readonly cancel: () => string | null;
  readonly note: (text: string) => void;
  /** Once, and last of all. */
  readonly end: (code: number) => void;
}

/** No server can be reached, or trusted. */
const stoppedCode = 3;

export class Parting {
  readonly #options: PartingOptions;
  #hasBegun = false;
  #isOver = false;

  constructor(options: PartingOptions) {
    this.#options = options;
    options.client.onEvent(({ kind }) => {
      if (kind === "stopped") this.leave(stoppedCode);
    });
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** The second time, without waiting for anything. */
  leave(code: number): void {
    if (this.#hasBegun) return this.#finish(code);
    this.#hasBegun = true;
    void this.#sayGoodbye(code);
  }

  async #sayGoodbye(code: number): Promise<void> {
    const { desk, client, clock, cancel, note } = this.#options;
    // What was typed just before has to be begun: behind the log-out it would be nobody's message.
    await new Promise<void>((resolve) => clock.soon(resolve));
    const given = cancel();
    // Whoever was stopped has been told why, and has given up nothing of himself.
    if (given !== null && given !== cancelledNote && code !== stoppedCode) note(given);
    const unsent = desk.pending.size;
    if (unsent > 0 && code === 0) {
      const what = unsent === 1 ? "1 message" : `${unsent} messages`;
      note(`Waiting for ${what} to be confirmed (Ctrl+C to leave at once).`);
      await desk.until(() => desk.pending.size === 0, null);
    }
    const limit = clock.after(goodbyeWaitMs, () => this.#finish(code));
    if (desk.user !== null && client.view().lostAtMs === null) {
      await runCommand(desk, { kind: "logout" }, {});
    }
    limit.cancel();
    this.#finish(code);
  }

  #finish(code: number): void {
    const { desk, note, end } = this.#options;
    if (this.#isOver) return;
    this.#isOver = true;
    const { count, problem } = desk.outbox.leave();
    if (count > 0) note(keptNote(count, problem));
    end(code);
  }
}
