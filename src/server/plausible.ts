// What no honest peer can say, though it is well-formed: numbers that lie beyond anything a history
// can have come to, servers that are not configured, views that are none. Whoever says so loses the
// connection, in words. PURE. It cannot tell a lie that might be true: that is what the secret is
// for.
//
// Rounds of ballots, lives and ops each take a while to come about, so none of them has outrun the
// clock; yet each can grow by one from whatever is let in here, for longer than anybody will wait.

import { clockFloorUs, recordTimeUsMax, roundFloor } from "../base/doubtLimits.ts";
import { noBallot, roundOf } from "../base/ids.ts";
import type { Batch } from "../wire/batch.ts";
import type { FieldKind } from "../wire/fields.ts";
import type { Message, MessageOf, MessageType } from "../wire/messages.ts";
import { messages } from "../wire/messages.ts";
import type { WireRefusal } from "../wire/refusals.ts";
import { refuse } from "../wire/refusals.ts";

export interface Bounds {
  /** How many are configured: their ids are below. */
  readonly servers: number;
  readonly wallUs: number;
}

type Judge = (value: never, bounds: Bounds) => boolean;

/** Null when the message may be true. */
export function refuseImplausible(message: Message, bounds: Bounds): WireRefusal | null {
  if (message.type === "heartbeat" && isPlausibleHeartbeat(message, bounds)) return null;
  const fields = judged.get(message.type) ?? none;
  const values = message as unknown as Readonly<Record<string, never>>;
  for (const [name, judge] of fields) {
    if (!judge(values[name] as never, bounds)) return implausible(message.type, name);
  }
  if (message.type === "viewInfo") return refuseView(message);
  // Its id + 1.
  const isNobody = message.type === "heartbeat" && message.primary > bounds.servers;
  return isNobody ? implausible(message.type, "primary") : null;
}

/** The same of records: of their times, and of what servers say in them. */
export function refuseImplausibleBatch(batch: Batch, bounds: Bounds): WireRefusal | null {
  for (const { atUs, ballot, command } of batch.records ?? []) {
    if (atUs > recordTimeUsMax) return implausible("record", "atUs");
    if (!isBallot(ballot, bounds)) return implausible("record", "ballot");
    if (command.type !== "view" && command.type !== "orphans") continue;
    const refusal = refuseImplausible(command, bounds);
    if (refusal !== null) return refusal;
    const broken = command.type === "view" ? refuseView({ ...command, ballot }) : null;
    if (broken !== null) return broken;
  }
  return null;
}

type ViewParts = Pick<
  MessageOf<"viewInfo">,
  "ballot" | "parent" | "primary" | "members" | "incarnations"
> & { readonly startOp?: number };

function refuseView(view: ViewParts): WireRefusal | null {
  const { ballot, parent, primary, members, incarnations, startOp = 1 } = view;
  if (ballot === noBallot || parent >= ballot) return implausible("view", "ballot");
  if (startOp < 1) return implausible("view", "startOp");
  if (!members.includes(primary)) return implausible("view", "primary");
  return members.length === incarnations.length ? null : implausible("view", "incarnations");
}

const isLife = (value: number, { wallUs }: Bounds): boolean => {
  return value <= Math.max(clockFloorUs, wallUs);
};
const isBallot = (value: number, { wallUs }: Bounds): boolean => {
  return roundOf(value as MessageOf<"activate">["ballot"]) <= Math.max(roundFloor, wallUs / 1_000);
};
const isServer = (value: number, { servers }: Bounds): boolean => value < servers;
// Without a function for each call: two such lists are in every heartbeat.
const areServers = (values: readonly number[], bounds: Bounds): boolean => {
  let before = -1;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] as number;
    if (!isServer(value, bounds) || value <= before) return false;
    before = value;
  }
  return true;
};
const areLives = (values: readonly number[], bounds: Bounds): boolean => {
  for (const value of values) if (!isLife(value, bounds)) return false;
  return true;
};

/** The same as the table says of its fields, which names the one that cannot be true. */
function isPlausibleHeartbeat(said: MessageOf<"heartbeat">, bounds: Bounds): boolean {
  if (!isLife(said.incarnation, bounds) || !isLife(said.receiver, bounds)) return false;
  if (!isLife(said.lastOp, bounds) || !isLife(said.committed, bounds)) return false;
  if (!isBallot(said.ballot, bounds) || !isBallot(said.promised, bounds)) return false;
  if (!areServers(said.leases, bounds) || !areServers(said.hears, bounds)) return false;
  return said.primary <= bounds.servers;
}

const judges: Partial<Record<FieldKind, Judge>> = {
  op: isLife,
  incarnation: isLife,
  incarnations: areLives,
  ballot: isBallot,
  server: isServer,
  servers: areServers,
};

const none: readonly (readonly [name: string, judge: Judge])[] = [];
/**
 * Of what stands between servers, the fields that can be implausible. Who says hello may have been
 * given another list of hosts: the handshake judges that, and says what to do.
 */
const judged = new Map(
  (Object.entries(messages) as [MessageType, { opcode: number; fields: object }][])
    .filter(([type, { opcode }]) => opcode >= 0x80 && type !== "peerHello")
    .map(([type, { fields }]) => [type, judgesOf(fields as Record<string, FieldKind>)]),
);

function judgesOf(fields: Readonly<Record<string, FieldKind>>): typeof none {
  return Object.entries(fields).flatMap(([name, kind]) => {
    const judge = judges[kind];
    return judge === undefined ? [] : [[name, judge] as const];
  });
}

function implausible(type: string, name: string): WireRefusal {
  return refuse("bad-field", `Field ${name} of a ${type} frame cannot be true.`);
}
