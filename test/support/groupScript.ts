// Who is in which group of a chat script: making, changing and looking at groups, record by record.
// Shared by the tests of groups and of their bounds.

import type { Reply } from "../../src/chat/contract.ts";
import { ChatScript } from "./chatScript.ts";

/** Clients 1, 2 … registered under these names. */
export function people(names: readonly string[]): ChatScript {
  const script = new ChatScript();
  for (const [at, name] of names.entries()) script.register(at + 1, name);
  return script;
}

export function change(
  script: ChatScript,
  client: number,
  kind: string,
  group: string,
  member = "",
): Reply {
  return script.do(client, { type: "groupChange", group, change: kind, member });
}

/** The first (the owner) and bob are in #team. */
export function team(names: readonly string[]): ChatScript {
  const script = people(names);
  change(script, 1, "create", "#team");
  change(script, 1, "add", "team", "bob");
  return script;
}

export function members(script: ChatScript, who: string, group = "#team"): string[] | null {
  const page = script.chat.membersOf(script.account(who), { group, after: 0, count: 5_000 });
  return page === null ? null : [page.owner, ...page.members.map(({ name }) => name)];
}
