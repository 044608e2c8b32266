// What goes out to clients: gathered per connection, written once per turn (when the driver's turn
// ends, or at the end of the event-loop round for answers that need no driver).
// Who is to be told what is decided elsewhere.

import type { Clock } from "../ports.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Driver } from "./wiring.ts";

export class Outgoing {
  readonly #clock: Clock;
  readonly #dropped: (connection: ClientConnection) => void;
  #driver: Driver | null = null;
  #touched: ClientConnection[] = [];
  #isFlushDue = false;

  constructor(clock: Clock, dropped: (connection: ClientConnection) => void) {
    this.#clock = clock;
    this.#dropped = dropped;
  }

  attach(driver: Driver): void {
    this.#driver = driver;
  }

  send(connection: ClientConnection, message: Message): void {
    if (connection.ended) return;
    connection.outbox.add(message);
    this.touch(connection);
  }

  /** The same of a reply to sending, with what is known only now. */
  sendSent(
    connection: ClientConnection,
    reply: MessageOf<"sent">,
    copies: number,
    online: boolean,
  ): void {
    if (connection.ended) return;
    connection.outbox.addSent(reply, copies, online);
    this.touch(connection);
  }

  /** Something waits for it: letters, or frames in its outbox. */
  touch(connection: ClientConnection): void {
    if (connection.flushWanted) return;
    connection.flushWanted = true;
    this.#touched.push(connection);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#clock.soon(() => {
      this.#isFlushDue = false;
      this.flush();
    });
  }

  flush(): void {
    const touched = this.#touched;
    const driver = this.#driver;
    if (touched.length === 0 || driver === null) return;
    this.#touched = [];
    const chat = driver.chat();
    for (const connection of touched) {
      connection.flushWanted = false;
      if (connection.ended) continue;
      if (connection.pushWanted) connection.pushWanted = !connection.pushLetters(chat);
      if (!connection.flush()) {
        connection.destroy();
        this.#dropped(connection);
      } else if (connection.pushWanted && connection.link.unsentBytes() === 0) {
        // All was taken at once, so no drain will be told: go on in the next round.
        this.touch(connection);
      }
    }
  }
}
