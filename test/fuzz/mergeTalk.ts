// Random talk for the fuzzer on merges: few people, terminals and groups, so that all of them meet;
// accounts that go and leave groups to one heir; and terminals that are known no more after a week
// and count their requests anew, so that several things are named alike.

import { asBallot, asOp, serverClientId } from "../../src/base/ids.ts";
import type { ClientId } from "../../src/base/ids.ts";
import { clientRecordKeptMs } from "../../src/base/limits.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { Account } from "../../src/chat/accounts.ts";
import type { ChatState } from "../../src/chat/state.ts";
import type { DecodedRecord } from "../../src/wire/batch.ts";
import type { Command } from "../../src/wire/messages.ts";
import type { Bare } from "../support/chatScript.ts";
import { clientNumber, keyOf, registration } from "../support/chatScript.ts";
import { proofBy, publicsOf } from "../support/keyScript.ts";

/** What every server of a branch does next: time that was served goes by, then a record comes. */
export interface Step {
  readonly servedMs: number;
  readonly record: DecodedRecord;
}

const names = ["alice", "bob", "carol", "dave"] as const;
const groups = ["#a", "#b", "#c", "#d", "#e", "#lobby"] as const;
const terminals = 4;

/** Makes the steps of one branch, one after the other, from what its state is. */
export class Talk {
  readonly #prng: Prng;
  readonly #requests: Map<ClientId, number>;
  /** What somebody has set out to do, one after the other. */
  readonly #plan: (readonly [ClientId, Bare])[] = [];
  #atUs: number;

  constructor(prng: Prng, like: Talk | null = null) {
    this.#prng = prng;
    this.#requests = new Map(like === null ? [] : like.#requests);
    this.#atUs = like === null ? 1_800_000_000_000_000 : like.#atUs;
  }

