// The refusals of what is asked of keys, and of what is sealed with them: codes and words, as in
// refusals.ts.

import type { ChatRefusal } from "./refusals.ts";

export const badKeys: ChatRefusal = {
  code: "bad-keys",
  message: "The keys are not of the form that is wanted here.",
};
export const keysExist: ChatRefusal = {
  code: "keys-exist",
  message: "This account has keys already. Log in again to use them.",
};
export const keysNotWrapped: ChatRefusal = {
  code: "keys-not-wrapped",
  message:
    "The account's keys are not wrapped under that password, which would not open them. " +
    "Wrap them under it first.",
};
export const plainOnly: ChatRefusal = {
  code: "plain-only",
  message: "#lobby is open to all and takes plain messages alone.",
};
export const sealedTooLong: ChatRefusal = {
  code: "too-long",
  message: "The sealed message is longer than these servers take.",
};

/** Of whom, or of which group. */
export function staleKeys(name: string): ChatRefusal {
  const message = `The keys of ${name} are not those that the message was sealed for. `;
  return { code: "stale-keys", message: `${message}Seal it anew.` };
}
