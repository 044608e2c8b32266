// What `outbox` does: lists what was never confirmed before the last end of a client here, sends
// it, or drops it. Where that is kept, and under which numbers it is sent, stands in outbox.ts.

import type { Desk } from "./desk.ts";
import type { KeptNews } from "./keptSending.ts";
import { messages } from "./outbox.ts";
import type { CommandOf } from "./parsed.ts";
import { refuse, type Result } from "./results.ts";
import type { UnsentView } from "./views.ts";

export async function runOutbox(desk: Desk, { act }: CommandOf<"outbox">): Promise<Result> {
  const user = desk.user ?? "";
  const { outbox } = desk;
  const { unsent, problem } = outbox.left(user);
  if (problem !== null) desk.show({ kind: "notice", code: "outbox-not-read", message: problem });
  if (act === "list" || unsent.length === 0) {
    desk.show({ kind: "outbox", unsent, underWay: desk.client.view().unsent });
    return "done";
  }
  if (act === "drop") {
    const dropped = outbox.drop(user);
    if (dropped.problem !== null) {
      return refuse(desk, "outbox", { code: "outbox-not-dropped", message: dropped.problem });
    }
    const message = `dropped ${messages(dropped.count)}`;
    desk.show({ kind: "notice", code: "outbox-dropped", message });
    return "done";
  }
  return sendAll(desk, user);
}

async function sendAll(desk: Desk, user: string): Promise<Result> {
  const { outbox } = desk;
  let sent = 0;
  let result: Result = "done";
  const why = await outbox.send(user, (unsent, news) => {
    if (news.fate === "sent") sent += 1;
    else result = refuse(desk, "outbox", { code: news.code, message: wordsFor(unsent, news) });
  });
  if (why !== null) result = refuse(desk, "outbox", { code: "outbox-not-kept", message: why });
  const kept = outbox.left(user).unsent.length;
  const rest = kept === 0 ? "" : `; ${messages(kept)} kept`;
  desk.show({ kind: "notice", code: "outbox-sent", message: `sent ${messages(sent)}${rest}` });
  return result;
}

/** What goes unsent is shown whole: it stands nowhere else any more. */
function wordsFor({ to, text }: UnsentView, { fate, message }: KeptNews): string {
  const why = `To ${to}: ${message}`;
  if (fate === "kept") return `${why} It is kept: outbox send tries again.`;
  if (fate === "refused") return `${why} Kept no longer, it read: ${text}`;
  return `${why} Kept no longer, it may or may not have arrived: ${text}`;
}