  /** A terminal uses each number once, whatever branch it speaks to; not all keep to it. */
  skipRequests(count: number): void {
    for (const [client, request] of this.#requests) {
      if (this.#prng.chance(0.6)) this.#requests.set(client, request + count);
    }
  }

  next(chat: ChatState): Step {
    const prng = this.#prng;
    const planned = this.#plan.shift();
    if (planned !== undefined) {
      const [client, bare] = planned;
      return this.step(chat, client, this.#numbered(client, bare));
    }
    if (prng.chance(0.02)) return this.#forgetting(chat);
    const client = clientNumber(1 + prng.below(terminals));
    const { account = null, owner = null } = chat.clients.get(client) ?? {};
    const name = owner === null ? prng.pick(names) : chat.accounts.get(owner)?.name;
    // A terminal of somebody who is gone: nobody else may use it for a week.
    if (name === undefined) return this.#forgetting(chat);
    if (account !== null && prng.chance(0.02)) this.#plan.push(...legacy(prng, client, account));
    const bare = account === null ? arrival(prng, chat, name) : request(prng, chat, account);
    return this.step(chat, client, this.#numbered(client, bare));
  }

  step(chat: ChatState, client: ClientId, command: Command, servedMs = 0): Step {
    this.#atUs += 1 + this.#prng.below(5_000_000);
    const op = asOp(chat.op + 1);
    return { servedMs, record: { ballot: asBallot(64), op, atUs: this.#atUs, client, command } };
  }

  #numbered(client: ClientId, bare: Bare): Command {
    const request = (this.#requests.get(client) ?? 0) + 1;
    this.#requests.set(client, request);
    const received = this.#prng.chance(0.3) ? request - 1 : 0;
    // The cast joins what is counted here to what was drawn.
    return { received, ...bare, request } as Command;
  }

  /** A week goes by; whoever has no session then is not known any more, and counts anew. */
  #forgetting(chat: ChatState): Step {
    const idle = [...chat.clients.all()].filter(({ account }) => account === null);
    const clients = idle.map(({ id }) => id);
    for (const id of clients) this.#requests.delete(id);
    const command: Command = { type: "expireClients", clients };
    return this.step(chat, serverClientId, command, clientRecordKeptMs);
  }
}

/** Somebody makes groups, takes one other into all of them, and goes. */
function legacy(
  prng: Prng,
  client: ClientId,
  { name }: Account,
): readonly (readonly [ClientId, Bare])[] {
  const member = prng.pick(names.filter((other) => other !== name));
  const some = groups.filter(() => prng.chance(0.6));
  const made = some.flatMap((group) =>
    ["create", "add"].map((change) => ({ type: "groupChange", group, change, member }) as const),
  );
  return [...made, { type: "delete", name } as const].map((bare) => [client, bare] as const);
}

function arrival(prng: Prng, chat: ChatState, name: string): Bare {
  const account = chat.accounts.named(name);
  if (account === undefined) return registration(name);
  const { storedKey } = account.verifier;
  return { type: "startSession", name, storedKey, tokenHash: keyOf(`t${prng.below(9)}`) };
}

function request(prng: Prng, chat: ChatState, account: Account): Bare {
  const kind = prng.below(100);
  const name = prng.pick(names);
  if (kind < 12) return { type: "send", to: name, format: "p", body: `${prng.below(1e6)}` };
  if (kind < 18) {
    return { type: "send", to: prng.pick(groups), format: "p", body: `${prng.below(1e6)}` };
  }
  if (kind < 54) return groupRequest(prng, chat, account);
  if (kind < 60) return { type: "acknowledge", through: prng.below(account.mailbox.last + 1) };
  if (kind < 78) return markRequest(prng, account);
  if (kind < 84) return draftRequest(prng, chat, account);
  if (kind < 86) return { type: "block", name, on: prng.chance(0.6) };
  if (kind < 88) return keysRequest(prng, account);
  if (kind < 89) return passwordRequest(prng, account);
  if (kind < 97 || chat.accounts.count < 3) return { type: "logout" };
  return { type: "delete", name: account.name };
}

/** Groups of his that nobody else is in, and more people in those that he is in. */
function groupRequest(prng: Prng, chat: ChatState, { groups: own }: Account): Bare {
  const known = [...(own ?? [])].map((id) => chat.groups.nameOf(id));
  const isNew = known.length === 0 || prng.chance(0.3);
  const free = groups.filter((name) => chat.groups.named(name.slice(1)) === undefined);
  const isAnyhow = prng.chance(0.1);
  const group = prng.pick(isAnyhow || free.length === 0 ? groups : isNew ? free : known);
  const change = isNew ? prng.pick(["create", "create", "create", "join"]) : changeOf(prng);
  const out = names.filter((name) => {
    const account = chat.accounts.named(name);
    return account !== undefined && account.groups?.has(groupId(chat, group)) !== true;
  });
  const member = prng.pick(out.length === 0 ? names : out);
  if (prng.chance(0.7)) return { type: "groupChange", group, change, member };
  const proof = proofBy(prng.pick(["one", "two"]));
  return { type: "groupSigned", group, change, member, proof };
}

function groupId(chat: ChatState, address: string): number {
  return chat.groups.named(address.slice(1))?.id ?? 0;
}

function changeOf(prng: Prng): string {
  if (prng.chance(0.85)) return "add";
  return prng.pick(["remove", "leave"]);
}

function markRequest(prng: Prng, { mailbox }: Account): Bare {
  const seqs: number[] = [];
  for (let seq = mailbox.previous(mailbox.last + 1); seq > 0; seq = mailbox.previous(seq)) {
    if (seqs.length < 6 && prng.chance(0.3)) seqs.push(seq);
  }
  return { type: "mark", mark: prng.pick(["read", "read", "unread", "removed"]), seqs };
}

function draftRequest(prng: Prng, { op }: ChatState, { drafts }: Account): Bare {
  const to = prng.chance(0.5) ? prng.pick(names) : prng.pick(groups);
  const draft = prng.pick([0, ...(drafts?.all() ?? [])]);
  if (typeof draft === "number") {
    return { type: "draftPut", draft, to, format: "p", body: `draft ${op}` };
  }
  const { number, version, body } = draft;
  if (prng.chance(0.2)) return { type: "draftRemove", drafts: [number] };
  if (prng.chance(0.3)) return { type: "draftPut", draft: number, to, format: "p", body: "anew" };
  return { type: "draftSend", draft: number, version, to: draft.to, format: "p", body };
}

function keysRequest(prng: Prng, { verifier }: Account): Bare {
  const wrapped = Buffer.from("wrapped");
  const publics = publicsOf(prng.pick(["one", "two"]));
  return { type: "keysPut", publics, salt: verifier.salt, wrapped };
}

function passwordRequest(prng: Prng, { verifier }: Account): Bare {
  const storedKey = keyOf(`key ${prng.below(3)}`);
  return { ...verifier, type: "changePassword", oldKey: verifier.storedKey, storedKey };
}
