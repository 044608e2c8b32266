// Changes of who is in a group, signed by who makes them (membership.ts): a creation by its own
// request, an addition for the keys that the new member has. What takes nobody in needs no
// signature, and servers refuse in their own words what they would refuse anyhow.

import { isLobby } from "../../base/text.ts";
import { isGivenUp } from "../answers.ts";
import type { ChatClient } from "../api.ts";
import type { Outcome } from "../sessionTypes.ts";
import type { Contacts } from "./contacts.ts";
import type { Identity } from "./identity.ts";
import { proofOf, type Step } from "./membership.ts";
import type { Rosters } from "./rosters.ts";

export interface GroupWish {
  readonly group: string;
  readonly change: "create" | "add" | "remove" | "leave" | "join";
  readonly member: string;
}

interface Parts {
  readonly client: ChatClient;
  readonly own: Identity;
  readonly contacts: Contacts;
  readonly rosters: Rosters;
}

export async function changeGroup(wish: GroupWish, parts: Parts): Promise<Outcome> {
  const outcome = await changeAs(wish, parts);
  // Others are in it from now on.
  parts.rosters.forget(wish.group);
  return outcome;
}

export function changeUnsigned(client: ChatClient, wish: GroupWish): Promise<Outcome> {
  return new Promise((resolve) => client.request({ type: "groupChange", ...wish }, resolve));
}

async function changeAs(wish: GroupWish, parts: Parts): Promise<Outcome> {
  const { client, own, contacts, rosters } = parts;
  const { group, change, member } = wish;
  if (isLobby(group)) return changeUnsigned(client, wish);
  if (change === "create") {
    return signed(parts, wish, (by) => ({ origin: by, change, member: own.signing, by }));
  }
  if (change !== "add") return changeUnsigned(client, wish);
  const keys = await contacts.keysOf(member, "cancellable");
  const contact = contacts.judged(keys);
  // What servers refuse they refuse again; what was given up is not done without a signature.
  const isRefusedHere = contact.kind === "refused" && (!("code" in keys) || isGivenUp(keys));
  if (isRefusedHere) return { ok: false, request: 0, ...contact.why };
  const origin = await rosters.originOf(group);
  if (typeof origin !== "string" && (origin.code === "other-group" || isGivenUp(origin))) {
    return { ok: false, request: 0, ...origin };
  }
  if (contact.kind !== "keys" || typeof origin !== "string") return changeUnsigned(client, wish);
  const { signing } = contact.publics;
  return signed(parts, wish, (by) => ({ origin, change, member: signing, by }));
}

function signed(
  { client, own }: Parts,
  wish: GroupWish,
  stepBy: (by: string) => Step,
): Promise<Outcome> {
  return client.sealDoor.putNumbered((request) => {
    const proof = proofOf(own, stepBy(`${client.view().client}-${request}`));
    if (proof === null) return { type: "groupChange", ...wish };
    return { type: "groupSigned", ...wish, proof };
  });
}
