// Who has come and gone, in one line: PURE. How much time it covers, and how many are named in it,
// is decided by the server that tells it.

import { inert } from "../base/text.ts";
import type { View } from "./views.ts";

export function presenceLine(view: View & { readonly kind: "presence" }): string {
  const { joined, joinedMore, left, leftMore } = view;
  const parts = [
    joined.length === 0 ? "" : `${listed(joined, joinedMore)} came online`,
    left.length === 0 ? "" : `${listed(left, leftMore)} left`,
  ];
  return parts.filter(Boolean).join("; ");
}

/** Such as "alice, bob and 3 others". */
function listed(names: readonly string[], more: number): string {
  const shown = names.map(inert);
  const others = `${more} other${more === 1 ? "" : "s"}`;
  const all = more === 0 ? shown : [...shown, others];
  if (all.length === 1) return all.join("");
  return `${all.slice(0, -1).join(", ")} and ${all.at(-1) ?? ""}`;
}
