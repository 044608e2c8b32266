// A small language to tell a chat's history in: each call is one record, applied at once, with the
// request numbers counted per client as a terminal counts them. It keeps all events that were told.

import { asBallot, asClientId, asOp, serverClientId } from "../../src/base/ids.ts";
import type { AccountId, ClientId } from "../../src/base/ids.ts";
import { present } from "../../src/base/assert.ts";
import { applyRecord } from "../../src/chat/apply.ts";
import type { ChatEvents, Reply } from "../../src/chat/contract.ts";
import { createChat } from "../../src/chat/state.ts";
import type { ChatState } from "../../src/chat/state.ts";
import type { Command, MessageOf } from "../../src/wire/messages.ts";
import type { DecodedRecord } from "../../src/wire/batch.ts";

/** A command without what the script counts by itself. */
export type Bare = Command extends infer C
  ? C extends Command
    ? Omit<C, "request" | "received"> & { request?: number; received?: number }
    : never
  : never;

export const quietEvents: ChatEvents = {
  isOpen: false,
  mail: () => undefined,
  isTold: () => false,
  status: () => undefined,
  unopened: () => undefined,
  groupNote: () => undefined,
  sessionEnded: () => undefined,
};

export function clientNumber(number: number): ClientId {
  return asClientId(number.toString(16).padStart(32, "0"));
}

export function keyOf(word: string): string {
  return Buffer.from(word.padEnd(8, "."), "latin1").toString("hex");
}

export function registration(name: string): Bare {
  return {
    type: "register",
    name,
    salt: keyOf("salt"),
    cost: 16_384,
    blockSize: 8,
    parallelism: 5,
    storedKey: keyOf(name.toLowerCase()),
    serverKey: keyOf("server"),
    tokenHash: keyOf("token"),
  };
}

export class ChatScript {
  chat: ChatState = createChat();
  readonly records: DecodedRecord[] = [];
  /** In words: `mail 1 3`, `status 1 delivered bob 7`, `unopened 2 0`, `ended 1 logged-out`. */
  readonly told: string[] = [];
  private requestsFrom = 0;
  private readonly requests = new Map<ClientId, number>();
  private atUs = 1_800_000_000_000_000;

  readonly events: ChatEvents = {
    isOpen: true,
    mail: (account, seq) => this.told.push(`mail ${account} ${seq}`),
    isTold: (account) => (this.chat.accounts.get(account)?.sessions ?? null) !== null,
    status: (sender, { status, to, request }) =>
      this.told.push(`status ${sender} ${status} ${to} ${request}`),
    unopened: (account) =>
      this.told.push(`unopened ${account} ${this.chat.mailboxOf(account).unopened}`),
    groupNote: (account, { group, change, member, by }) =>
      this.told.push(`note ${account} ${by} ${change} ${member} ${group}`),
    sessionEnded: (client, end) => this.told.push(`ended ${Number(`0x${client}`)} ${end.code}`),
  };

  /** One record of client `number` (0: the servers themselves). */
  do(number: number, bare: Bare): Reply {
    const client = number === 0 ? serverClientId : clientNumber(number);
    const request = bare.request ?? (this.requests.get(client) ?? this.requestsFrom) + 1;
    this.requests.set(client, Math.max(request, this.requests.get(client) ?? 0));
    // The cast joins what the script counted to what the caller said.
    return this.apply(client, { received: 0, ...bare, request } as Command);
  }

  /** A terminal uses each number once, whatever branch it speaks to. */
  skipRequests(count: number): void {
    this.requestsFrom = count;
    for (const [client, request] of this.requests) this.requests.set(client, request + count);
  }

  /** A record that was applied elsewhere: goes on behind it. */
  follow(record: DecodedRecord): void {
    const { client, command, atUs } = record;
    this.records.push(record);
    this.atUs = atUs;
    if ("request" in command) this.requests.set(client, command.request);
  }

  apply(client: ClientId, command: Command): Reply {
    this.pass(1);
    const op = asOp(this.chat.op + 1);
    const record = { ballot: asBallot(64), op, atUs: this.atUs, client, command };
    this.records.push(record);
    return applyRecord(this.chat, record, this.events);
  }

  /** Time goes by before the next record. */
  pass(ms: number): void {
    this.atUs += ms * 1_000;
  }

  register(number: number, name: string): Reply {
    return this.do(number, registration(name));
  }

  login(number: number, name: string): Reply {
    const storedKey = keyOf(name.toLowerCase());
    return this.do(number, { type: "startSession", name, storedKey, tokenHash: keyOf("again") });
  }

  send(number: number, to: string, body = "hello"): Reply {
    return this.do(number, { type: "send", to, format: "p", body });
  }

  acknowledge(number: number, through: number): Reply {
    return this.do(number, { type: "acknowledge", through });
  }

  mark(number: number, mark: string, ...seqs: number[]): Reply {
    return this.do(number, { type: "mark", mark, seqs });
  }

  account(name: string): AccountId {
    return present(this.chat.accountOf(name), name);
  }

  /** `from: body` of all that a mailbox holds. */
  mail(name: string): string[] {
    const range = { after: 0, count: 1_000, unopened: false };
    const { letters } = this.chat.list(this.account(name), range);
    return letters.map(({ letter }) => `${letter.from}: ${letter.body}`);
  }

  takeTold(): string[] {
    return this.told.splice(0);
  }
}

/** The refusal's code, or the reply's type when it is none. */
export function codeOf(reply: Reply): string {
  return reply.type === "refused" ? reply.code : reply.type;
}

export function replyOf<T extends Reply["type"]>(reply: Reply, type: T): MessageOf<T> {
  if (reply.type !== type) throw new Error(`a ${type} was due: ${JSON.stringify(reply)}`);
  // The check above is the proof.
  return reply as unknown as MessageOf<T>;
}
