// A list of hosts may grow and never shrinks: whom a folder's history names and the list does not
// could not be asked, and may hold what was confirmed. With such a list no server starts. PURE:
// words alone.

import type { ServerId } from "../base/ids.ts";
import type { View } from "../replica/types.ts";

/** In words what is amiss; null when everybody is listed. */
export function refuseUnlisted(
  views: readonly View[],
  servers: readonly ServerId[],
  listBefore: readonly string[],
): string | null {
  const named = new Set(views.flatMap(({ members }) => members));
  const unlisted = [...named].filter((id) => !servers.includes(id)).sort((a, b) => a - b);
  if (unlisted.length === 0) return null;
  const who = `${unlisted.length === 1 ? "server" : "servers"} ${unlisted.join(" and ")}`;
  const list = listBefore.length === 0 ? "" : ` (${listBefore.join(" ")})`;
  return (
    `The list of hosts lacks ${who}, which took part in this folder's history and may hold ` +
    `confirmed messages. A list may grow, and never shrinks: start with the whole one${list}. ` +
    "Who is gone for good stays in it, and costs nothing; --force goes on without waiting."
  );
}
