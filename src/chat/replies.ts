// The replies of one client that it is not known to have received, in the order of their requests.
// Bounded: beyond the limit the oldest is forgotten and answered as of unknown outcome. Adding at
// the end and dropping at the beginning cost the same however many are kept.

import { repliesKeptMax } from "../base/limits.ts";
import type { Reply } from "./contract.ts";

/** So many dropped places are left standing before the rest moves up. */
const droppedMin = 32;

export class KeptReplies {
  /** Null before `first`: dropped. */
  private readonly replies: (Reply | null)[] = [];
  private first = 0;

  add(reply: Reply): void {
    const { replies } = this;
    let at = replies.length;
    while (at > this.first && (replies[at - 1] as Reply).request > reply.request) at -= 1;
    if (at === replies.length) replies.push(reply);
    else replies.splice(at, 0, reply);
    if (replies.length - this.first > repliesKeptMax) this.dropFirst();
  }

  /** The client holds all replies through this request. */
  dropThrough(received: number): void {
    const { replies } = this;
    while (this.first < replies.length) {
      if ((replies[this.first] as Reply).request > received) return;
      this.dropFirst();
    }
  }

  get(request: number): Reply | undefined {
    return this.all().find((reply) => reply.request === request);
  }

  all(): readonly Reply[] {
    // Behind `first` nothing is dropped.
    return this.replies.slice(this.first) as Reply[];
  }

  private dropFirst(): void {
    const { replies } = this;
    replies[this.first] = null;
    this.first += 1;
    if (this.first < droppedMin || this.first * 2 < replies.length) return;
    replies.splice(0, this.first);
    this.first = 0;
  }
}
