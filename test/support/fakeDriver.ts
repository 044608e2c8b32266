// A driver without replication, for tests of the clients' side: what is submitted is applied to a
// real chat a little later, as if all servers had it. Role, leases and room are the test's to set.

import type { Ballot, ServerId } from "../../src/base/ids.ts";
import { asBallot, asOp, asServerId, noChain, serverClientId } from "../../src/base/ids.ts";
import { applyRecord } from "../../src/chat/apply.ts";
import type { ChatState } from "../../src/chat/state.ts";
import { createChat } from "../../src/chat/state.ts";
import type { Clock } from "../../src/ports.ts";
import type { Clients } from "../../src/server/clients.ts";
import { CommandMemory } from "../../src/server/commandMemory.ts";
import type { Strength } from "../../src/replica/strength.ts";
import type { Driver, ServerStatus, Successor } from "../../src/server/wiring.ts";
import { buildBatch } from "../../src/wire/record.ts";
import type { CommandBytes } from "../../src/wire/record.ts";

export interface FakeDriver extends Driver {
  /** Every command that came, in order. */
  readonly submitted: CommandBytes[];
  readonly hints: Ballot[];
  readable: boolean;
  writable: boolean;
  /** While false, what is submitted waits. */
  committing: boolean;
  roomy: boolean;
  following: Successor;
  /** Servers whose disks are low. */
  short: ServerId[];
  strong: Strength;
  /** Another life of the cluster: tells the clients' side. */
  become(status: Partial<ServerStatus>): void;
  /** Nothing is confirmed, for this reason; null: something is again. */
  stand(why: string | null): void;
  /** Applies what waits, now: all of it, or so many. */
  commitAll(count?: number): void;
}

export function makeFakeDriver(clock: Clock, clients: Clients, chat = createChat()): FakeDriver {
  let status: ServerStatus = {
    role: "primary",
    ballot: asBallot(64),
    verified: true,
    primary: asServerId(0),
    members: [asServerId(0), asServerId(1), asServerId(2)],
    committed: asOp(0),
  };
  const memory = new CommandMemory();
  let waiting: CommandBytes[] = [];
  const events = chatEventsOf(clients);
  const driver: FakeDriver = {
    ...settings(),
    status: () => status,
    chat: () => chat,
    canRead: () => driver.readable && status.role === "primary",
    canWrite: () => driver.writable && status.role === "primary",
    submit: (command) => {
      if (typeof command.payload !== "string") memory.keep(command.payload, false);
      driver.submitted.push(command);
      waiting.push(command);
      if (driver.committing) clock.after(1, () => driver.commitAll());
      return driver.roomy;
    },
    shortOfRoom: () => driver.short,
    successor: () => driver.following,
    logEnd: () => asOp(chat.op + waiting.length),
    hint: (ballot) => void driver.hints.push(ballot),
    peerStates: () => [],
    strength: () => driver.strong,
    stop: async () => undefined,
    become: (change) => {
      status = { ...status, ...change };
      clients.statusChanged(status);
    },
    stand: (why) => clients.standstill(why),
    commitAll: (count = Infinity) => {
      const commands = waiting.slice(0, count);
      waiting = waiting.slice(commands.length);
      for (const command of commands) applyOne(chat, command, events, clock.wallUs());
      status = { ...status, committed: chat.op };
      clients.turnEnded();
    },
  };
  return driver;
}

function settings(): Pick<
  FakeDriver,
  | "submitted"
  | "hints"
  | "readable"
  | "writable"
  | "committing"
  | "roomy"
  | "following"
  | "short"
  | "strong"
> {
  const willing = { readable: true, writable: true, committing: true, roomy: true };
  const servers = [0, 1, 2].map(asServerId);
  const rules = { servers, majority: false, minCopies: 1, strict: false };
  const strong = { ...rules, up: servers, confirming: servers, awaited: [] };
  return { ...willing, following: null, submitted: [], hints: [], short: [], strong };
}

type Events = Parameters<typeof applyRecord>[2] & Pick<Clients, "reply">;

function chatEventsOf(clients: Clients): Events {
  return {
    reply: (client, reply) => clients.reply(client, reply),
    isOpen: true,
    mail: (account, seq) => clients.mail(account, seq),
    isTold: (account) => clients.isTold(account),
    status: (sender, status) => clients.status(sender, status),
    unopened: (account) => clients.unopened(account),
    groupNote: (account, note) => clients.groupNote(account, note),
    sessionEnded: (client, end) => clients.sessionEnded(client, end),
  };
}

function applyOne(chat: ChatState, command: CommandBytes, events: Events, wallUs: number): void {
  const { client } = command;
  const firstOp = asOp(chat.op + 1);
  const start = { ballot: asBallot(64), firstOp, atUsBefore: chat.atUs, wallUs };
  const [record] = buildBatch({ ...start, chainBefore: noChain }, [command]).batch.records ?? [];
  if (record === undefined) throw new Error("a command makes a record");
  const reply = applyRecord(chat, record, events);
  if (client !== serverClientId) events.reply(client, reply);
}
