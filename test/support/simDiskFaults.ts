// How a simulated disk answers: when, and whether at all. Latency, failures, hangs and the freeze
// that stands for the moment of a crash are decided here, once for every action.

import { assert, present } from "../../src/base/assert.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { DiskCallback } from "../../src/ports.ts";
import type { SimClock } from "./simClock.ts";
import type { SimFile, SimMedium } from "./simMedium.ts";

export type DiskAction =
  | "list" | "size" | "read" | "create" | "open" | "write" | "sync" | "cut" | "rename" | "remove"
  | "syncFolder"; // prettier-ignore

export interface DiskFaults {
  /** The next such action fails; of one file if named (by the beginning of its name). */
  failNext(action: DiskAction, namePrefix?: string): void;
  /** What was to fail does not; what hangs goes on hanging. */
  failNothing(): void;
  /** Such actions are not answered until the returned function is called. */
  hang(action: DiskAction, namePrefix?: string): () => void;
  /** Answers take this long from now on. */
  setLatencyMs(action: DiskAction, latencyMs: number): void;
  /** More than this in all files together is refused: the disk is full. */
  setCapacityBytes(capacityBytes: number): void;
  /** So much is free from now on, however much is used by now. */
  setFreeBytes(freeBytes: number): void;
  flipBit(name: string, bit: number): void;
  /** How many changing operations have begun. */
  changeCount(): number;
  /** From the n-th changing operation (from 0) on, nothing is ever answered. */
  freezeAt(changeIndex: number): void;
  isFrozen(): boolean;
  /** Called as each changing operation begins. */
  onChange(look: () => void): void;
  /** All of a file as the system shows it, whenever; for looking, not for the product. */
  contentOf(name: string): Buffer | null;
  names(): readonly string[];
  sizeOf(name: string): number;
  usedBytes(): number;
}

/** The one part of virtual time a disk needs; a process's clock makes its answers wait for it. */
export type ArrivalClock = Pick<SimClock, "arrive">;

interface Fault {
  readonly action: DiskAction;
  readonly namePrefix: string;
  readonly held: Answer[] | null;
}

export interface DiskState {
  readonly medium: SimMedium;
  readonly clock: ArrivalClock;
  readonly prng: Prng;
  readonly path: string;
  readonly blockBytes: number;
  readonly latencyMs: Map<DiskAction, number>;
  faults: Fault[];
  capacityBytes: number;
  changeCount: number;
  freezeAt: number;
  look: () => void;
  isDead: boolean;
  isLocked: boolean;
}

const usualLatencyMs: Readonly<Record<DiskAction, number>> = {
  list: 0.05, size: 0.02, read: 0.1, create: 0.05, open: 0.05, write: 0.03, sync: 0.4, cut: 0.05,
  rename: 0.05, remove: 0.05, syncFolder: 0.4,
}; // prettier-ignore
const changing = new Set<DiskAction>([
  "create", "write", "sync", "cut", "rename", "remove", "syncFolder",
]); // prettier-ignore

interface Operation {
  readonly action: DiskAction;
  readonly name: string;
  /** Takes effect at the moment of the answer; what it throws is the answer. */
  readonly act: () => void;
  readonly done: DiskCallback;
  readonly failed?: () => void;
}

export function perform(state: DiskState, operation: Operation): void {
  const { action } = operation;
  if (changing.has(action)) {
    state.changeCount += 1;
    state.look();
  }
  if (state.isDead || state.changeCount > state.freezeAt) return;
  const fault = state.faults.length === 0 ? undefined : faultOf(state, operation);
  const isFailing = fault?.held === null;
  const answer = new Answer(state, operation, isFailing);
  if (isFailing) state.faults = state.faults.filter((one) => one !== fault);
  if (fault?.held) fault.held.push(answer);
  else state.clock.arrive(latencyOf(state, action), answer);
}

/** What a disk has been asked for takes effect, and whoever asked is told. */
class Answer {
  readonly #state: DiskState;
  readonly #operation: Operation;
  readonly #isFailing: boolean;

