// Somebody who chats without a keyboard: registers, sends numbered messages at a steady pace and
// tells the tally what became of each and what was shown. It looks at no server and judges nothing.

import type { Host } from "../base/hosts.ts";
import { talkGapMs } from "../base/demoLimits.ts";
import { outstandingRequestsMax } from "../base/limits.ts";
import type { ChatClient } from "../client/api.ts";
import { connectClient } from "../client/api.ts";
import { deriveKeys } from "../client/passwordKeys.ts";
import { makeEntropy } from "../node/entropy.ts";
import { makeNetwork } from "../node/network.ts";
import type { Clock, Network, Timer } from "../ports.ts";
import { unescapeText } from "../wire/fields.ts";
import type { Tally, TalkMessage } from "./tally.ts";

export interface Machine {
  readonly hosts: readonly Host[];
  readonly clock: Clock;
  /** Bare TCP if it is left out. */
  readonly network?: Pick<Network, "connect">;
}

/** Good for accounts that live as long as a demo. */
const demoPassword = "correct horse battery";

export function connectHere({ hosts, clock, network = makeNetwork() }: Machine): ChatClient {
  return connectClient({ hosts, network, clock, entropy: makeEntropy(), deriveKeys });
}

/** Under a name that is new, or was used so before; throws an Error in words when refused. */
export async function enter(client: ChatClient, name: string): Promise<void> {
  await enterAsOneOf(client, [name], demoPassword);
}

/**
 * Under the first of the names that is new, or was used with this password before: that name.
 * Throws an Error in words when there is none.
 */
export async function enterAsOneOf(
  client: ChatClient,
  names: readonly string[],
  password: string,
): Promise<string> {
  let why = "";
  for (const name of names) {
    const registered = await client.register(name, password);
    const isKnown = !registered.ok && registered.code === "name-taken";
    const answer = isKnown ? await client.login(name, password) : registered;
    if (answer.ok) return name;
    why = `${name} could not log in: ${answer.message}`;
    // Only a name that is somebody else's is worth another try.
    if (!isKnown) break;
  }
  throw new Error(why);
}

export class Talker {
  readonly name: string;
  readonly client: ChatClient;
  readonly #clock: Clock;
  readonly #tally: Tally;
  readonly #numbers = new Map<string, number>();
  #outstanding = 0;
  #hasNoPause = false;
  #timer: Timer | null = null;

  constructor(name: string, machine: Machine, tally: Tally) {
    this.name = name;
    this.client = connectHere(machine);
    this.#clock = machine.clock;
    this.#tally = tally;
    this.client.onEvent((event) => {
      if (event.kind !== "message" || event.letter.own) return;
      const { from, body } = event.letter;
      tally.show(name, from, unescapeText(body) ?? body);
    });
  }

  enter(): Promise<void> {
    return enter(this.client, this.name);
  }

  say(to: string): void {
    const number = (this.#numbers.get(to) ?? 0) + 1;
    this.#numbers.set(to, number);
    const message: TalkMessage = { from: this.name, to, number };
    this.#outstanding += 1;
    this.#tally.handOver(message, this.#clock.nowMs());
    this.client.sendText(to, `${this.name} to ${to} ${number}`, (outcome) => {
      this.#outstanding -= 1;
      if (!outcome.ok) return this.#tally.refuse(message, outcome.message);
      this.#tally.confirm(message, this.#clock.nowMs());
      if (this.#hasNoPause) this.say(to);
    });
  }

  /** One message every few milliseconds, while not too many wait for their confirmation. */
  talkTo(to: string, gapMs = talkGapMs): void {
    this.#timer = this.#clock.after(gapMs, () => {
      if (this.#outstanding < outstandingRequestsMax) this.say(to);
      this.talkTo(to, gapMs);
    });
  }

  /** One message after the other, the next as soon as one is confirmed. */
  talkWithoutPause(to: string): void {
    this.#hasNoPause = true;
    this.say(to);
  }

  stopTalking(): void {
    this.#hasNoPause = false;
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Everything said is confirmed, everything shown is known on the servers as delivered. */
  isQuiet(): boolean {
    return this.#outstanding === 0 && this.client.view().acknowledged;
  }

  close(): void {
    this.stopTalking();
    this.client.close();
  }
}
