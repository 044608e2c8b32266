// Somebody of a random run who does whatever a client may ask, in any order: deletes the account
// and takes the name anew, blocks, owns groups and leaves them, vouches with any proof, changes the
// password, logs in as one of the others. Nothing it was told is held against the servers: that
// they all end with the same state, and can read it, is (support/cluster.ts).

import { makePrng, type Prng } from "../../src/base/prng.ts";
import type { ChatClient } from "../../src/client/api.ts";
import type { RequestDraft } from "../../src/client/sessionTypes.ts";
import type { MessageOf } from "../../src/wire/messages.ts";
import type { Cluster } from "../support/cluster.ts";
import { proofBy, publicsOf, sealedFor } from "../support/keyScript.ts";
import type { ProcessClock } from "../support/simClock.ts";
import { isAtRest, type Seat, sitDown, think } from "./seat.ts";
import { pickWeighted } from "./weights.ts";

export interface RoverWorld {
  readonly cluster: Cluster;
  /** Of all rovers: each account is anybody's of them. */
  readonly names: readonly string[];
  isOver(): boolean;
}

type Whim =
  | "send"
  | "sealed"
  | "group"
  | "signed"
  | "mark"
  | "block"
  | "draft"
  | "sendDraft"
  | "keys"
  | "password"
  | "delete"
  | "logout"
  | "leave";

const whims: ReadonlyMap<Whim, number> = new Map([
  ["send", 30],
  ["sealed", 6],
  ["group", 20],
  ["signed", 6],
  ["mark", 10],
  ["block", 8],
  ["draft", 8],
  ["sendDraft", 6],
  ["keys", 3],
  ["password", 2],
  ["delete", 2],
  ["logout", 3],
  ["leave", 3],
]);
const groups = ["#wild", "#waste"] as const;
const changes = ["create", "create", "add", "add", "add", "remove", "leave", "join"] as const;
const keyWords = ["one", "two"] as const;
const thinkMs = 300;

export class Rover {
  readonly #world: RoverWorld;
  readonly #place: string;
  readonly #seed: number;
  readonly #prng: Prng;
  #client: ChatClient;
  #clock: ProcessClock;
  #terminals = 0;
  #isBusy = false;
  /** As whom it is logged in, by what it was told. */
  #isIn = false;

  constructor(world: RoverWorld, place: string, seed: number) {
    this.#world = world;
    this.#place = place;
    this.#seed = seed;
    this.#prng = makePrng(seed);
    ({ client: this.#client, clock: this.#clock } = this.#sitDown());
  }

  start(): void {
    void this.#live();
  }

  isIdle(): boolean {
    return !this.#isBusy && isAtRest(this.#client);
  }

  async #live(): Promise<void> {
    for (;;) {
      await think(this.#clock, this.#prng, thinkMs);
      if (this.#world.isOver()) return;
      this.#isBusy = true;
      if (this.#isIn && this.#client.view().name !== null) {
        await this.#follow(pickWeighted(whims, this.#prng));
      } else {
        this.#isIn = await this.#enter();
      }
      this.#isBusy = false;
    }
  }

  /** As any of them, whether there is such an account or not. */
  async #enter(): Promise<boolean> {
    const name = this.#anybody();
    const password = this.#password();
    if (this.#prng.chance(0.5)) return (await this.#client.register(name, password)).ok;
    return (await this.#client.login(name, password)).ok;
  }

  async #follow(whim: Whim): Promise<void> {
    const prng = this.#prng;
    switch (whim) {
      case "send":
        return this.#ask({ type: "send", to: this.#anywhere(), format: "p", body: "hello" });
      case "sealed":
        return this.#ask({
          type: "send",
          to: this.#anybody(),
          format: "s",
          body: sealedFor(prng.pick(keyWords)),
        });
      case "group":
        return this.#ask({ type: "groupChange", ...this.#change() });
      case "signed":
        return this.#ask({
          type: "groupSigned",
          ...this.#change(),
          proof: proofBy(prng.pick(keyWords)).subarray(0, prng.chance(0.1) ? prng.below(40) : 99),
        });
      case "mark":
        return this.#mark();
      case "block":
        return this.#ask({ type: "block", name: this.#anybody(), on: prng.chance(0.6) });
      case "draft":
        return this.#ask({
          type: "draftPut",
          draft: prng.chance(0.7) ? 0 : prng.below(9),
          to: this.#anywhere(),
          format: "p",
          body: "perhaps",
        });
      case "sendDraft":
        return this.#sendDraft();
      case "keys":
        return this.#putKeys();
      case "password":
        return void (await this.#client.changePassword(this.#password(), this.#password()));
      case "delete":
        return this.#ask({ type: "delete", name: this.#client.view().name ?? "" });
      case "logout":
        await this.#client.logout();
        this.#isIn = false;
        return;
      case "leave":
        this.#client.close();
        this.#isIn = false;
        ({ client: this.#client, clock: this.#clock } = this.#sitDown());
    }
  }

  async #mark(): Promise<void> {
    const ask = { type: "list", after: 0, count: 40, unopened: false } as const;
    const page = await this.#client.query(ask);
    const seqs = page.ok
      ? page.replies.flatMap((one) => (one.type === "item" ? [one.seq] : []))
      : [];
    if (seqs.length === 0) return;
    const mark = this.#prng.pick(["read", "unread", "removed", "removed"]);
    const chosen = new Set([this.#prng.pick(seqs), this.#prng.pick(seqs)]);
    return this.#ask({ type: "mark", mark, seqs: [...chosen] });
  }

  async #sendDraft(): Promise<void> {
    const listed = await this.#client.query({ type: "drafts", after: 0 });
    const kept = listed.ok ? listed.replies.filter((part) => part.type === "draftItem") : [];
    if (kept.length === 0) return;
    const { draft, version } = this.#prng.pick(kept);
    const to = this.#anywhere();
    return this.#ask({ type: "draftSend", draft, version, to, format: "p", body: "perhaps" });
  }

  async #putKeys(): Promise<void> {
    const salt = this.#client.sealDoor.salt() ?? "00";
    const publics = publicsOf(this.#prng.pick(keyWords));
    return this.#ask({ type: "keysPut", publics, salt, wrapped: Buffer.alloc(200, 1) });
  }

  #ask(draft: RequestDraft): Promise<void> {
    return new Promise((resolve) => this.#client.request(draft, () => resolve()));
  }

  #change(): Pick<MessageOf<"groupChange">, "group" | "change" | "member"> {
    const [group, change] = [this.#prng.pick(groups), this.#prng.pick(changes)];
    return { group, change, member: this.#anybody() };
  }

  #anybody(): string {
    return this.#prng.pick(this.#world.names);
  }

  #anywhere(): string {
    return this.#prng.chance(0.4) ? this.#prng.pick(groups) : this.#anybody();
  }

  /** One of the two that anybody ever has: who guesses wrong is to come again. */
  #password(): string {
    return this.#prng.chance(0.8) ? "the usual password" : "the other password";
  }

  #sitDown(): Seat {
    this.#terminals += 1;
    const place = `${this.#place}/${this.#terminals}`;
    return sitDown(this.#world.cluster, place, this.#seed * 1_000 + this.#terminals);
  }
}
