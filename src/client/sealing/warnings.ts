// What a user is told about keys, in one line each: PURE. Said of somebody, not of one message
// (doubts.ts has those).

import { isLobby } from "../../base/text.ts";

export interface Said {
  readonly code: string;
  readonly message: string;
}

export function keyHasChanged(name: string): Said {
  const message =
    `${name}'s key has changed. Either ${name} has made a new account, or somebody stands ` +
    `between you: verify ${name} shows the number to compare.`;
  return { code: "key-changed", message };
}

export function keyIsHeld(name: string): Said {
  const message =
    `${name}'s key is not the one that you verified. Nothing is sent to ${name} until you accept ` +
    `it: compare the number that verify ${name} shows, then verify ${name} yes.`;
  return { code: "key-changed", message };
}

export const hadKeysBefore: Said = {
  code: "own-keys-new",
  message:
    "The servers held no keys of yours, though you had some on this machine. New ones were made: " +
    "whoever knows the old ones is warned, and what was sealed with them stays closed.",
};

export function notSealedTo(to: string): Said {
  if (isLobby(to)) {
    const message = "#lobby is open to all and not sealed: servers and the network can read it.";
    return { code: "not-sealed", message };
  }
  const message = `${to} has no keys: servers and the network can read what you write there.`;
  return { code: "not-sealed", message };
}

export function cannotReadIn(group: string, name: string): Said {
  const message = `${name} has no keys, and cannot read what is written in ${group}.`;
  return { code: "member-without-keys", message };
}

export function nobodySigned(group: string): Said {
  const message =
    `Who is in ${group} is the servers' word alone, since whoever made it has not signed that: ` +
    `group members shows for whom it is sealed.`;
  return { code: "members-not-signed", message };
}

export function nobodyVouches(group: string, name: string): Said {
  const message =
    `Nobody who is known to be in ${group} has signed that ${name} was taken in: what you write ` +
    `there is not sealed for ${name}. If ${name} belongs there, take ${name} out and in again.`;
  return { code: "member-left-out", message };
}

export function notSealedFor(group: string, name: string): Said {
  const message =
    `What you write in ${group} is not sealed for ${name}, whose key is not the one known here: ` +
    `verify ${name} shows the number to compare.`;
  return { code: "member-left-out", message };
}

export function keysAreUnkept(problem: string): Said {
  const outcome = "Whether a key is the same as before will not be known after a restart.";
  return { code: "pins-not-kept", message: `${problem} ${outcome}` };
}

export function orderIsUnkept(problem: string): Said {
  const outcome = "Whether a message was shown before will not be known after a restart.";
  return { code: "order-not-kept", message: `${problem} ${outcome}` };
}
