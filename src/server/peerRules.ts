// What all servers of one chat should have been started with alike: whoever leads goes by his own,
// so that the chat promises now this, now that, where they differ. That is said, and never refused:
// options change one server after the other.

import type { ServerId } from "../base/ids.ts";
import type { Log } from "../ports.ts";
import type { MessageOf } from "../wire/messages.ts";
import { differingRulesMax } from "../base/doubtLimits.ts";

export type PeerRules = Omit<MessageOf<"peerRules">, "type">;

interface Ends {
  readonly self: ServerId;
  readonly peer: ServerId;
}

/** How each of them is written where somebody starts a server. */
const written: { readonly [Name in keyof PeerRules]: (value: PeerRules[Name]) => string } = {
  majority: (is) => (is ? "with --majority" : "without --majority"),
  strict: (is) => (is ? "with --strict" : "without --strict"),
  minCopies: (copies) => `with --min-copies ${copies}`,
  keep: (count) => (count === 0 ? "without --keep" : `with --keep ${count}`),
};

/** A sentence for each that differs. */
export function differencesOf(
  { self, peer }: Ends,
  { own, theirs }: { readonly own: PeerRules; readonly theirs: PeerRules },
): readonly string[] {
  const differing = (name: keyof PeerRules): readonly string[] => {
    if (own[name] === theirs[name]) return [];
    const [here, there] = [own, theirs].map((rules) => written[name](rules[name] as never));
    const what = `Server ${peer} was started ${there}, this server ${self} ${here}`;
    const why = "what this chat promises depends on which of them leads";
    return [`${what}: ${why}. Start all servers with the same options.`];
  };
  return (Object.keys(written) as (keyof PeerRules)[]).flatMap(differing);
}

export class PeerRulesWatch {
  readonly #parts: { readonly self: ServerId; readonly log: Log; readonly rules: PeerRules };
  /** Per peer, since it last went by what this server goes by. */
  readonly #said = new Map<ServerId, Set<string>>();

  constructor(parts: { readonly self: ServerId; readonly log: Log; readonly rules: PeerRules }) {
    this.#parts = parts;
  }

  /** Says what differs once, however often the two of them connect. */
  note(peer: ServerId, theirs: PeerRules): void {
    const { self, log, rules } = this.#parts;
    const differences = differencesOf({ self, peer }, { own: rules, theirs });
    if (differences.length === 0) {
      this.#said.delete(peer);
      return;
    }
    const said = this.#said.get(peer) ?? new Set();
    this.#said.set(peer, said);
    for (const line of differences) {
      if (said.has(line) || said.size >= differingRulesMax) continue;
      said.add(line);
      log.write("warn", line, { peer });
    }
  }
}
