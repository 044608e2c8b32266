// For whom something is sealed: one person, oneself, or the members of a group, each as a recipe
// that says all of it but the words. What is known is at hand at once; else the servers are asked.
// How keys are judged stands in contacts.ts and rosters.ts.

import { foldName, isGroupAddress } from "../../base/text.ts";
import type { Entropy } from "../../ports.ts";
import type { Why } from "../answers.ts";
import { groupTarget, personTarget, sealBody, sealingRandomBytes } from "./body.ts";
import type { Contacts } from "./contacts.ts";
import { type Identity, idText, type Publics } from "./identity.ts";
import type { MeantFor } from "./meantFor.ts";
import type { Roster, Rosters } from "./rosters.ts";

export interface Recipe {
  readonly tag: string;
  readonly target: Buffer;
  /** Whether the signature names the readers one by one. */
  readonly named: boolean;
  readonly readers: readonly Publics[];
  /** Stands before the words. */
  readonly before: string;
  /** Under which its messages are numbered. */
  readonly conversation: string;
}

export type Addressee =
  | { readonly kind: "recipe"; readonly recipe: Recipe }
  /** He has no keys, and had none as far as is known here. */
  | { readonly kind: "none"; readonly name: string }
  | { readonly kind: "refused"; readonly why: Why };

export class Addressees {
  readonly #own: Identity;
  readonly #user: string;
  readonly #contacts: Contacts;
  readonly #rosters: Rosters;

  constructor(parts: {
    readonly own: Identity;
    /** Folded. */
    readonly user: string;
    readonly contacts: Contacts;
    readonly rosters: Rosters;
  }) {
    this.#own = parts.own;
    this.#user = parts.user;
    this.#contacts = parts.contacts;
    this.#rosters = parts.rosters;
  }

  /** Null when the servers have to be asked. */
  known(to: string): Recipe | null {
    if (isGroupAddress(to)) {
      const roster = this.#rosters.known(to);
      return roster === null ? null : groupRecipe(roster);
    }
    if (foldName(to) === this.#user) return personRecipe(this.#own, this.#own);
    const publics = this.#contacts.known(to);
    return publics === null ? null : personRecipe(this.#own, publics);
  }

  async ask(to: string): Promise<Addressee> {
    if (isGroupAddress(to)) {
      const roster = await this.#rosters.ask(to);
      if ("code" in roster) return { kind: "refused", why: roster };
      return { kind: "recipe", recipe: groupRecipe(roster) };
    }
    const contact = await this.#contacts.ask(to);
    if (contact.kind !== "keys") return contact;
    return { kind: "recipe", recipe: personRecipe(this.#own, contact.publics) };
  }

  forget(to: string): void {
    if (isGroupAddress(to)) this.#rosters.forget(to);
    else this.#contacts.forget(to);
  }

  remember(to: string, meant: MeantFor): MeantFor {
    return this.#isOnePerson(to) ? this.#contacts.remember(to, meant) : meant;
  }

  /** `recipe`: of what it would be sealed with; null where it would not be. */
  refuseOther(to: string, meant: MeantFor, recipe: Recipe | null): Why | null {
    if (!this.#isOnePerson(to)) return null;
    const [reader = null] = recipe?.readers ?? [];
    return this.#contacts.refuseOther(to, meant, reader);
  }

  /** A group is whoever is in it, and oneself one stays with any key. */
  #isOnePerson(to: string): boolean {
    return !isGroupAddress(to) && foldName(to) !== this.#user;
  }
}

export function sealFor(
  { tag, target, named, readers, before }: Recipe,
  letter: {
    readonly writer: Identity;
    readonly client: string;
    readonly request: number;
    readonly sequence: number;
    readonly text: string;
  },
  entropy: Entropy,
): string {
  const { writer, client, request, sequence, text } = letter;
  const place = { target, named, client, request };
  const sealed = { tag, place, writer, readers, sequence, text: `${before}${text}` };
  return sealBody(sealed, entropy.bytes(sealingRandomBytes));
}

function personRecipe(own: Identity, publics: Publics): Recipe {
  const tag = idText(publics.id);
  // Whoever writes to himself is one reader.
  const readers = publics.id.equals(own.id) ? [own] : [publics, own];
  return { tag, target: personTarget, named: true, readers, before: "", conversation: tag };
}

function groupRecipe({ epoch, origin, readers }: Roster): Recipe {
  const tag = String(epoch);
  const before = `${origin} `;
  return { tag, target: groupTarget(tag), named: false, readers, before, conversation: origin };
}
