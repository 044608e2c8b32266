// The refusals of what is asked of groups: codes and words, as in refusals.ts. Names are shown with
// their #; what cannot be a name is not repeated.

import { groupMembersMax, groupsPerUserMax } from "../base/limits.ts";
import { checkName, groupNameOf } from "../base/text.ts";
import type { ChatRefusal } from "./refusals.ts";

export const groupsFull: ChatRefusal = {
  code: "groups-full",
  message: "This chat has as many groups as it can hold. Ask its operator.",
};
export const badChange: ChatRefusal = {
  code: "bad-change",
  message: 'A group takes "create", "add", "remove", "leave" and "join".',
};
export const badProof: ChatRefusal = {
  code: "bad-proof",
  message: "What is to prove the change is empty or too long. Nothing was changed.",
};
export const lobbyIsOpen: ChatRefusal = {
  code: "lobby-is-open",
  message: "#lobby is open to all: everybody joins and leaves it by himself.",
};
export const leaveInstead: ChatRefusal = {
  code: "leave-instead",
  message: "Leave the group instead: nobody removes himself.",
};

export function noSuchGroup(address: string): ChatRefusal {
  const name = groupNameOf(address);
  const which = checkName(name) === null ? `named #${name}` : "of that name";
  return { code: "no-such-group", message: `There is no group ${which}.` };
}

export function groupTaken(name: string): ChatRefusal {
  return { code: "name-taken", message: `There is a group #${name} already. Choose another name.` };
}

/** The same whether there is more to know or not: outsiders are told nothing. */
export function notAMember(name: string): ChatRefusal {
  return { code: "not-a-member", message: `You are not a member of #${name}.` };
}

export function notTheOwner(name: string, owner: string): ChatRefusal {
  const message = `Only the owner of #${name}, ${owner}, can remove somebody.`;
  return { code: "not-the-owner", message };
}

export function alreadyMember(name: string, group: string): ChatRefusal {
  return { code: "already-a-member", message: `${name} is in #${group} already.` };
}

export function noMember(name: string, group: string): ChatRefusal {
  const who = checkName(name) === null ? name : "Whoever that is";
  return { code: "no-such-member", message: `${who} is not in #${group}.` };
}

export function notOpen(name: string): ChatRefusal {
  const message = `#${name} is not open to all. Ask one of its members to add you.`;
  return { code: "not-open", message };
}

export function groupFull(name: string): ChatRefusal {
  const message = `#${name} has ${groupMembersMax} members, which is the limit. `;
  return { code: "group-full", message: `${message}Somebody has to leave first.` };
}

export function tooManyGroups(name: string): ChatRefusal {
  const message = `${name} is in ${groupsPerUserMax} groups, which is the limit, `;
  return { code: "too-many-groups", message: `${message}and has to leave one first.` };
}
