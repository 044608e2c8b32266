// Keys for sealed messages over a split, in a whole cluster: those that were put on the losing side
// are there after the merge, wraps unite, and what was sealed on either side is read at the end.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { connectClient, type ChatClient } from "../../src/client/api.ts";
import type { Outcome, RequestDraft } from "../../src/client/sessionTypes.ts";
import type { Message, MessageOf } from "../../src/wire/messages.ts";
import type { Cluster } from "../support/cluster.ts";
import { publicsOf, sealedFor } from "../support/keyScript.ts";
import { quickKeys } from "../support/quickKeys.ts";
import { given } from "../support/scenes.ts";
import { hostOf, simHosts } from "../support/simHosts.ts";
import { makeSimEntropy } from "../support/simProcess.ts";

const password = "correct horse";

/** A terminal that puts keys and seals by hand. */
class Desk {
  readonly client: ChatClient;
  readonly #cluster: Cluster;
  #keys: MessageOf<"ownKeys"> | null = null;

  constructor(cluster: Cluster, name: string, seed: number) {
    const clock = cluster.clock.forProcess();
    this.#cluster = cluster;
    this.client = connectClient({
      hosts: simHosts(cluster.servers.length),
      network: cluster.network.forProcess(hostOf(name), clock),
      clock,
      entropy: makeSimEntropy(seed),
      deriveKeys: quickKeys,
    });
    this.client.onEvent((event) => {
      if (event.kind === "ownKeys") this.#keys = event.keys;
    });
  }

  async #answered<T>(asked: Promise<T>, what: string): Promise<T> {
    let isOver = false;
    void asked.then(() => (isOver = true));
    await this.#cluster.until(() => isOver, what);
    return asked;
  }

  async enter(user: string): Promise<void> {
    const answer = await this.#answered(this.client.login(user, password), "the login");
    equal(answer.ok, true);
  }

  async register(user: string): Promise<void> {
    const answer = await this.#answered(this.client.register(user, password), "the registration");
    equal(answer.ok, true);
  }

  /** The reply's type, or the refusal's code. */
  async request(draft: RequestDraft): Promise<string> {
    const asked = new Promise<Outcome>((resolve) => this.client.request(draft, resolve));
    const outcome = await this.#answered(asked, `an answer to ${draft.type}`);
    return outcome.ok ? (outcome.replies[0]?.type ?? "") : outcome.code;
  }

  put(word: string, wrap: string, salt = this.client.sealDoor.salt() ?? ""): Promise<string> {
    const wrapped = Buffer.from(wrap);
    return this.request({ type: "keysPut", publics: publicsOf(word), salt, wrapped });
  }

  sealTo(to: string, body: string): Promise<string> {
    return this.request({ type: "send", to, format: "s", body });
  }

  async keys(): Promise<{ publics: Buffer; wraps: string[]; former: string[] }> {
    await this.#cluster.until(() => this.#keys !== null, "the account's own keys");
    const { publics = Buffer.alloc(0), wraps = [], former = [] } = this.#keys ?? {};
    return {
      publics,
      wraps: wraps.map((wrap) => Buffer.from(wrap, "base64").toString()),
      former: [...former],
    };
  }

  async bodies(): Promise<string[]> {
    const ask = { type: "history", with: "", before: 0, count: 99 } as const;
    const outcome = await this.#answered(this.client.query(ask), "the history");
    const replies: readonly Message[] = outcome.ok ? outcome.replies : [];
    return replies.flatMap((part) => (part.type === "entry" ? [part.body] : [])).reverse();
  }
}

test("keys put on the losing side are there after the merge, and so is what was sealed", async () => {
  const { cluster } = await given({ seed: 341 });
  const [desk, friend] = [new Desk(cluster, "desk", 1), new Desk(cluster, "friend", 2)];
  await desk.register("dora");
  await friend.register("ella");
  cluster.split({ left: [0, "desk", "friend"], right: [1, 2, "alice", "bob"] });
  await cluster.serving([1, 2]);
  await cluster.serving([0]);
  equal(await desk.put("dora's", "made apart"), "keysKept");
  equal(await friend.sealTo("dora", sealedFor("dora's", "YXBhcnQ")), "sent");
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.until(() => [0, 1, 2].every((id) => cluster.inspect(id).isMerged), "the merge");
  const anew = new Desk(cluster, "anew", 3);
  await anew.enter("dora");
  const { publics, wraps, former } = await anew.keys();
  deepEqual([publics, wraps, former], [publicsOf("dora's"), ["made apart"], []]);
  deepEqual(await anew.bodies(), [sealedFor("dora's", "YXBhcnQ")]);
  for (const one of [desk, friend, anew]) one.client.close();
});

test("wraps of both sides unite, and keys made on both sides are all there to open what is", async () => {
  const { cluster } = await given({ seed: 342 });
  await cluster.user("dora");
  const first = new Desk(cluster, "first", 1);
  await first.enter("dora");
  equal(await first.put("dora's", "before"), "keysKept");
  cluster.split({
    left: [0, "desk", "left"],
    right: [1, 2, "first", "right", "dora", "alice", "bob"],
  });
  await cluster.serving([1, 2]);
  await cluster.serving([0]);
  const desk = new Desk(cluster, "desk", 2);
  await desk.enter("dora");
  equal(await desk.put("dora's", "left", "aa".repeat(16)), "keysKept");
  equal(await first.put("dora's", "right", "bb".repeat(16)), "keysKept");
  const [left, right] = [new Desk(cluster, "left", 3), new Desk(cluster, "right", 4)];
  await left.enter("alice");
  await right.enter("alice");
  equal(await left.put("alice's on the left", "left"), "keysKept");
  equal(await right.put("alice's on the right", "right"), "keysKept");
  cluster.heal();
  await cluster.serving([0, 1, 2]);
  await cluster.until(() => [0, 1, 2].every((id) => cluster.inspect(id).isMerged), "the merge");
  const [dora, alice] = [new Desk(cluster, "newDora", 5), new Desk(cluster, "newAlice", 6)];
  await dora.enter("dora");
  await alice.enter("alice");
  deepEqual((await dora.keys()).wraps, ["before", "right", "left"]);
  const { publics, former } = await alice.keys();
  deepEqual(publics, publicsOf("alice's on the right"), "the winner's stand");
  deepEqual(former, [publicsOf("alice's on the left").toString("base64")]);
  await cluster.until(() => left.client.view().lostAtMs === null, "the left terminal to be back");
  deepEqual((await left.keys()).publics, publicsOf("alice's on the right"), "it has been told");
  for (const one of [first, desk, left, right, dora, alice]) one.client.close();
});
