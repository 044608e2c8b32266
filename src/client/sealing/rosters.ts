// Who is in a group, and with which keys: as the servers tell its members, judged name by name by
// the pins. Whom it is not sealed for is said. What was judged is remembered until servers refuse
// what was sealed with it. It seals nothing.

import { rosterTriesMax } from "../../base/trustLimits.ts";
import { foldName } from "../../base/text.ts";
import type { ChatClient } from "../api.ts";
import { replyOf, type Why } from "../answers.ts";
import { type Identity, type Publics, readPublics } from "./identity.ts";
import type { Pins, Verdict } from "./pins.ts";
import { cannotReadIn, notSealedFor, type Said } from "./warnings.ts";

export interface Roster {
  /** As it is written, with its #. */
  readonly group: string;
  /** Equal for the same members with the same keys alone. */
  readonly epoch: number;
  /** The request that made the group. */
  readonly origin: string;
  /** For whom it is sealed, oneself included. */
  readonly readers: readonly Publics[];
}

export interface RosterRow {
  readonly name: string;
  /** Base64, "-" for none. */
  readonly publics: string;
  readonly change: string;
  /** Base64, "-" for none. */
  readonly proof: string;
}

export interface FullRoster {
  readonly group: string;
  readonly epoch: number;
  readonly origin: string;
  readonly rows: readonly RosterRow[];
}

export interface RostersParts {
  readonly client: ChatClient;
  readonly own: () => Identity | null;
  readonly pins: Pins;
  readonly told: (name: string, verdict: Verdict) => void;
  readonly tell: (said: Said) => void;
  readonly madeBy: (group: string, origin: string) => void;
}

export class Rosters {
  readonly #parts: RostersParts;
  readonly #known = new Map<string, Roster>();
  /** What has been said of whom, so that it is said once. */
  readonly #said = new Set<string>();

  constructor(parts: RostersParts) {
    this.#parts = parts;
  }

  known(group: string): Roster | null {
    return this.#known.get(group.toLowerCase()) ?? null;
  }

  forget(group: string): void {
    this.#known.delete(group.toLowerCase());
  }

  async ask(group: string): Promise<Roster | Why> {
    const full = await readRoster(this.#parts.client, group);
    if ("code" in full) return full;
    const own = this.#parts.own();
    if (own === null) return noSense(group);
    const others = full.rows.flatMap((row) => this.#judge(full.group, own, row));
    const { epoch, origin } = full;
    const roster = { group: full.group, epoch, origin, readers: [...others, own] };
    this.#known.set(group.toLowerCase(), roster);
    this.#parts.madeBy(full.group, origin);
    return roster;
  }

  /** The member's keys, if it is to be sealed for him. */
  #judge(group: string, own: Identity, { name, publics: text }: RosterRow): readonly Publics[] {
    const { client, pins, told } = this.#parts;
    if (name === "-" || foldName(name) === foldName(client.view().name ?? "")) return [];
    if (text === "-") {
      this.#say(cannotReadIn(group, name));
      return [];
    }
    const publics = readPublics(Buffer.from(text, "base64"));
    const verdict = publics === null ? null : pins.see(name, publics.signing, "keys");
    if (verdict !== null) told(name, verdict);
    const isHis = verdict !== null && verdict.kind !== "held" && verdict.kind !== "another's";
    if (publics !== null && isHis && !publics.id.equals(own.id)) return [publics];
    this.#say(notSealedFor(group, name));
    return [];
  }

  #say(said: Said): void {
    if (this.#said.has(said.message)) return;
    this.#said.add(said.message);
    this.#parts.tell(said);
  }
}

/** All pages of one epoch; begun again when somebody comes or goes meanwhile. */
async function readRoster(client: ChatClient, group: string): Promise<FullRoster | Why> {
  for (let attempt = 0; attempt < rosterTriesMax; attempt += 1) {
    const rows: RosterRow[] = [];
    let epoch: number | null = null;
    for (let after = 0; ;) {
      const outcome = await client.sealDoor.ask({ type: "roster", group, after });
      if (!outcome.ok) return outcome;
      const page = replyOf(outcome, "rosterPage");
      if (page === null) return noSense(group);
      if (epoch !== null && page.epoch !== epoch) break;
      epoch = page.epoch;
      for (const [at, name] of page.names.entries()) {
        const { publics, changes, proofs } = page;
        const change = changes[at] ?? "-";
        rows.push({ name, publics: publics[at] ?? "-", change, proof: proofs[at] ?? "-" });
      }
      if (page.next <= after) {
        return page.next === 0
          ? { group: page.group, epoch, origin: page.creator, rows }
          : noSense(group);
      }
      after = page.next;
    }
  }
  const message = `Who is in ${group} keeps changing. Try again in a moment.`;
  return { code: "stale-keys", message };
}

function noSense(group: string): Why {
  const message = `The servers' answer for who is in ${group} makes no sense: nothing is sent.`;
  return { code: "bad-keys", message };
}
