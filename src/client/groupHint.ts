// A word on the group of a name that is nobody's: who leaves the # out means it. What is a group
// and who is in it the servers know.

import { foldName, groupNameOf, isGroupAddress } from "../base/text.ts";
import { replyOf, type Why } from "./answers.ts";
import type { Desk } from "./desk.ts";

/** The same refusal, longer where one of the groups has the name. */
export function withGroupHint(why: Why, name: string, groups: Iterable<string>): Why {
  if (why.code !== "no-such-user" || isGroupAddress(name) || foldName(name) === "") return why;
  for (const group of groups) {
    if (!isGroupAddress(group) || foldName(groupNameOf(group)) !== foldName(name)) continue;
    const { code, message } = why;
    return { code, message: `${message} Did you mean the group ${group}?` };
  }
  return why;
}

/** The same, of all groups of whoever is logged in. */
export async function askForGroupHint(desk: Desk, name: string, why: Why): Promise<Why> {
  if (why.code !== "no-such-user" || isGroupAddress(name)) return why;
  const reply = replyOf(await desk.client.query({ type: "groups" }), "groupList");
  return withGroupHint(why, name, reply?.names ?? []);
}
