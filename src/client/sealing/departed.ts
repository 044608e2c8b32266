// Messages of accounts that are deleted: by which keys they are judged. Whoever is called so now is
// somebody else, whose key says nothing of them; what was known of the name before does. Where
// nothing was, they are believed, as those of any account at the first contact.

import { checkName, foldName } from "../../base/text.ts";
import type { MessageOf } from "../../wire/messages.ts";
import type { Contacts } from "./contacts.ts";
import { type Doubt, presentKey, unknownKey } from "./doubts.ts";
import type { Pins } from "./pins.ts";

/** A deleted account's, as it was; the same of any other. */
export function nameBefore(name: string): string {
  return name.replace(/ \(deleted\)$/, "");
}

/**
 * `isAsked`: whose key the name's is now was asked just before (`askWhoIsNow`). Else it may be that
 * of the very account that was deleted since.
 */
export function judgeDeparted(
  pins: Pins,
  { name, writer, isAsked }: { name: string; writer: Buffer; isAsked: boolean },
): Doubt | null {
  const key = writer.toString("base64url");
  const pin = pins.of(name);
  if (pin === null) return null;
  const present = pins.presentOf(name);
  if (key === present) return isAsked ? presentKey(name) : null;
  const known = [pin.key, ...pin.former].filter((one) => one !== present);
  return known.length === 0 || known.includes(key) ? null : unknownKey(name);
}

/** Of each name of which something is known, and whose former owner has written one of these. */
export async function askWhoIsNow(
  { pins, contacts }: { readonly pins: Pins | null; readonly contacts: Contacts | null },
  letters: readonly (MessageOf<"item"> | MessageOf<"entry">)[],
): Promise<void> {
  if (pins === null || contacts === null) return;
  const names = letters
    .filter(({ format, from, own }) => format === "s" && !own && nameBefore(from) !== from)
    .map(({ from }) => foldName(nameBefore(from)))
    .filter((name) => checkName(name) === null && pins.of(name) !== null);
  for (const name of new Set(names)) {
    const keys = await contacts.keysOf(name, "cancellable");
    pins.notePresent(name, "code" in keys ? null : (keys.publics?.signing ?? null));
  }
}
