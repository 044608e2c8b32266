// What a server does before it is needed: it plays the failovers through that it may be asked for
// one day, so that this code has been compiled, and has learnt its types, by then. Played cold, the
// first second of a new primary is its slowest, and all clients come at once in it. Three servers
// and some people in this process, over loopback and folders in memory; nothing of it is kept.

import { present } from "../base/assert.ts";
import type { ServerId } from "../base/ids.ts";
import { asServerId } from "../base/ids.ts";
import type { Address, Clock, ConnectHandler, Disk } from "../ports.ts";
import type { Entropy, Link, Listener, Network } from "../ports.ts";
import { usualRules } from "./config.ts";
import { RehearsalPerson } from "./rehearsalPeople.ts";
import type { RunningServer } from "./server.ts";
import { startServer } from "./server.ts";
import type { HostSpec } from "./wiring.ts";

export interface RehearsalParts {
  readonly clock: Clock;
  /** Bare TCP. */
  readonly network: Network;
  readonly entropy: Entropy;
  /** A new, empty folder that goes with the process. */
  makeDisk(name: string): Disk;
}

const loopback = "127.0.0.1";
const serverCount = 3;
const peopleCount = 8;
/** How often everybody loses the connection while nobody fails. */
const reconnections = 6;
const messages = ["as in earnest", "word for word", "once more"];
/** Whoever cannot play it in this time has other worries. */
const patienceMs = 5_000;
const lookMs = 1;
const secretBytes = 32;

/** It takes a tenth of that; with less, those who are there in earnest need all of it. */
export const rehearsalSocketsRoom = 500;

/** Throws an Error in words when it came to nothing; what it started is stopped in any case. */
export async function rehearse(parts: RehearsalParts): Promise<void> {
  const hosts = Array.from({ length: serverCount }, (_, at) => hostOf(asServerId(at)));
  const network = new RehearsalNetwork(parts);
  const secret = parts.entropy.bytes(secretBytes);
  const servers: RunningServer[] = [];
  const people: RehearsalPerson[] = [];
  const faults: string[] = [];
  try {
    for (const { id } of hosts) {
      const { clock, entropy, makeDisk } = parts;
      const disk = makeDisk(`rehearsal-${id}`);
      const log = { write: () => undefined };
      const started = await startServer({
        config: { ...usualRules, id, hosts, bindHost: loopback },
        ports: { clock, disk, entropy, log, network, socketsRoom: rehearsalSocketsRoom / 5 },
        secret,
        builder: { build: () => Promise.reject(new Error(noImages)), stop: async () => undefined },
        onReady: () => undefined,
        onFatal: (message) => void faults.push(message),
      });
      if (!started.ok) throw new Error(started.message);
      servers.push(started.server);
    }
    people.push(...peopleOf({ ...parts, network }, hosts));
    await play({ clock: parts.clock, servers, people, faults });
  } finally {
    for (const person of people) person.leave();
    // What fails here has failed before, and has been told; the others are stopped all the same.
    await Promise.allSettled(servers.map((server) => server.stop()));
  }
}

const noImages = "What is played is too short for a base image.";

/** Until one server is left. */
async function play(stage: {
  readonly clock: Clock;
  readonly servers: readonly RunningServer[];
  readonly people: readonly RehearsalPerson[];
  /** Of servers that could not go on. */
  readonly faults: readonly string[];
}): Promise<void> {
  const { clock, servers, people, faults } = stage;
  const untilMs = clock.nowMs() + patienceMs;
  const wait = async (isOver: () => boolean): Promise<void> => {
    await waitFor(clock, untilMs, () => isOver() || faults.length > 0);
    if (faults[0] !== undefined) throw new Error(faults[0]);
  };
  const talk = async (): Promise<void> => {
    for (const person of people) messages.forEach((message) => person.say(message));
    await wait(() => people.every(({ isHeard }) => isHeard));
  };
  const left = new Set(servers);
  const primary = (): RunningServer | undefined =>
    [...left].find((server) => server.status().role === "primary");
  await wait(() => primary()?.status().members.length === serverCount);
  await talk();
  for (let time = 0; time < reconnections; time += 1) {
    for (const person of people) person.lose();
    await talk();
  }
  while (left.size > 1) {
    const leaving = present(primary(), "whom people are heard by");
    left.delete(leaving);
    await Promise.all([leaving.stop(), talk()]);
  }
}

function waitFor(clock: Clock, untilMs: number, isOver: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (isOver()) resolve();
      else if (clock.nowMs() >= untilMs) reject(new Error("The rehearsal took too long."));
      else clock.after(lookMs, look);
    };
    look();
  });
}

function peopleOf(
  parts: Pick<RehearsalParts, "clock" | "entropy" | "network">,
  hosts: readonly HostSpec[],
): RehearsalPerson[] {
  const { clock, entropy, network } = parts;
  return Array.from({ length: peopleCount }, (_, at) => {
    const [name, friend] = [`player${at}`, `player${(at + 1) % peopleCount}`];
    return new RehearsalPerson({ clock, entropy, network, hosts, name, friend });
  });
}

/** Ports are names here (see `RehearsalNetwork`). */
function hostOf(id: ServerId): HostSpec {
  return { id, host: loopback, clientPort: 1 + id, peerPort: 1 + serverCount + id };
}

/** Each port that is listened on stands for one that the system has chosen, on loopback. */
class RehearsalNetwork implements Network {
  readonly #parts: Pick<RehearsalParts, "clock" | "network">;
  readonly #listeners = new Map<number, Listener>();

  constructor(parts: Pick<RehearsalParts, "clock" | "network">) {
    this.#parts = parts;
  }

  async listen({ port }: Address, accept: (link: Link) => void): Promise<Listener> {
    const listener = await this.#parts.network.listen({ host: loopback, port: 0 }, accept);
    this.#listeners.set(port, listener);
    return {
      address: listener.address,
      close: () => {
        this.#listeners.delete(port);
        return listener.close();
      },
    };
  }

  connect({ port }: Address, timeoutMs: number, handler: ConnectHandler): void {
    const address = this.#listeners.get(port)?.address;
    const { clock, network } = this.#parts;
    if (address === undefined) clock.soon(() => handler.failed("refused", "nobody listens"));
    else network.connect(address, timeoutMs, handler);
  }
}
