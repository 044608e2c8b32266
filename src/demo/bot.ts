// The friendly bot at the other end: answers each message once and keeps count, so that whoever
// chats sees for himself that nothing is lost or doubled. What it says is a function of what it
// knows (answerTo); it speaks through a client.

import { botPauseMs, greetingLooksMax } from "../base/demoLimits.ts";
import type { ChatClient } from "../client/api.ts";
import { unkeptPins } from "../client/sealing/pins.ts";
import { Sealer } from "../client/sealing/sealer.ts";
import type { Clock } from "../ports.ts";

export const botName = "bot";

export interface BotWorld {
  readonly clock: Clock;
  /** Servers that serve right now. */
  readonly serving: () => number;
}

export class Bot {
  readonly #sealer: Sealer;
  readonly #client: ChatClient;
  readonly #world: BotWorld;
  #hasLeft = false;
  /** Messages had, by sender. */
  readonly #had = new Map<string, number>();

  constructor(client: ChatClient, world: BotWorld) {
    this.#client = client;
    this.#world = world;
    const pins = unkeptPins();
    // It tells nobody of changed keys: whoever chats with it is the only one there.
    this.#sealer = new Sealer({ client, pins, tell: () => undefined });
    client.onEvent((event) => {
      if (event.kind !== "message" || event.letter.own) return;
      const { from, group, format } = event.letter;
      // That somebody was taken into a group is nothing to answer.
      if (format === "e") return;
      const count = (this.#had.get(from) ?? 0) + 1;
      this.#had.set(from, count);
      const { text } = this.#sealer.read(event.letter);
      this.say(group === "" ? from : group, answerTo({ text, count, serving: world.serving() }));
    });
  }

  /** Who has just come has keys in a moment: then what is said can be sealed. */
  async greet(to: string, text: string): Promise<void> {
    await this.#sealer.settled();
    for (let looksLeft = greetingLooksMax; looksLeft > 0; looksLeft -= 1) {
      if (this.#hasLeft) return;
      const keys = await this.#sealer.contacts?.keysOf(to);
      if (keys !== undefined && "publics" in keys && keys.publics !== null) break;
      await new Promise<void>((resolve) => this.#world.clock.after(botPauseMs, resolve));
    }
    this.say(to, text);
  }

  /** It holds nobody up who leaves while it greets. */
  leave(): void {
    this.#hasLeft = true;
    this.#client.close();
  }

  /** After a moment, as people do. */
  say(to: string, text: string): void {
    this.#world.clock.after(botPauseMs, () => {
      this.#sealer.send({ type: "send", to }, text, () => undefined);
    });
  }
}

export interface Heard {
  readonly text: string;
  /** Messages had from this person, this one included. */
  readonly count: number;
  readonly serving: number;
}

export function answerTo({ text, count, serving }: Heard): string {
  const servers = `${serving} server${serving === 1 ? "" : "s"}`;
  const areUp = `${servers} ${serving === 1 ? "is" : "are"} up`;
  const counted = `Message ${count}, and I have had each of them once.`;
  if (/\b(hi|hello|hey|moin|hallo)\b/i.test(text)) {
    return `Hello! ${counted} Now kill a server with :kill 0 and write to me again.`;
  }
  if (/\b(bye|ciao|tsch)/i.test(text)) return `Bye! ${counted} All of them stay on the servers.`;
  if (/\?\s*$/.test(text)) {
    return `Good question. I only know that ${areUp}. ${counted}`;
  }
  if (serving === 1) return `Got it, from the last server standing. ${counted}`;
  return serving === 3 ? `Got it. ${counted}` : `Got it, with ${servers} left. ${counted}`;
}
