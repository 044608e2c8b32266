// What verify does: shows the number by which two people see that nobody stands between them, and
// keeps that they have compared it, or forgets whose key it was. What follows from a mark is
// decided where messages are sealed and read (sealing/).

import { foldName } from "../base/text.ts";
import type { Why } from "./answers.ts";
import type { Desk } from "./desk.ts";
import type { CommandOf } from "./parsed.ts";
import { refuse, type Result, sayUnkept } from "./results.ts";
import { safetyNumber } from "./sealing/safetyNumber.ts";

export async function runVerify(
  desk: Desk,
  { mark }: CommandOf<"verify">,
  typed: string,
): Promise<Result> {
  const asked = typed.trim();
  const { own, pins, contacts } = desk.sealer;
  if (own === null || pins === null || contacts === null) return refuse(desk, "verify", noKeysYet);
  const user = foldName(desk.user ?? "");
  if (foldName(asked) === user) return refuse(desk, "verify", yourself);
  if (mark === "no") {
    const problem = pins.forget(asked);
    contacts.judgeAnew(asked);
    const message = `What was known here of ${asked}'s key is forgotten; the next is taken as new.`;
    desk.show({ kind: "notice", code: "key-forgotten", message });
    sayUnkept(desk, "key-not-forgotten", problem);
    return "done";
  }
  const keys = await contacts.keysOf(asked, "cancellable");
  if ("code" in keys) return refuse(desk, "verify", keys);
  const { name, publics } = keys;
  if (publics === null) return refuse(desk, "verify", hasNone(name, pins.of(name) !== null));
  const other = { name: foldName(name), signing: publics.signing };
  const number = safetyNumber({ name: user, signing: own.signing }, other);
  const key = publics.signing.toString("base64url");
  const pin = pins.of(name);
  const changed = pin !== null && pin.key !== key;
  const shown = desk.numbersShown.get(other.name);
  desk.numbersShown.set(other.name, number);
  desk.known.add(name);
  // What was never shown can have been compared, if at all, as what is known here.
  if (mark === "yes" && (shown === undefined ? !changed : shown === number)) {
    const problem = pins.verify(name, publics.signing);
    contacts.judgeAnew(name);
    desk.show({ kind: "verify", user: name, number, verified: true, changed: false });
    sayUnkept(desk, "mark-not-kept", problem);
    return "done";
  }
  const verified = pin !== null && pin.verified && !changed;
  desk.show({ kind: "verify", user: name, number, verified, changed });
  return mark === null ? "done" : refuse(desk, "verify", otherNumber(name));
}

const noKeysYet: Why = {
  code: "keys-locked",
  message: "Your own keys are not at hand here, so that there is no number to compare.",
};
const yourself: Why = { code: "misused", message: "That is you: there is nobody to compare with." };

function hasNone(name: string, hadSome: boolean): Why {
  const message = hadSome
    ? `${name} had keys, and now the servers say that there are none.`
    : `${name} has no keys: nothing is sealed for ${name}, and there is no number to compare.`;
  return { code: hadSome ? "keys-gone" : "no-keys", message };
}

function otherNumber(name: string): Why {
  const message = `That is not the number that was shown before: compare this one with ${name}.`;
  return { code: "key-changed", message };
}
