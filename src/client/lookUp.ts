// Whose names begin with what was typed: asked of the servers for those who were not seen here yet.
// Says nothing when there is none, or nobody answers.

import { isGroupAddress } from "../base/text.ts";
import { replyOf } from "./answers.ts";
import type { ChatClient } from "./api.ts";
import type { Desk } from "./desk.ts";

/** True when there are some; they are known from then on. */
export async function lookUp(desk: Desk, start: string): Promise<boolean> {
  if (desk.client.view().lostAtMs !== null) return false;
  const names = isGroupAddress(start)
    ? await ownGroups(desk.client)
    : await people(desk.client, start);
  for (const name of names) desk.known.add(name);
  return names.some((name) => name.toLowerCase().startsWith(start.toLowerCase()));
}

/** None where nobody answers. */
export async function ownGroups(client: ChatClient): Promise<readonly string[]> {
  return replyOf(await client.query({ type: "groups" }), "groupList")?.names ?? [];
}

async function people(client: ChatClient, start: string): Promise<readonly string[]> {
  const draft = { type: "search", pattern: `${start}*`, after: "" } as const;
  return replyOf(await client.query(draft), "names")?.names ?? [];
}
