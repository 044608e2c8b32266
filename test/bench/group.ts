// One sender who writes to as many people as a group has, as one thing to wait for: a send to each
// of them, as any system can do it, and no message to a group. Counts as confirmed when all are.

import { type Connection, depthMax, type SendDone } from "./system.ts";

export class GroupConnection implements Connection {
  private readonly connection: Connection;
  private readonly members: number;
  private unsent = 0;
  private unconfirmed = 0;
  private done: SendDone | null = null;

  constructor(connection: Connection, members: number) {
    this.connection = connection;
    this.members = members;
  }

  /** One at a time. */
  send(done: SendDone): void {
    this.done = done;
    this.unsent = this.members;
    this.unconfirmed = this.members;
    for (let at = 0; at < Math.min(depthMax, this.members); at += 1) this.sendNext();
  }

  close(): void {
    this.connection.close();
  }

  private sendNext(): void {
    this.unsent -= 1;
    this.connection.send((error) => {
      this.unconfirmed -= 1;
      if (error !== null) return this.finish(error);
      if (this.unsent > 0) this.sendNext();
      else if (this.unconfirmed === 0) this.finish(null);
    });
  }

  private finish(error: Error | null): void {
    const { done } = this;
    this.done = null;
    done?.(error);
  }
}
