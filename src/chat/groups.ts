// All groups by immutable id and by name. A group's members are a set of statements: each joining
// is known by the request that said so, and a removal takes away those that it saw, so that both
// sides of a fork unite. Who has been in longest owns the group: nobody has to say so. #lobby is
// open to all and nobody's.

import { assert } from "../base/assert.ts";
import type { AccountId } from "../base/ids.ts";
import { serverClientId } from "../base/ids.ts";
import { detached, foldName } from "../base/text.ts";
import type { Origin } from "./origin.ts";
import { isSame, originWord } from "./origin.ts";
import type { Signers } from "./signers.ts";
import { WordIndex } from "./wordIndex.ts";

/** The request that joined somebody. */
export interface Joining extends Origin {
  /** Of who made it, in base64; of many it is not known. */
  readonly proof?: string;
}

export interface Member {
  /** One as a rule; with the last of them his membership ends. */
  joinings: readonly Joining[];
}

/** Somebody who is not in any more, and whose keys vouch for somebody who is. */
export interface Voucher {
  /** In base64, as the proof, which may be empty. */
  readonly publics: string;
  readonly joining: Origin;
  readonly proof: string;
}

export interface GroupFields {
  readonly id: number;
  /** Without its #. */
  readonly name: string;
  readonly origin: Origin;
}

export interface Group extends GroupFields {
  /** In the order of joining. */
  readonly members: Map<AccountId, Member>;
  /** In the order of leaving. */
  vouchers: readonly Voucher[];
  /** Of those and of the members, as far as they were asked for; null before the first leaves. */
  signers: Signers | null;
  /** As it was last worked out (epochs.ts); null when that holds no more. */
  epoch: number | null;
  /** Letters may name it. */
  hasLetters: boolean;
}

/** A group as a branch of the history names it that may not be ours. */
export interface GroupRef {
  readonly id: number;
  readonly origin: Origin;
}

const lobbyName = "lobby";
/** It is there from the first day, under the same id and origin on every branch. */
export const lobbyId = 1;
const lobbyOrigin: Origin = { client: serverClientId, request: 1 };

export class Groups {
  /** Of the newest group ever made. Ids are never used twice. */
  lastId = lobbyId;
  readonly #byId = new Map<number, Group>();
  readonly #byName = new Map<string, Group>();
  readonly #graves = new Map<number, GroupFields>();
  readonly #byOrigin = new WordIndex();

  constructor() {
    this.put({ id: lobbyId, name: lobbyName, origin: lobbyOrigin });
  }

  /** Live ones alone: one member could use up all others' with groups that are gone. */
  get count(): number {
    return this.#byId.size;
  }

  create(name: string, origin: Origin): Group {
    this.lastId += 1;
    return this.put({ id: this.lastId, name, origin });
  }

  /** Under an id that a snapshot names. */
  put({ id, name, origin }: GroupFields): Group {
    const folded = foldName(name);
    assert(!this.#byName.has(folded), "a name belongs to one group");
    const group: Group = {
      id,
      name: detached(name),
      origin,
      members: new Map(),
      vouchers: [],
      signers: null,
      epoch: null,
      hasLetters: false,
    };
    this.#byId.set(id, group);
    this.#byName.set(folded, group);
    this.#byOrigin.add(originWord(origin), id);
    return group;
  }

  /** Frees the name; letters still name the group. */
  bury({ id, name, origin, hasLetters }: Group): void {
    this.#byId.delete(id);
    this.#byName.delete(foldName(name));
    if (hasLetters) this.putGrave({ id, name, origin });
    else this.#byOrigin.remove(originWord(origin), id);
  }

  putGrave({ id, name, origin }: GroupFields): void {
    this.#graves.set(id, { id, name: detached(name), origin });
    this.#byOrigin.add(originWord(origin), id);
  }

  /** For letters of a group that was gone here before they came. */
  buryUnseen(name: string, origin: Origin): number {
    this.lastId += 1;
    this.putGrave({ id: this.lastId, name, origin });
    return this.lastId;
  }

  get(id: number): Group | undefined {
    return this.#byId.get(id);
  }

  named(name: string): Group | undefined {
    return this.#byName.get(foldName(name));
  }

  isKnown(id: number): boolean {
    return this.#byId.has(id) || this.#graves.has(id);
  }

  /** As people are shown it: `#team`, or `#team (gone)`. */
  nameOf(id: number): string {
    const group = this.#byId.get(id);
    if (group !== undefined) return `#${group.name}`;
    return `#${this.#graves.get(id)?.name ?? ""} (gone)`;
  }

  /** The request that made it, live or gone; null when it is not known. */
  originOf(id: number): Origin | null {
    return (this.#byId.get(id) ?? this.#graves.get(id))?.origin ?? null;
  }

  /**
   * Which one this is here, live or gone; null when it is not known. Of several with this origin
   * the one with this id, or else the newest.
   */
  find({ id, origin }: GroupRef): number | null {
    const known = this.originOf(id);
    if (known !== null && isSame(known, origin)) return id;
    const newest = this.#byOrigin.highest(originWord(origin));
    return newest === 0 ? null : newest;
  }

  /** By id. */
  live(): Iterable<Group> {
    return this.#byId.values();
  }

  buried(): Iterable<GroupFields> {
    return this.#graves.values();
  }
}

export function isLobby({ id }: GroupFields): boolean {
  return id === lobbyId;
}

/** Null for the lobby, and for a group without members. */
export function ownerOf(group: Group): AccountId | null {
  if (isLobby(group)) return null;
  for (const id of group.members.keys()) return id;
  return null;
}
