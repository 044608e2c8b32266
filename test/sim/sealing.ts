// What a talker of a run seals, where its seed has sealing: to the servers all of it is bytes, so
// keys and what is sealed are made up, and texts can be read back from their bodies by anybody.
// Tags are asked of the servers, as the product's client does.

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
  readonly wraps: number;
  readonly former: readonly string[];
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

/** True when the account has keys from now on, these or others. */
export function putKeys(
  client: ChatClient,
  book: TalkBook,
  { name, number }: { readonly name: string; readonly number: number },
): Promise<boolean> {
  const salt = client.sealDoor.salt();
  if (salt === null) return Promise.resolve(false);
  const publics = publicsOf(`keys ${number} of ${name}`);
  const text = publics.toString("base64");
  const said: Said = book.ask({ kind: "keysPut", by: name, text });
  const wrapped = Buffer.from(`wrapped for ${name}`);
  return new Promise((resolve) => {
    client.request({ type: "keysPut", publics, salt, wrapped }, (outcome: Outcome) => {
      said.code = outcome.ok ? "" : outcome.code;
      if (outcome.ok) said.outcome = "ok";
      else if (!["outcome-unknown", "stopped"].includes(outcome.code)) said.outcome = "refused";
      resolve(outcome.ok || outcome.code === "keys-exist");
    });
  });
}
