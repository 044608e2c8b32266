// Members of a folder's last view that the list of hosts does not name: nobody could ask them, and
// they may hold what was confirmed. A server with such a list does not start. PURE: words alone.

import type { ServerId } from "../base/ids.ts";
import type { View } from "../replica/types.ts";

/** In words what is amiss; null when every member is listed. */
export function refuseUnlisted(
  views: readonly View[],
  servers: readonly ServerId[],
  listBefore: readonly string[],
): string | null {
  const unlisted = (views.at(-1)?.members ?? []).filter((id) => !servers.includes(id));
  if (unlisted.length === 0) return null;
  const who = `${unlisted.length === 1 ? "server" : "servers"} ${unlisted.join(" and ")}`;
  const list = listBefore.length === 0 ? "" : `, ${listBefore.join(" ")}`;
  return (
    `The list of hosts lacks ${who}: a member of the last view in this folder, which may hold ` +
    `confirmed messages. Start with the whole list${list}; with --force it goes on without ` +
    "whoever is gone. To leave a server out for good, stop it while the others serve, then stop " +
    "those and start them with the shorter list."
  );
}
