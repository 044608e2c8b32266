// Who is in a group, and with which keys: as the servers tell its members, judged name by name by
// the pins. Whom it is not sealed for is said. What was judged is remembered until servers refuse
// what was sealed with it. It seals nothing.

import { rosterRowsMax, rosterTriesMax } from "../../base/trustLimits.ts";
import { foldName } from "../../base/text.ts";
import type { ChatClient } from "../api.ts";
import { replyOf, type Why } from "../answers.ts";
import { type Identity, type Publics, readPublics } from "./identity.ts";
import { type Joined, vouchedFor } from "./membership.ts";
import type { Pins, Verdict } from "./pins.ts";
import { cannotReadIn, nobodySigned, nobodyVouches, notSealedFor, type Said } from "./warnings.ts";

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
  /** Whether the group of that name is the one that was made by this request. */
  readonly isOrigin: (group: string, origin: string) => boolean;
}

export class Rosters {
  readonly #parts: RostersParts;
  readonly #known = new Map<string, Roster>();
  /** By the request that made the group, the key of who made it, as it was first seen. */
  readonly #creators = new Map<string, Buffer>();
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

  /** Whose key has been accepted or forgotten may be a member of any; servers cannot know of it. */
  forgetAll(): void {
    this.#known.clear();
  }

  async ask(group: string): Promise<Roster | Why> {
    const full = await readRoster(this.#parts.client.sealDoor.ask, group);
    if ("code" in full) return full;
    if (!this.#parts.isOrigin(group, full.origin)) return otherGroupThere(group);
    const own = this.#parts.own();
    if (own === null) return noSense(group);
    const vouched = this.#vouchedFor(full, own);
    const others = full.rows.flatMap((row) => this.#judge(full.group, own, row, vouched));
    const { epoch, origin } = full;
    const roster = { group: full.group, epoch, origin, readers: [...others, own] };
    this.#known.set(group.toLowerCase(), roster);
    return roster;
  }

  /** Which request made it, for whoever is in it. */
  async originOf(group: string): Promise<string | Why> {
    const known = this.known(group);
    if (known !== null) return known.origin;
    const full = await readRoster(this.#parts.client.query, group);
    if ("code" in full) return full;
    return this.#parts.isOrigin(group, full.origin) ? full.origin : otherGroupThere(group);
  }

  /** The rows that are vouched for; null where nothing is signed, which is said. */
  #vouchedFor(full: FullRoster, own: Identity): ReadonlySet<RosterRow> | null {
    const { group, origin, rows } = full;
    const byJoined = new Map(rows.map((row) => [this.#joined(row, own), row]));
    const joined = [...byJoined.keys()];
    const creator = this.#creators.get(origin) ?? null;
    const vouched = vouchedFor(origin, joined, creator);
    if (vouched === null && creator === null) {
      this.#say(nobodySigned(group));
      return null;
    }
    const root = joined.find((one) => one.by === origin)?.signing ?? null;
    if (root !== null && creator === null) this.#creators.set(origin, root);
    return new Set([...(vouched ?? [])].flatMap((one) => byJoined.get(one) ?? []));
  }

  #joined({ name, publics, change, proof }: RosterRow, own: Identity): Joined {
    const isOwn = foldName(name) === foldName(this.#parts.client.view().name ?? "");
    const signing = publics === "-" ? null : Buffer.from(publics, "base64").subarray(0, 32);
    const bytes = proof === "-" ? Buffer.alloc(0) : Buffer.from(proof, "base64");
    return { signing: isOwn ? own.signing : signing, by: change, proof: bytes };
  }

  /** The member's keys, if it is to be sealed for him. */
  #judge(
    group: string,
    own: Identity,
    row: RosterRow,
    vouched: ReadonlySet<RosterRow> | null,
  ): readonly Publics[] {
    const { client, pins, told } = this.#parts;
    const { name, publics: text } = row;
    if (name === "-" || foldName(name) === foldName(client.view().name ?? "")) return [];
    if (text === "-") {
      this.#say(cannotReadIn(group, name));
      return [];
    }
    if (vouched !== null && !vouched.has(row)) {
      this.#say(nobodyVouches(group, name));
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
async function readRoster(ask: ChatClient["query"], group: string): Promise<FullRoster | Why> {
  for (let attempt = 0; attempt < rosterTriesMax; attempt += 1) {
    const rows: RosterRow[] = [];
    let epoch: number | null = null;
    for (let after = 0; ;) {
      const outcome = await ask({ type: "roster", group, after });
      if (!outcome.ok) return outcome;
      const page = replyOf(outcome, "rosterPage");
      if (page === null || page.group.toLowerCase() !== group.toLowerCase()) return noSense(group);
      if (epoch !== null && page.epoch !== epoch) break;
      epoch = page.epoch;
      for (const [at, name] of page.names.entries()) {
        const { publics, changes, proofs } = page;
        const change = changes[at] ?? "-";
        rows.push({ name, publics: publics[at] ?? "-", change, proof: proofs[at] ?? "-" });
      }
      if (rows.length > rosterRowsMax) return noSense(group);
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

function otherGroupThere(group: string): Why {
  const message =
    `The servers say that ${group} is another group than it was since you logged in: nothing is ` +
    "sent. Ask the others; if it was made anew, log out and in again.";
  return { code: "other-group", message };
}

function noSense(group: string): Why {
  const message = `The servers' answer for who is in ${group} makes no sense: nothing is sent.`;
  return { code: "bad-keys", message };
}
