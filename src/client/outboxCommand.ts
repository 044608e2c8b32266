// What `outbox` does: lists what was never confirmed before the last end of a client here, sends
// it, or drops it. Where that is kept, and under which numbers it is sent, stands in outbox.ts.

import type { Desk } from "./desk.ts";
import { messages } from "./outbox.ts";
import type { CommandOf } from "./parsed.ts";
import { refuse, type Result } from "./results.ts";

export async function runOutbox(desk: Desk, { act }: CommandOf<"outbox">): Promise<Result> {
  const user = desk.user ?? "";
  const { outbox } = desk;
  const { unsent, problem } = outbox.left(user);
  if (problem !== null) desk.show({ kind: "notice", code: "outbox-not-read", message: problem });
  if (act === "list" || unsent.length === 0) {
    desk.show({ kind: "outbox", unsent });
    return "done";
  }
  if (act === "drop") {
    const count = outbox.drop(user);
    desk.show({ kind: "notice", code: "outbox-dropped", message: `dropped ${messages(count)}` });
    return "done";
  }
  let sent = 0;
  let result: Result = "done";
  const why = await outbox.send(user, ({ to }, outcome) => {
    if (outcome.ok) {
      sent += 1;
      return;
    }
    const message = `To ${to}: ${outcome.message}`;
    result = refuse(desk, "outbox", { code: outcome.code, message });
  });
  if (why !== null) return refuse(desk, "outbox", { code: "outbox-not-kept", message: why });
  desk.show({ kind: "notice", code: "outbox-sent", message: `sent ${messages(sent)}` });
  return result;
}
