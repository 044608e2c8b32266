// How groups and changes of them stand in lines: PURE. Everything in them leaves here inert; what
// is told of one's own membership comes as a message (renderLetters.ts).

import { inert } from "../base/text.ts";
import { bold, dim, green, type Style } from "./style.ts";
import type { View } from "./views.ts";

export function groupedLine(view: View & { readonly kind: "grouped" }): string {
  const group = inert(view.group);
  const member = inert(view.member);
  switch (view.change) {
    case "create":
      return `made the group ${group}; group add ${group} [name] takes others in`;
    case "add":
      return `added ${member} to ${group}`;
    case "remove":
      return `removed ${member} from ${group}`;
    case "leave":
      return `left ${group}`;
    default:
      return `joined ${group}`;
  }
}

export function groupNoteLine(view: View & { readonly kind: "groupNote" }): string {
  const [group, member, by] = [inert(view.group), inert(view.member), inert(view.by)];
  switch (view.change) {
    case "added":
      return `${by} added ${member} to ${group}`;
    case "removed":
      return `${by} removed ${member} from ${group}`;
    case "owner":
      return `${by} left ${group}; ${member} owns it now`;
    case "left":
      return `${member} left ${group}`;
    default:
      return `${member} joined ${group}`;
  }
}

export function groupLines(
  { groups }: View & { readonly kind: "groups" },
  style: Style,
): readonly string[] {
  if (groups.length === 0) return ["no groups; group join #lobby, or group create [name]"];
  return groups.map(({ name, members, isOwned }) => {
    const count = `${members} member${members === 1 ? "" : "s"}`;
    return `${bold(inert(name), style)}  ${count}${isOwned ? ", yours" : ""}`;
  });
}

export function memberLines(
  view: View & { readonly kind: "members" },
  style: Style,
): readonly string[] {
  const online = new Set(view.online);
  const count = `${view.names.length} member${view.names.length === 1 ? "" : "s"}`;
  const mark = style.rich ? ` ${green("●", style)} online` : " (online)";
  const lines = view.names.map((name) => {
    const isOwner = name === view.owner ? " (owner)" : "";
    return `${inert(name)}${isOwner}${online.has(name) ? mark : ""}`;
  });
  return [dim(`${inert(view.group)}, ${count}:`, style), ...lines];
}
