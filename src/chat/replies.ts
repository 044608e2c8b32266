// The replies of one client that it is not known to have received, in the order of their requests.
// Bounded: beyond the limit the oldest is forgotten and answered as of unknown outcome.

import { repliesKeptMax } from "../base/limits.ts";
import type { Reply } from "./contract.ts";

export class KeptReplies {
  private readonly replies: Reply[] = [];

  add(reply: Reply): void {
    const { replies } = this;
    let at = replies.length;
    while (at > 0 && (replies[at - 1] as Reply).request > reply.request) at -= 1;
    if (at === replies.length) replies.push(reply);
    else replies.splice(at, 0, reply);
    if (replies.length > repliesKeptMax) replies.shift();
  }

  /** The client holds all replies through this request. */
  dropThrough(received: number): void {
    const { replies } = this;
    while (replies.length > 0 && (replies[0] as Reply).request <= received) replies.shift();
  }

  get(request: number): Reply | undefined {
    return this.replies.find((reply) => reply.request === request);
  }

  all(): readonly Reply[] {
    return this.replies;
  }
}
