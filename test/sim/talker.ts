// Somebody of a random run who talks in groups and keeps drafts: an account at one terminal, which
// does one thing after another and is never killed, so that all it asked is answered in the end.
// What it was told goes into the book; at the end, a new terminal reads all there is.

import { makePrng, type Prng } from "../../src/base/prng.ts";
import type { ChatClient } from "../../src/client/api.ts";
import type { Outcome, RequestDraft } from "../../src/client/sessionTypes.ts";
import { unescapeText } from "../../src/wire/fields.ts";
import type { Message } from "../../src/wire/messages.ts";
import type { Cluster } from "../support/cluster.ts";
import type { ProcessClock } from "../support/simClock.ts";
import { isAtRest, type Seat, sitDown, think } from "./seat.ts";
import { type EndKeys, KeyPutter, plain, seal, type Sealed, textOf } from "./sealing.ts";
import type { Said, TalkBook } from "./talkBook.ts";

export interface TalkWorld {
  readonly cluster: Cluster;
  readonly book: TalkBook;
  readonly names: readonly string[];
  /** They have keys, and seal about half of what they write. */
  readonly seals: boolean;
  isOver(): boolean;
}

/** What a new terminal finds in the end. */
export interface TalkEnd {
  readonly name: string;
  /** Registered on both sides of a fork: one of the two accounts has another name by now. */
  readonly isMuddled: boolean;
  /** Of each letter that is a message. */
  readonly letters: readonly {
    readonly seq: number;
    readonly text: string;
    readonly group: string;
    readonly own: boolean;
    readonly mark: string;
  }[];
  readonly drafts: readonly { readonly draft: number; readonly text: string }[];
  readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
  /** Null where it was told of none. */
  readonly keys: EndKeys | null;
}

const groups = ["#red", "#blue", "#lobby"] as const;
const thinkMs = 700;

export class Talker {
  readonly name: string;
  readonly #world: TalkWorld;
  readonly #prng: Prng;
  readonly #seed: number;
  #client: ChatClient;
  #clock: ProcessClock;
  #terminals = 0;
  #texts = 0;
  #isBusy = false;
  #isIn = false;
  #mayBeRegistered = false;
  #isMuddled = false;
  readonly #putter: KeyPutter;
  #keys: EndKeys | null = null;
  /** Numbers of one's own drafts, as one was told, with their newest text and address. */
  readonly #drafts = new Map<number, { readonly text: string; readonly to: string }>();

  constructor(world: TalkWorld, name: string, seed: number) {
    this.name = name;
    this.#world = world;
    this.#seed = seed;
    this.#prng = makePrng(seed);
    this.#putter = new KeyPutter(name, this.#prng, world.book);
    ({ client: this.#client, clock: this.#clock } = this.#sitDown());
  }

  start(): void {
    void this.#live();
  }

  isIdle(): boolean {
    return !this.#isBusy && isAtRest(this.#client);
  }

  async #live(): Promise<void> {
    while (!this.#world.isOver()) {
      await think(this.#clock, this.#prng, thinkMs);
      if (this.#world.isOver()) return;
      this.#isBusy = true;
      if (this.#isIn && this.#client.view().name !== null) await this.#act();
      else this.#isIn = await this.#enter();
      this.#isBusy = false;
    }
  }

  async #enter(): Promise<boolean> {
    const password = `the password of ${this.name}`;
    const registered = await this.#client.register(this.name, password);
    const mayBeIn = registered.ok || !["name-taken", "already-logged-in"].includes(registered.code);
    if (registered.ok && this.#mayBeRegistered) this.#isMuddled = true;
    this.#mayBeRegistered ||= mayBeIn;
    if (registered.ok) return true;
    return (await this.#client.login(this.name, password)).ok;
  }

  async #act(): Promise<void> {
    if (this.#world.seals) await this.#putter.putSometimes(this.#client);
    const kind = this.#prng.below(100);
    if (kind < 35) return this.#talk();
    if (kind < 60) return this.#change();
    if (kind < 75) return this.#write();
    if (kind < 92) return this.#sendDraft();
    return this.#mark();
  }

  async #talk(): Promise<void> {
    const group = this.#prng.pick(groups);
    const text = this.#newText();
    const { sealedFor, ...sealed } = await this.#seal(group, text);
    const asked = { kind: "groupSend", by: this.name, group, text, sealedFor } as const;
    await this.#request(this.#world.book.ask(asked), { type: "send", to: group, ...sealed });
  }

  async #change(): Promise<void> {
    const group = this.#prng.pick(groups);
    const change = this.#prng.pick(["create", "add", "add", "add", "remove", "leave", "join"]);
    const member = this.#prng.pick(this.#world.names);
    const asked = { kind: "change", by: this.name, group, change, member } as const;
    const said = this.#world.book.ask(asked);
    await this.#request(said, { type: "groupChange", group, change, member });
  }

  async #write(): Promise<void> {
    const known = [...this.#drafts.keys()];
    const draft = known.length > 0 && this.#prng.chance(0.3) ? this.#prng.pick(known) : 0;
    const to = this.#prng.pick([...groups, ...this.#world.names, "nobody"]);
    const text = this.#newText();
    const { format, body } = await this.#seal(this.#client.view().name ?? this.name, text);
    const said = this.#world.book.ask({ kind: "draftPut", by: this.name, draft, to, text });
    const reply = await this.#request(said, { type: "draftPut", draft, to, format, body });
    if (reply?.type !== "drafted") return;
    said.draft = reply.draft;
    this.#drafts.set(reply.draft, { text, to });
  }

  async #sendDraft(): Promise<void> {
    const listed = await this.#client.query({ type: "drafts", after: 0 });
    const kept = listed.ok ? listed.replies.filter((part) => part.type === "draftItem") : [];
    if (kept.length === 0) return;
    const { draft, version, to, ...written } = this.#prng.pick(kept);
    const text = textOf(written.format, written.body);
    if (this.#prng.chance(0.15)) {
      const said = this.#world.book.ask({ kind: "draftRemove", by: this.name, draft, text });
      await this.#request(said, { type: "draftRemove", drafts: [draft] });
      return;
    }
    const group = to.startsWith("#") ? to : "";
    const { sealedFor, ...sealed } = await this.#seal(to, text);
    const asked = { kind: "draftSend", by: this.name, draft, to, text, group, sealedFor } as const;
    const said = this.#world.book.ask(asked);
    await this.#request(said, { type: "draftSend", draft, version, to, ...sealed });
  }

  async #seal(to: string, text: string): Promise<Sealed> {
    if (!this.#world.seals || this.#prng.chance(0.5)) return plain(text);
    return seal(this.#client, to, text);
  }

  async #mark(): Promise<void> {
    const ask = { type: "history", with: "", before: 0, count: 9 } as const;
    const page = await this.#client.query(ask);
    const seqs = page.ok
      ? page.replies.flatMap((one) => (one.type === "entry" ? [one.seq] : []))
      : [];
    if (seqs.length === 0) return;
    const mark = this.#prng.pick(["read", "read", "unread"]);
    const chosen = [this.#prng.pick(seqs)];
    const asked = { kind: "mark", by: this.name, change: mark, seqs: chosen } as const;
    await this.#request(this.#world.book.ask(asked), { type: "mark", mark, seqs: chosen });
  }

  #request(said: Said, draft: RequestDraft): Promise<Message | null> {
    return new Promise((resolve) => {
      this.#client.request(draft, (outcome: Outcome) => {
        if (!outcome.ok) {
          const isUnknown = outcome.code === "outcome-unknown" || outcome.code === "stopped";
          said.outcome = isUnknown ? "unknown" : "refused";
          said.code = outcome.code;
          return resolve(null);
        }
        const reply = outcome.replies[0] as Message & { readonly op?: number };
        said.outcome = "ok";
        said.op = reply.op ?? 0;
        resolve(reply);
      });
    });
  }

