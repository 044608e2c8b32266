// Whom an answer goes to: PURE. A name may be another's by now, who is not to read what was meant
// for the one before; who that was, the key says that signed the message which is answered. It is
// the same through all changes of a password. Who gets what is simply sent, contacts.ts judges.

import type { Why } from "../answers.ts";
import type { Publics } from "./identity.ts";

/** A message that is answered. */
export interface Answered {
  /** The key that has signed it, base64url; absent where that is not known. */
  readonly signedBy?: string;
}

/** Null where it may go out: to whoever signed, or to a key which the user himself has accepted. */
export function refuseAnswer(
  answered: Answered | null,
  now: {
    readonly name: string;
    /** What servers give out for that name; null for none. */
    readonly given: Publics | null;
    readonly isAccepted: (signing: Buffer) => boolean;
  },
): Why | null {
  const signedBy = answered?.signedBy;
  const { name, given, isAccepted } = now;
  if (signedBy === undefined) return null;
  if (given?.signing.toString("base64url") === signedBy) return null;
  return given !== null && isAccepted(given.signing) ? null : otherKey(name);
}

function otherKey(name: string): Why {
  const message =
    `What you answer was signed with another key than ${name} has now: nothing was sent. Either ` +
    `another account has the name, or somebody stands between you. send ${name} [text] writes to ` +
    `whoever has it now; verify ${name} shows the number to compare.`;
  return { code: "other-key", message };
}
