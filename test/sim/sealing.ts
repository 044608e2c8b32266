// What a talker of a run seals, where its seed has sealing: to the servers all of it is bytes, so
// keys and what is sealed are made up, and texts can be read back from their bodies by anybody.
// Tags are asked of the servers, as the product's client does.

import type { Prng } from "../../src/base/prng.ts";
import type { ChatClient } from "../../src/client/api.ts";
import type { Outcome } from "../../src/client/sessionTypes.ts";
import { keyIdOf } from "../../src/wire/keyId.ts";
import { publicsOf } from "../support/keyScript.ts";
import type { Said, TalkBook } from "./talkBook.ts";

export interface Sealed {
  readonly format: "p" | "s";
  readonly body: string;
  /** Of a group: whom it was sealed for, by name. */
  readonly sealedFor: string;
}

/** A new terminal is told of its account's. */
export interface EndKeys {
  readonly present: string;
  readonly wraps: readonly string[];
  readonly former: readonly string[];
  /** Of each of those, all in one. */
  readonly formerWraps: readonly string[];
}

export function plain(text: string): Sealed {
  return { format: "p", body: text, sealedFor: "" };
}

/** What stands in a body of either format. */
export function textOf(format: string, body: string): string {
  if (format !== "s") return body;
  return Buffer.from(body.slice(body.indexOf(".") + 1), "base64url").toString();
}

function under(tag: string, text: string): Pick<Sealed, "format" | "body"> {
  return { format: "s", body: `${tag}.${Buffer.from(text).toString("base64url")}` };
}

/** Null where he has no keys, or nothing can be known of them now. */
async function tagOf(client: ChatClient, name: string): Promise<string | null> {
  const asked = await client.query({ type: "keys", name });
  const reply = asked.ok ? asked.replies[0] : undefined;
  if (reply?.type !== "keysAre" || reply.publics.length === 0) return null;
  return keyIdOf(reply.publics);
}

/** For a person, a group, or (kept as a draft) oneself; plain where nothing can be sealed. */
export async function seal(client: ChatClient, to: string, text: string): Promise<Sealed> {
  if (to === "#lobby") return plain(text);
  if (to.startsWith("#")) return sealForGroup(client, to, text);
  const tag = await tagOf(client, to);
  return tag === null ? plain(text) : { ...under(tag, text), sealedFor: "" };
}

async function sealForGroup(client: ChatClient, group: string, text: string): Promise<Sealed> {
  const asked = await client.query({ type: "roster", group, after: 0 });
  const reply = asked.ok ? asked.replies[0] : undefined;
  if (reply?.type !== "rosterPage") return plain(text);
  const names = reply.names.filter((name) => name !== "-").sort();
  return { ...under(String(reply.epoch), text), sealedFor: names.join(" ") };
}

/** Puts one and the same keys, under the password's salt first and then under any others. */
export class KeyPutter {
  readonly #name: string;
  readonly #prng: Prng;
  readonly #book: TalkBook;
  /** 0 until the servers have kept them. */
  #number = 0;
  #count = 0;
  #isElse = false;

  constructor(name: string, prng: Prng, book: TalkBook) {
    this.#name = name;
    this.#prng = prng;
    this.#book = book;
  }

  /** Now and then, once they are there; never where the account has others. */
  async putSometimes(client: ChatClient): Promise<void> {
    if (this.#isElse || (this.#number > 0 && this.#prng.chance(0.95))) return;
    const isFirst = this.#number === 0;
    const salt = isFirst
      ? client.sealDoor.salt()
      : this.#prng.next32().toString(16).padStart(8, "0");
    const number = isFirst ? 1 + this.#prng.below(1_000) : this.#number;
    if (salt !== null && salt.length % 2 === 0) await this.#put(client, { number, salt });
  }

  #put(
    client: ChatClient,
    { number, salt }: { readonly number: number; readonly salt: string },
  ): Promise<void> {
    this.#count += 1;
    const publics = publicsOf(`keys ${number} of ${this.#name}`);
    const wrapped = Buffer.from(`wrap ${this.#count} for ${this.#name}`);
    const text = publics.toString("base64");
    const to = wrapped.toString("base64");
    const said: Said = this.#book.ask({ kind: "keysPut", by: this.#name, text, to });
    return new Promise((resolve) => {
      client.request({ type: "keysPut", publics, salt, wrapped }, (outcome: Outcome) => {
        if (outcome.ok) {
          said.outcome = "ok";
          this.#number = number;
        } else {
          const isUnknown = ["outcome-unknown", "stopped"].includes(outcome.code);
          if (!isUnknown) said.outcome = "refused";
          this.#isElse = outcome.code === "keys-exist";
        }
        resolve();
      });
    });
  }
}
