// Every refusal that is decided in `apply`: its code (as in `--json`) and its words. They are kept
// as replies and stand in snapshots: a change of words is a change of state between versions.

import { sessionsPerAccountMax } from "../base/doubtLimits.ts";
import { blockedMax, draftsMax, mailboxUnreadMax } from "../base/limits.ts";
import { checkName } from "../base/text.ts";
import type { MessageOf } from "../wire/messages.ts";

/** A refusal still without the request that it answers. */
export interface ChatRefusal {
  readonly code: string;
  readonly message: string;
}

export function refused(request: number, refusal: ChatRefusal): MessageOf<"refused"> {
  return { type: "refused", request, code: refusal.code, message: refusal.message };
}

export const badRequest: ChatRefusal = {
  code: "bad-request",
  message: "Requests are numbered 1, 2, 3 and so on. Nothing was done.",
};
export const outcomeUnknown: ChatRefusal = {
  code: "outcome-unknown",
  message:
    "Whether this request took effect is no longer known here, and it was not carried out now. " +
    "Look before you repeat it.",
};
export const notLoggedIn: ChatRefusal = {
  code: "not-logged-in",
  message: "You are not logged in. Log in first.",
};
/** The product's client then takes a new id, unseen. */
export const clientTaken: ChatRefusal = {
  code: "client-taken",
  message: "Another account has been used under this client's id. Start the client anew.",
};
/** One answer for both, so that nobody learns which names exist. */
export const loginRefused: ChatRefusal = {
  code: "login-refused",
  message: "The name or the password is wrong.",
};
export const wrongPassword: ChatRefusal = {
  code: "wrong-password",
  message: "The old password is wrong. Nothing was changed.",
};
/** The names are no secret: anybody may search for them. */
export function loginRefusedSince(name: string, names: readonly string[]): ChatRefusal {
  if (names.length === 0) return loginRefused;
  const who = `Whoever registered ${name} while the servers were apart`;
  const message = `${loginRefused.message} ${who} is called ${names.join(" or ")} now.`;
  return { code: loginRefused.code, message };
}

export const accountsFull: ChatRefusal = {
  code: "accounts-full",
  message: "This chat has as many accounts as it can hold. Ask its operator.",
};
export const tooManySessions: ChatRefusal = {
  code: "too-many-sessions",
  message:
    `You are logged in ${sessionsPerAccountMax} times, which is the limit. Log out somewhere, ` +
    "or wait for half an hour: sessions that nobody uses end by then.",
};
export const emptyMessage: ChatRefusal = { code: "empty", message: "The message is empty." };
export const badFormat: ChatRefusal = {
  code: "bad-format",
  message: "The message is in a form that these servers do not know. Update the servers.",
};
export const doesNotMatch: ChatRefusal = {
  code: "does-not-match",
  message: "That is not the name of your account. Nothing was deleted.",
};
export const badMark: ChatRefusal = {
  code: "bad-mark",
  message: 'A message can be marked "read", "unread" or "removed".',
};
export const blockYourself: ChatRefusal = {
  code: "block-yourself",
  message: "You cannot block yourself.",
};
export const blockedFull: ChatRefusal = {
  code: "blocked-full",
  message: `You have blocked ${blockedMax} people, which is the limit. Unblock some of them.`,
};
export const draftsFull: ChatRefusal = {
  code: "drafts-full",
  message: `You have ${draftsMax} drafts, which is the limit. Send or remove some of them.`,
};
export const serversOnly: ChatRefusal = {
  code: "not-allowed",
  message: "Only servers make this command.",
};

export function nameTaken(name: string): ChatRefusal {
  return { code: "name-taken", message: `The name ${name} is taken. Choose another.` };
}

export function alreadyLoggedIn(name: string): ChatRefusal {
  const message = `You are already logged in as ${name}. Log out before you register another name.`;
  return { code: "already-logged-in", message };
}

function loggedInElse(name: string): ChatRefusal {
  const message = `You are logged in under another name, ${name}. Log out first.`;
  return { code: "already-logged-in", message };
}

/** An id is its owner's; `loggedInAs`: the name of the account that has a session under it. */
export function takenBy(loggedInAs: string | null): ChatRefusal {
  return loggedInAs === null ? clientTaken : loggedInElse(loggedInAs);
}

export function noSuchUser(name: string): ChatRefusal {
  // What cannot be a name is not repeated: it may be anything.
  const who = checkName(name) === null ? `named ${name}` : "of that name";
  return { code: "no-such-user", message: `There is no user ${who}.` };
}

export function mailboxFull(name: string): ChatRefusal {
  const message =
    `${name} has ${mailboxUnreadMax} unread messages, which is the limit. ` +
    `Try again when ${name} has been here.`;
  return { code: "mailbox-full", message };
}

export function noSuchDraft(number: number): ChatRefusal {
  const message = `You have no draft ${number}. Type draft list to see those you have.`;
  return { code: "no-such-draft", message };
}

export function draftChanged(number: number): ChatRefusal {
  const message = `Draft ${number} has another text by now. Look at it, then send it again.`;
  return { code: "draft-changed", message };
}

export function notYours(seq: number): ChatRefusal {
  return { code: "not-yours", message: `There is no message ${seq} in your mailbox.` };
}
