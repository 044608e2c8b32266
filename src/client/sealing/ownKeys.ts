// The user's own keys: made here when the account has none, unwrapped at every login with what the
// password stands for, and wrapped anew before the password changes. On the servers they lie
// wrapped alone. What is sealed with them is decided elsewhere.

import { keysTriesMax } from "../../base/trustLimits.ts";
import type { Entropy } from "../../ports.ts";
import type { MessageOf } from "../../wire/messages.ts";
import type { Answer, ChatClient } from "../api.ts";
import type { Why } from "../answers.ts";
import type { Outcome } from "../sessionTypes.ts";
import {
  type Identity,
  identityFrom,
  seedsBytes,
  unwrapSeeds,
  wrapNonceBytes,
  wrapSeeds,
} from "./identity.ts";

/**
 * out: nobody is logged in. waiting: for the servers. ready: kept there, and open here. locked:
 * they are there and cannot be opened. failed: they could not be put there, and can be tried again.
 */
export type OwnState = "out" | "waiting" | "ready" | "locked" | "failed";

export class OwnKeys {
  state: OwnState = "out";
  /** The present one first; empty as long as there is none. */
  all: readonly Identity[] = [];
  /** The present ones were made here since the login. */
  isNew = false;
  /** Why it has failed. */
  why: Why = notOpened;
  readonly #client: ChatClient;
  readonly #entropy: Entropy;
  readonly #changed: () => void;
  /** The servers are to keep what was made here, and have not answered. */
  #isPutting = false;
  /** Servers that keep none of what they say is there are not believed for ever. */
  #triesLeft = keysTriesMax;
  /** They have been asked for again. */
  #isAsking = false;
  /** Rises with each login that the user asks for. */
  #login = 0;

  constructor(parts: { readonly client: ChatClient; readonly changed: () => void }) {
    this.#client = parts.client;
    this.#entropy = parts.client.sealDoor.entropy;
    this.#changed = parts.changed;
  }

  /** Somebody has logged in; keys of an account that is not new are about to come. */
  enter(isNew: boolean): void {
    this.#login += 1;
    this.all = [];
    this.isNew = false;
    this.#triesLeft = keysTriesMax;
    this.#isPutting = false;
    this.#isAsking = false;
    this.#become("waiting");
    if (isNew) this.#put(this.#make());
  }

  /** What comes behind a login got lost with the connection, or was before this began. */
  askAgain(): void {
    const isUnderWay = this.#isPutting || this.#isAsking;
    // In an outage nobody can be asked; whoever is connected again asks then.
    if (this.state !== "waiting" || isUnderWay || this.#client.view().lostAtMs !== null) return;
    this.#isAsking = true;
    this.#client.sealDoor.renew();
  }

  /** What was asked on the connection is not answered any more. */
  lost(): void {
    this.#isAsking = false;
  }

  leave(): void {
    this.#login += 1;
    this.all = [];
    this.state = "out";
  }

  /** What the servers keep. */
  take(keys: MessageOf<"ownKeys">): void {
    this.#isAsking = false;
    const { publics } = keys;
    const [present] = this.all;
    const former = this.#formerOf(keys);
    if (publics.length === 0) {
      const isFormer = former.some((one) => present?.publics.equals(one.publics) === true);
      this.all = former;
      // On the branch of a fork that does not know them they are put again; new ones are made when
      // what a merge has left is none that the password opens.
      return this.#put(present === undefined || isFormer ? this.#make() : present);
    }
    const isSame = present?.publics.equals(publics) === true;
    const identity = isSame ? present : this.#unwrap(publics, keys.wraps.map(fromBase64));
    if (identity === null) {
      this.why = notOpened;
      return this.#become("locked");
    }
    this.all = [identity, ...former];
    this.#become("ready");
  }

  /** Of the other sides of forks; those that cannot be opened here are as good as lost. */
  #formerOf({ former, formerWraps }: MessageOf<"ownKeys">): readonly Identity[] {
    return former.flatMap((text, at): readonly Identity[] => {
      const publics = fromBase64(text);
      const known = this.all.find((one) => one.publics.equals(publics));
      const wraps = (formerWraps[at] ?? "").split(".").map(fromBase64);
      const identity = known ?? this.#unwrap(publics, wraps);
      return identity === null ? [] : [identity];
    });
  }

  /** Once more, if they could not be put on the servers before. */
  retry(): void {
    if (this.state !== "failed") return;
    this.#become("waiting");
    this.#put(this.all[0] ?? this.#make());
  }

  /** The keys are wrapped for the new password first, so that no moment is without them. */
  async changePassword(
    password: string,
    newPassword: string,
  ): Promise<Answer<"passwordChanged"> | (Why & { readonly ok: false })> {
    if (this.all.length === 0) return this.#client.changePassword(password, newPassword);
    const newKey = await this.#client.sealDoor.deriveNew(newPassword);
    for (const identity of this.all) {
      const outcome = await this.#keep(identity, newKey.parameters.salt);
      if (!outcome.ok) return outcome;
    }
    return this.#client.changePassword(password, newPassword, newKey);
  }

  #make(): Identity {
    this.isNew = true;
    return identityFrom(this.#entropy.bytes(seedsBytes));
  }

  #put(identity: Identity): void {
    const login = this.#login;
    // Whoever seals for them as soon as they are there is read at once.
    this.all = [identity, ...this.all.filter((one) => one !== identity)];
    this.#changed();
    const salt = this.#client.sealDoor.salt() ?? "";
    this.#isPutting = true;
    void this.#keep(identity, salt).then((outcome) => {
      if (login !== this.#login) return;
      this.#isPutting = false;
      if (outcome.ok) return this.#become("ready");
      // Another terminal was first: behind a login come the keys that it has put there.
      this.#triesLeft -= 1;
      if (outcome.code === "keys-exist" && this.#triesLeft > 0) {
        this.all = [];
        this.isNew = false;
        return this.askAgain();
      }
      this.why = outcome;
      this.#become("failed");
    });
  }

  async #keep(identity: Identity, salt: string): Promise<Outcome> {
    const door = this.#client.sealDoor;
    const privateKey = door.privateKeys().get(salt);
    if (privateKey === undefined) return { ok: false, request: 0, ...notOpened };
    const nonce = this.#entropy.bytes(wrapNonceBytes);
    const wrapped = wrapSeeds(identity, { privateKey, nonce });
    return door.put({ type: "keysPut", publics: identity.publics, salt, wrapped });
  }

  #unwrap(publics: Buffer, wraps: readonly Buffer[]): Identity | null {
    for (const privateKey of this.#client.sealDoor.privateKeys().values()) {
      for (const wrapped of wraps) {
        const identity = unwrapSeeds(wrapped, { publics, privateKey });
        if (identity !== null) return identity;
      }
    }
    return null;
  }

  #become(state: OwnState): void {
    this.state = state;
    this.#changed();
  }
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, "base64");
}

const notOpened: Why = {
  code: "keys-locked",
  message:
    "Your keys on the servers cannot be opened with your password: sealed messages stay closed " +
    "here, and nothing is sent, since it could not be sealed.",
};
