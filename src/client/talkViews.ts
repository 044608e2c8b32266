// Which views are of one's own doings, one's groups and company, beyond single messages: for them
// each renderer has a function of its own. Renders nothing.

import type { View } from "./views.ts";

const talkKinds = [
  "blocked",
  "blockList",
  "presence",
  "grouped",
  "groupNote",
  "groups",
  "members",
  "drafted",
  "drafts",
  "outbox",
  "marked",
  "history",
  "inbox",
  "settings",
] as const;

export type TalkView = Extract<View, { readonly kind: (typeof talkKinds)[number] }>;

const talk: ReadonlySet<string> = new Set(talkKinds);

export function isTalkView(view: View): view is TalkView {
  return talk.has(view.kind);
}
