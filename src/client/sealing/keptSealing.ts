// Unconfirmed messages that were kept over a restart: those that never had a reader's keys are
// sealed now, under the numbers they were given then, and of those that were sealed the words are
// read from one's own copy. Where they are kept, and when they are sent, is decided elsewhere.

import { foldName, isGroupAddress } from "../../base/text.ts";
import type { Entropy } from "../../ports.ts";
import { unescapeText } from "../../wire/fields.ts";
import type { Why } from "../answers.ts";
import type { Kept, KeptMessage, StoredOutbox } from "../kept.ts";
import type { MessageDraft } from "../sessionTypes.ts";
import { type Addressee, type Addressees, sealFor } from "./addressees.ts";
import type { Identity } from "./identity.ts";
import type { MeantFor } from "./meantFor.ts";
import { readLetter, type Reading } from "./reading.ts";
import { type Numbered, SentSequences } from "./sequences.ts";

export interface SealedKept {
  /** All that can be sent now. */
  readonly ready: readonly KeptMessage[];
  readonly refused: readonly { readonly message: KeptMessage; readonly why: Why }[];
  /** How many were sealed in each conversation. */
  readonly sequences: readonly (readonly [string, number])[];
}

export async function sealKept(
  kept: Omit<StoredOutbox, "atMs">,
  parts: {
    readonly own: Identity;
    readonly addressees: Addressees;
    readonly entropy: Entropy;
    /** What goes to there is not sealed. */
    readonly notSealed: (to: string) => void;
  },
): Promise<SealedKept> {
  const { own, addressees, entropy } = parts;
  const sequences = new SentSequences(new Map(kept.sequences ?? []));
  const ready: KeptMessage[] = [];
  const refused: { message: KeptMessage; why: Why }[] = [];
  for (const message of kept.messages) {
    const { draft, request } = message;
    if (draft.format !== "u") {
      ready.push(message);
      continue;
    }
    const addressee = await addresseeOf(message, addressees);
    if (addressee.kind === "refused") {
      refused.push({ message, why: addressee.why });
      continue;
    }
    if (addressee.kind === "none") {
      parts.notSealed(addressee.name);
      ready.push({ request, draft: { ...draft, format: "p" } });
      continue;
    }
    const { recipe } = addressee;
    const sequence = sequences.next(recipe.conversation);
    const text = unescapeText(draft.body) ?? draft.body;
    const letter = { writer: own, client: kept.client, request, sequence, text };
    const body = sealFor(recipe, letter, entropy);
    ready.push({ request, draft: { ...draft, format: "s", body } });
  }
  return { ready, refused, sequences: [...sequences.last()] };
}

/** As it is now, unless it was written for somebody else. */
async function addresseeOf(
  { draft: { type, to }, key }: KeptMessage,
  addressees: Addressees,
): Promise<Addressee> {
  const known = addressees.known(to);
  const addressee: Addressee =
    known === null ? await addressees.ask(to) : { kind: "recipe", recipe: known };
  if (addressee.kind === "refused") return addressee;
  const recipe = addressee.kind === "recipe" ? addressee.recipe : null;
  const meant: MeantFor = { key: key ?? null, as: type === "send" ? "message" : "draft" };
  const why = addressees.refuseOther(to, meant, recipe);
  return why === null ? addressee : { kind: "refused", why };
}

export interface OpenedKept {
  readonly text: string;
  /** Its number, and of which conversation; null when it is not sealed, or stays closed. */
  readonly numbered: { readonly tag: string; readonly sequence: number } | null;
}

/** The words of a message that was kept, whatever became of it. */
export function openKept(
  own: readonly Identity[],
  { client, user }: Pick<Kept, "client" | "user">,
  { request, draft }: { readonly request: number; readonly draft: MessageDraft },
): OpenedKept {
  const { to, body } = draft;
  if (draft.format !== "s") return { text: unescapeText(body) ?? body, numbered: null };
  const from = foldName(user) === foldName(to) ? to : user;
  const group = isGroupAddress(to) ? to : "";
  const letter = { client, request, from, to, body, format: "s", group, own: true } as const;
  let numbered: OpenedKept["numbered"] = null;
  const judge = ({ tag }: Numbered, sequence: number): "next" => {
    numbered = { tag, sequence };
    return "next";
  };
  const reading: Reading = { own, pins: null, judge, isOrigin: () => true, told: null };
  const rest = { type: "message", seq: 0, atMs: 0, late: false } as const;
  return { text: readLetter(reading, { ...letter, ...rest }).text, numbered };
}
