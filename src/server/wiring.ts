// How the parts of one server meet: types alone. `server.ts` puts them together over the ports,
// for real processes and for the simulator alike. The driver alone sequences input → step → disk →
// network; peers and clients only carry bytes and decide what stands in their own files.

import type { Ballot, ClientId, Incarnation, Op, ServerId } from "../base/ids.ts";
import type { Chat, ChatEvents, Reply } from "../chat/contract.ts";
import type { Clock, Entropy, Log, Network } from "../ports.ts";
import type { Strength } from "../replica/strength.ts";
import type { Batch } from "../wire/batch.ts";
import type { Message } from "../wire/messages.ts";
import type { CommandBytes } from "../wire/record.ts";
import type { PeerRules } from "./peerRules.ts";

/** One configured server. */
export interface HostSpec {
  readonly id: ServerId;
  readonly host: string;
  readonly clientPort: number;
  readonly peerPort: number;
}

export interface ServerStatus {
  readonly role: "primary" | "secondary" | "recovering";
  readonly ballot: Ballot;
  readonly verified: boolean;
  readonly primary: ServerId | null;
  readonly members: readonly ServerId[];
  readonly committed: Op;
}

// ---- peers: links between servers (implemented in peers.ts)

/** What a server says of itself in a handshake. */
export interface PeerIdentity {
  readonly cluster: string;
  readonly incarnation: Incarnation;
  /** Its cluster may meet another: it was founded while servers were missing, or never. */
  readonly apart: boolean;
}

/** A probe is a fresh connection to the peer's address of the last good handshake. */
export type ProbeResult = "refused" | "unreachable" | "answered";

export interface PeersParts {
  readonly clock: Clock;
  readonly network: Network;
  /** For probes, where `network` does more than open a connection. */
  readonly bareNetwork?: Network;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly self: ServerId;
  readonly hosts: readonly HostSpec[];
  /** What the peer port listens on. */
  readonly bindHost: string;
  readonly secret: Buffer;
  /** Told to the others. */
  readonly rules: PeerRules;
}

export interface PeerEvents {
  /** Both ends have proven the secret; replaces an older link to the same peer. */
  up(peer: ServerId, incarnation: Incarnation, cluster: string): void;
  down(peer: ServerId): void;
  /** `batch` holds the records that followed a `prepare`. */
  message(peer: ServerId, message: Message, batch: Batch | null): void;
  probed(peer: ServerId, result: ProbeResult): void;
  /** Somebody answers for it, whose secret or hosts differ. */
  unfit(peer: ServerId): void;
}

export interface Peers {
  /** Listens at once (and until `stop`), connects to every other host, and reconnects for ever. */
  start(events: PeerEvents): Promise<void>;
  /** Told in every later handshake; existing links stay, unless the incarnation is a new one. */
  setIdentity(identity: PeerIdentity): void;
  /** Queued; one socket write per peer at `flush`. Dropped when the peer is not up. */
  send(peer: ServerId, message: Message): void;
  sendRecords(peer: ServerId, message: Message, batch: Batch): void;
  flush(): void;
  probe(peer: ServerId): void;
  /** Ends the link in words, for what has come over it; both sides will connect again. */
  refuse(peer: ServerId, message: string): void;
  /** Flushes, ends every link, stops listening. */
  stop(): Promise<void>;
}

// ---- the driver (implemented in driver.ts)

/** Who follows a primary that has just gone: not known yet, or null when nobody is to. */
export type Successor = ServerId | "unknown" | null;

/** What the driver tells the clients' side: of the chat and of requests on the primary alone. */
export interface DriverEvents extends Omit<ChatEvents, "isOpen"> {
  /** Committed (or decided before): to be sent to the client's connection, if there is one. */
  reply(client: ClientId, reply: Reply): void;
  /** Role, view or verification changed; on ceasing to be primary all clients are sent away. */
  statusChanged(status: ServerStatus): void;
  /** Nothing is being confirmed, in words for clients; null when something is again. */
  standstill(why: string | null): void;
  /** All that one turn had to tell has been told: flush the sockets. */
  turnEnded(): void;
  /** The server cannot go on (disk error, broken invariant): exit with the code. */
  fatal(message: string, exitCode: number): void;
}

export interface Driver {
  status(): ServerStatus;
  /** The committed state. Only to be read, and only while `canRead()`. */
  chat(): Chat;
  /** Primary of an active view, and all other members' leases run. */
  canRead(): boolean;
  /** Primary of an active view: requests are taken. */
  canWrite(): boolean;
  successor(): Successor;
  /**
   * Keeps nothing of the memory that the command lies in. False when too much is in flight; the
   * connection should stop reading until `turnEnded`.
   */
  submit(command: CommandBytes): boolean;
  /** For the sake of these servers' disks nothing that grows is taken; mostly empty. */
  shortOfRoom(): readonly ServerId[];
  /** Where everything that was submitted so far will stand in the log, at the latest. */
  logEnd(): Op;
  /** A client has seen this ballot: ask the peers when it is news. Never stored, never obeyed. */
  hint(ballot: Ballot): void;
  /** How far a server's log is behind, and in what state it is. */
  peerStates(): readonly {
    readonly id: ServerId;
    readonly state: "primary" | "secondary" | "recovering" | "away";
    readonly lagOps: number;
    /** Its disk or memory is almost full. */
    readonly isLow: boolean;
  }[];
  /** Who is up, who of them confirms, and how many have to. */
  strength(): Strength;
  /** Resigns (hands over, at most 500 ms), then stops. */
  stop(): Promise<void>;
}
