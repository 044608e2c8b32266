// The clients' side of one server: takes connections, lets the intake decide their frames, and
// brings replies and pushes to whoever they are for. Everything that one turn has for a connection
// leaves in one socket write. What is on here is no state: all of it may be lost with the process.

import type { AccountId, ClientId, ServerId } from "../base/ids.ts";
import { frameHeaderBytes, viewChangeGraceMs } from "../base/limits.ts";
import type { Reply } from "../chat/contract.ts";
import type { Clock, Entropy, Link, Listener, Log, Network } from "../ports.ts";
import { opcodeOf } from "../wire/codec.ts";
import type { FrameView } from "../wire/frameReader.ts";
import type { Message, MessageOf } from "../wire/messages.ts";
import { readPlainSend } from "../wire/plainSend.ts";
import { nonceBytes } from "../wire/proof.ts";
import { Announcer } from "./announcing.ts";
import { ClientConnection } from "./clientConnection.ts";
import { ClientWatch } from "./clientWatch.ts";
import { Directory } from "./directory.ts";
import { HistoryKeeper } from "./historyKeeper.ts";
import { Holding } from "./holding.ts";
import { Intake } from "./intake.ts";
import { Logins } from "./logins.ts";
import { Outgoing } from "./outgoing.ts";
import { Presence } from "./presence.ts";
import { Speaker } from "./speaker.ts";
import { keepsClients } from "./standing.ts";
import { notPrimary } from "./turnAways.ts";
import { turnedAway } from "./turnstile.ts";
import type { Driver, DriverEvents, HostSpec, ServerStatus } from "./wiring.ts";

const sendOpcode = opcodeOf("send");
const clusterOpcode = opcodeOf("cluster");

export interface ClientsParts {
  readonly clock: Clock;
  readonly network: Pick<Network, "listen">;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly self: ServerId;
  readonly hosts: readonly HostSpec[];
  readonly bindHost: string;
  /** Read messages kept of each conversation; 0: all. */
  readonly keep: number;
  readonly secret: Buffer;
  readonly socketsRoom?: number;
}

/** `attach` comes before anything else; the driver's events go straight in. */
export interface Clients extends Omit<DriverEvents, "fatal"> {
  attach(driver: Driver): void;
  start(): Promise<void>;
  /** From now on whoever comes is sent away, and all are as soon as another server leads. */
  prepareStop(): void;
  stop(): Promise<void>;
}

export function makeClients(parts: ClientsParts): Clients {
  return new ClientTable(parts);
}

class ClientTable implements Clients {
  readonly #parts: ClientsParts;
  readonly #directory: Directory;
  readonly #presence: Presence;
  readonly #announcer: Announcer;
  readonly #holding: Holding;
  readonly #outgoing: Outgoing;
  readonly #speaker: Speaker;
  #driver: Driver | null = null;
  #intake: Intake | null = null;
  #watch: ClientWatch | null = null;
  #keeper: HistoryKeeper | null = null;
  #listener: Listener | null = null;
  #isStopped = false;
  #ballotSeen = 0;
  /** Until when clients may wait for the view that this server is about to lead. */
  #graceUntilMs = -Infinity;