  /** At the end, at a new terminal with the password alone. */
  async audit(): Promise<TalkEnd> {
    ({ client: this.#client, clock: this.#clock } = this.#sitDown());
    while (!(await this.#enter())) await think(this.#clock, this.#prng, 300);
    return {
      name: this.name,
      isMuddled: this.#isMuddled,
      letters: await this.#allLetters(),
      drafts: await this.#allDrafts(),
      groups: await this.#allGroups(),
      keys: this.#keys,
    };
  }

  async #allLetters(): Promise<TalkEnd["letters"]> {
    const letters: TalkEnd["letters"][number][] = [];
    for (let before = 0; ;) {
      const ask = { type: "history", with: "", before, count: 100 } as const;
      const page = await this.#client.query(ask);
      if (!page.ok) throw new Error(`${this.name} cannot read: ${page.code}`);
      for (const part of page.replies) {
        if (part.type === "historyEnd") before = part.before;
        if (part.type !== "entry" || part.format === "e") continue;
        const { seq, group, own, mark, format } = part;
        const body = unescapeText(part.body) ?? part.body;
        letters.push({ seq, text: textOf(format, body), group, own, mark });
      }
      if (before === 0) return letters.reverse();
    }
  }

  async #allDrafts(): Promise<TalkEnd["drafts"]> {
    const drafts: TalkEnd["drafts"][number][] = [];
    for (;;) {
      const page = await this.#client.query({ type: "drafts", after: drafts.at(-1)?.draft ?? 0 });
      if (!page.ok) throw new Error(`${this.name} cannot list drafts: ${page.code}`);
      for (const part of page.replies) {
        if (part.type !== "draftItem") continue;
        drafts.push({ draft: part.draft, text: textOf(part.format, part.body) });
      }
      const end = page.replies.at(-1);
      if (end?.type !== "draftsEnd" || !end.more) return drafts;
    }
  }

  async #allGroups(): Promise<TalkEnd["groups"]> {
    const found: TalkEnd["groups"][number][] = [];
    for (const name of groups) {
      const members: string[] = [];
      let after = 0;
      do {
        const page = await this.#client.query({ type: "members", group: name, after });
        const reply = page.ok ? page.replies[0] : undefined;
        if (reply?.type !== "memberList") break;
        members.push(...reply.names);
        after = reply.next;
      } while (after !== 0);
      if (members.length > 0) found.push({ name, members });
    }
    return found;
  }

  #sitDown(): Seat {
    this.#terminals += 1;
    const place = `${this.name}/${this.#terminals}`;
    const seat = sitDown(this.#world.cluster, place, this.#seed * 1_000 + this.#terminals);
    seat.client.onEvent((event) => {
      if (event.kind !== "ownKeys") return;
      this.#keys = { ...event.keys, present: event.keys.publics.toString("base64") };
    });
    return seat;
  }

  #newText(): string {
    this.#texts += 1;
    return `${this.name} says ${this.#texts}`;
  }
}
