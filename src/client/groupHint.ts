// A word on the group of a name that is nobody's: who leaves the # out means it: PURE.
// What groups there are it is told.

import { foldName, groupNameOf, isGroupAddress } from "../base/text.ts";
import type { Why } from "./answers.ts";

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