  constructor(parts: ClientsParts) {
    this.#parts = parts;
    this.#directory = new Directory((account) => this.#presence.changed(account));
    this.#holding = new Holding(parts.clock);
    this.#outgoing = new Outgoing(parts.clock, (connection) => this.#forget(connection));
    this.#speaker = new Speaker(this.#directory, this.#outgoing);
    const [directory, outgoing] = [this.#directory, this.#outgoing];
    this.#announcer = new Announcer(directory, (...told) => outgoing.send(...told));
    this.#presence = new Presence({ clock: parts.clock, directory, outgoing });
  }

  attach(driver: Driver): void {
    const directory = this.#directory;
    this.#driver = driver;
    const { ballot, members } = driver.status();
    this.#ballotSeen = ballot;
    this.#speaker.attach(driver);
    this.#speaker.copies = members.length;
    this.#intake = new Intake({
      driver,
      directory,
      logins: new Logins(this.#parts),
      isViewChanging: () => this.#isViewChanging(),
      answer: (connection, message) => this.#outgoing.send(connection, message),
      reply: (connection, reply) => this.#speaker.speak(connection, reply),
      dismiss: (connection, why) => this.#dismiss(connection, why),
      presence: this.#presence,
      announcer: this.#announcer,
      ...this.#parts,
    });
    this.#holding.attach(this.#intake);
    this.#outgoing.attach(driver);
    this.#presence.attach(driver);
    this.#keeper = new HistoryKeeper({ driver, ...this.#parts });
    this.#watch = new ClientWatch({
      driver,
      directory,
      dismiss: (connection, why) => this.#dismiss(connection, why),
      ...this.#parts,
    });
  }

  async start(): Promise<void> {
    const { network, hosts, self, bindHost } = this.#parts;
    const port = hosts[self]?.clientPort ?? 0;
    const address = { host: bindHost, port };
    this.#listener = await network.listen(address, (link) => this.#accept(link));
    this.#watch?.start();
    this.#keeper?.start();
  }

  prepareStop(): void {
    this.#isStopped = true;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#watch?.stop();
    this.#keeper?.stop();
    this.#dismissAll();
    await this.#listener?.close();
  }

  // ---- what the driver tells

  reply(client: ClientId, reply: Reply): void {
    this.#speaker.reply(client, reply);
  }

  mail(account: AccountId, seq: number): void {
    this.#speaker.mail(account, seq);
  }

  isTold(account: AccountId): boolean {
    return this.#directory.isOn(account);
  }

  status(sender: AccountId, status: MessageOf<"status">): void {
    this.#speaker.status(sender, status);
  }

  unopened(account: AccountId): void {
    this.#speaker.unopened(account);
  }

  groupNote(account: AccountId, note: MessageOf<"groupNote">): void {
    for (const connection of this.#directory.terminalsOf(account)) {
      this.#outgoing.send(connection, note);
    }
  }

  sessionEnded(client: ClientId, end: MessageOf<"sessionEnded">): void {
    this.#watch?.sessions.ended(client);
    const connection = this.#directory.inChargeOf(client);
    if (connection === undefined || connection.account === null) return;
    this.#directory.leave(connection);
    this.#presence.unwatch(connection);
    connection.pushWanted = false;
    if (!connection.leaving) this.#outgoing.send(connection, end);
  }

  statusChanged(status: ServerStatus): void {
    const isKept = keepsClients(status, this.#ballotSeen, this.#parts.self);
    this.#ballotSeen = status.ballot;
    this.#speaker.copies = status.members.length;
    this.#graceUntilMs = -Infinity;
    this.#announcer.statusChanged(status);
    if (status.role === "primary") {
      this.#watch?.sessions.becamePrimary();
      this.#presence.becamePrimary();
    } else if (isKept && !this.#isStopped) {
      // They are let in when the turn ends, behind what the disks and the others wait for.
      return this.#wait();
    } else {
      this.#dismissAll();
    }
    this.#holding.retry();
  }

  standstill(why: string | null): void {
    this.#announcer.standstill(why);
  }

  turnEnded(): void {
    this.#intake?.turnEnded();
    this.#outgoing.flush();
    this.#holding.retry();
  }

  // ---- connections

  #accept(link: Link): void {
    const nonce = this.#parts.entropy.bytes(nonceBytes).toString("hex");
    const connection = new ClientConnection({ link, clock: this.#parts.clock, nonce });
    const { address } = connection;
    if (this.#isStopped) return link.destroy();
    const refusal = turnedAway(this.#parts, this.#directory, address, (...who) => {
      this.#dismiss(...who);
    });
    if (refusal !== null) return connection.end(refusal);
    this.#directory.add(connection);
    const onFrame = (frame: FrameView): void => this.#take(connection, frame);
    link.start({
      bytes: (chunk) => {
        if (connection.ended) return;
        const refusal = connection.read(chunk, onFrame);
        if (refusal === null) return;
        this.#dismiss(connection, { type: "error", code: refusal.code, message: refusal.message });
      },
      drained: () => {
        if (connection.pushWanted) this.#outgoing.touch(connection);
      },
      closed: () => this.#forget(connection),
    });
  }

  #forget(connection: ClientConnection): void {
    connection.ended = true;
    connection.held = [];
    this.#holding.forget(connection);
    this.#presence.unwatch(connection);
    const { client, account } = connection;
    if (client !== null && account !== null) this.#watch?.sessions.departed(client);
    this.#directory.remove(connection);
  }

  /** Ends it in words; nobody else notices. */
  #dismiss(connection: ClientConnection, why: Message | null): void {
    if (connection.ended) return;
    if (why?.type === "error") {
      const { address: from } = connection;
      this.#parts.log.write("debug", why.message, { from, code: why.code });
    }
    connection.end(why ?? undefined);
    this.#forget(connection);
  }

  #dismissAll(): void {
    const { self } = this.#parts;
    const status = this.#driver?.status();
    if (status === undefined) return;
    for (const connection of [...this.#directory.all()]) {
      this.#dismiss(connection, notPrimary(status, self));
    }
  }

  /** This server leads a view that is not active yet: its clients stay for a moment. */
  #wait(): void {
    const { clock } = this.#parts;
    const untilMs = clock.nowMs() + viewChangeGraceMs;
    this.#graceUntilMs = untilMs;
    clock.after(viewChangeGraceMs, () => {
      if (this.#graceUntilMs === untilMs) this.#dismissAll();
    });
  }

  #isViewChanging(): boolean {
    return this.#parts.clock.nowMs() < this.#graceUntilMs;
  }

  // ---- frames

  #take(connection: ClientConnection, { opcode, bytes, start, end }: FrameView): void {
    const intake = this.#intake;
    if (intake === null) return;
    const payloadStart = start + frameHeaderBytes;
    if (opcode === sendOpcode && connection.held.length === 0) {
      const send = readPlainSend(bytes, payloadStart, end);
      if (send !== null && intake.takeSend(connection, send)) return;
    }
    const payload = bytes.latin1Slice(payloadStart, end);
    // Needs nothing that others wait for, and may say what that is.
    const isFree = opcode === clusterOpcode && connection.client !== null;
    if ((connection.held.length > 0 && !isFree) || !intake.take(connection, opcode, payload)) {
      this.#holding.hold(connection, opcode, payload);
    }
  }
}
