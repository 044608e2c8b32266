// How far a message has come, where it is shown: PURE. From confirmed to delivered to read, and
// never back. What the marks look like is in render.ts and renderLetters.ts.

import type { HistoryEntryView, MessageId, View } from "./views.ts";

type StatusView = View & { readonly kind: "status" };

const steps = ["stored", "delivered", "read"] as const;
type Step = (typeof steps)[number];

/** The same with the mark that this status brings; null when it shows no such message. */
export function raised(view: View, status: StatusView): View | null {
  if (view.kind === "sent") {
    return isSame(view.id, status.id)
      ? { ...view, status: higher(view.status, status.status) }
      : null;
  }
  if (view.kind !== "history") return null;
  const isOfIt = ({ letter }: HistoryEntryView): boolean => {
    return letter.own && isSame(letter.id, status.id);
  };
  if (!view.entries.some(isOfIt)) return null;
  const entries = view.entries.map((entry) => {
    if (!isOfIt(entry) || entry.mark === "unread") return entry;
    return { ...entry, mark: higher(entry.mark, status.status) };
  });
  return { ...view, entries };
}

function isSame(one: MessageId, other: MessageId): boolean {
  return one.client === other.client && one.request === other.request;
}

function higher(one: Step, other: Step): Step {
  return steps.indexOf(other) > steps.indexOf(one) ? other : one;
}