  constructor(state: DiskState, operation: Operation, isFailing: boolean) {
    this.#state = state;
    this.#operation = operation;
    this.#isFailing = isFailing;
  }

  run(): void {
    const { isDead, changeCount, freezeAt } = this.#state;
    if (isDead || changeCount > freezeAt) return;
    this.#operation.done(outcomeOf(this.#state, this.#operation, this.#isFailing));
  }
}

function faultOf({ faults }: DiskState, { action, name }: Operation): Fault | undefined {
  return faults.find((one) => one.action === action && name.startsWith(one.namePrefix));
}

function outcomeOf(state: DiskState, operation: Operation, isFailing: boolean): Error | null {
  if (isFailing) {
    operation.failed?.();
    return failure(state, operation.action, operation.name, "the disk reported an error (EIO)");
  }
  try {
    operation.act();
    return null;
  } catch (error) {
    assert(error instanceof Error, "only errors are thrown");
    return error;
  }
}

export function promised<T>(
  state: DiskState,
  action: DiskAction,
  name: string,
  act: () => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let result: { readonly value: T } | null = null;
    perform(state, {
      action,
      name,
      act: () => {
        result = { value: act() };
      },
      done: (error) => {
        if (error !== null) reject(error);
        else resolve(present(result, "a result").value);
      },
    });
  });
}

export function faultControls(state: DiskState): DiskFaults {
  return {
    failNext: (action, namePrefix = "") => {
      state.faults.push({ action, namePrefix, held: null });
    },
    failNothing: () => {
      state.faults = state.faults.filter(({ held }) => held !== null);
    },
    hang: (action, namePrefix = "") => {
      const held: Answer[] = [];
      const fault = { action, namePrefix, held };
      state.faults.push(fault);
      return () => {
        state.faults = state.faults.filter((one) => one !== fault);
        for (const answer of held.splice(0)) state.clock.arrive(0, answer);
      };
    },
    setLatencyMs: (action, latencyMs) => void state.latencyMs.set(action, latencyMs),
    setCapacityBytes: (capacityBytes) => {
      state.capacityBytes = capacityBytes;
    },
    setFreeBytes: (freeBytes) => {
      state.capacityBytes = usedBytes(state) + freeBytes;
    },
    flipBit: (name, bit) => {
      const file = fileOf(state, name);
      for (const content of [file.content, file.durable]) {
        const byte = content.view()[bit >> 3];
        if (byte !== undefined) content.view()[bit >> 3] = byte ^ (1 << (bit & 7));
      }
    },
    changeCount: () => state.changeCount,
    freezeAt: (changeIndex) => {
      state.freezeAt = changeIndex;
    },
    isFrozen: () => state.changeCount > state.freezeAt,
    onChange: (look) => {
      state.look = look;
    },
    contentOf: (name) => {
      const view = state.medium.names.get(name)?.content.view();
      return view === undefined ? null : Buffer.from(view);
    },
    names: () => [...state.medium.names.keys()],
    sizeOf: (name) => fileOf(state, name).content.sizeBytes(),
    usedBytes: () => usedBytes(state),
  };
}

function latencyOf(state: DiskState, action: DiskAction): number {
  const latencyMs = state.latencyMs.get(action) ?? usualLatencyMs[action];
  return latencyMs * (0.75 + state.prng.unit() / 2);
}

export function fileOf(state: DiskState, name: string): SimFile {
  const file = state.medium.names.get(name);
  if (file === undefined) throw failure(state, "open", name, "it does not exist (ENOENT)");
  return file;
}

export function usedBytes(state: DiskState): number {
  let bytes = 0;
  for (const file of state.medium.names.values()) bytes += file.content.sizeBytes();
  return bytes;
}

/** A disk's answer, not a bug: it comes without the calls that led to it, which cost a lot. */
export function failure(state: DiskState, action: DiskAction, name: string, why: string): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new Error(`${action} ${state.path}/${name} failed: ${why}.`);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}
