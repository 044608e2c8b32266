// The journal being written: group commit. Appends gather in one buffer while the other one is
// being written through to the medium; never more than one write is under way, and nothing is
// called durable before it has returned. After any error nothing more is written, ever. No promise,
// closure or concatenation per batch; rolling to a new segment is rare and may await.

import { assert, present } from "../base/assert.ts";
import type { Op } from "../base/ids.ts";
import { asOp } from "../base/ids.ts";
import { segmentBytesMax, zerosAheadBytes } from "../base/limits.ts";
import type { Clock, Disk, DiskFile } from "../ports.ts";
import type { Batch } from "../wire/batch.ts";
import { carryOn, layInBlocks } from "./blocks.ts";
import { writeFileDurably } from "./files.ts";
import type { HistoryPoint } from "./journalScan.ts";
import { segmentNameOf } from "./names.ts";
import { addMarks, type SegmentMarks } from "./segmentCursor.ts";
import { cutZeros, placeMark } from "./segmentEnd.ts";
import { addToBuffer, emptyBuffer, makeWriteBuffer, type WriteBuffer } from "./writeBuffer.ts";
import { holdsRecords, setLead } from "./writeBuffer.ts";

export interface JournalSegment {
  readonly name: string;
  readonly firstOp: Op;
  /** Of records, all of them durable. */
  sizeBytes: number;
  /** Of the file: behind the records may lie zeros, written ahead. */
  fileBytes: number;
  readonly marks: SegmentMarks;
}

export interface JournalOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** A segment that has grown to this is followed by a new one. */
  readonly segmentBytes?: number;
  /** Written behind a small group, so that the next syncs need not record a new file size. */
  readonly zerosAhead?: number;
  durable(op: Op): void;
  failed(error: Error): void;
}

/** Where the files on disk end, as just read or just changed; all of it durable. */
export interface JournalState {
  readonly end: HistoryPoint;
  /** Oldest first. */
  readonly segments: readonly JournalSegment[];
}

export interface Journal {
  /**
   * Queues. The batch must follow the one before it. `isMarked`: before it is called durable, a
   * mark that says so is durable as well, so that no damage to it can pass for a torn tail.
   */
  append(batch: Batch, isMarked: boolean): void;
  /** Starts writing what is queued, unless a write is under way: then it follows that one. */
  flush(): void;
  /**
   * Ends the segment behind the last durable op, which it returns; without effect on an empty one.
   */
  seal(): Promise<Op>;
  /** Everything appended is durable and nothing is under way. */
  quiet(): Promise<void>;
  /** Only while quiet: others are about to change the files, until `restart`. */
  handOver(): void;
  isHandedOver(): boolean;
  /** Goes on after others have changed the files; only while quiet. */
  restart(state: JournalState): Promise<void>;
  fail(error: Error): void;
  hasFailed(): boolean;
  durable(): HistoryPoint;
  last(): HistoryPoint;
  /** Oldest first; the last one is being written. */
  segments(): readonly JournalSegment[];
  /** Forgets segments whose files are about to be removed. */
  forget(names: ReadonlySet<string>): void;
  /** How long the write or sync under way has been going on; 0 when there is none. */
  syncAgeMs(nowMs: number): number;
  close(): Promise<void>;
}

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

interface State {
  readonly options: JournalOptions;
  readonly sealWaiters: Waiter<Op>[];
  readonly quietWaiters: Waiter<void>[];
  readonly written: (error: Error | null) => void;
  readonly marked: (error: Error | null) => void;
  filling: WriteBuffer;
  writing: WriteBuffer;
  file: DiskFile | null;
  segments: JournalSegment[];
  durable: HistoryPoint;
  lastOp: Op;
  lastChain: number;
  isBusy: boolean;
  busySinceMs: number;
  isHandedOver: boolean;
  failure: Error | null;
}

export async function openJournal(options: JournalOptions, start: JournalState): Promise<Journal> {
  const { blockMemory } = options.disk;
  const state: State = {
    options,
    sealWaiters: [],
    quietWaiters: [],
    written: (error) => goOnWith(state, error, finishWrite),
    marked: (error) => goOnWith(state, error, finishGroup),
    filling: makeWriteBuffer(blockMemory),
    writing: makeWriteBuffer(blockMemory),
    file: null,
    segments: [],
    durable: start.end,
    lastOp: start.end.op,
    lastChain: start.end.chain,
    isBusy: false,
    busySinceMs: 0,
    isHandedOver: false,
    failure: null,
  };
  await restart(state, start);
  return {
    append: (batch, isMarked) => append(state, batch, isMarked),
    flush: () => goOn(state),
    seal: () => wait(state, state.sealWaiters),
    quiet: () => wait(state, state.quietWaiters),
    handOver: () => void (state.isHandedOver = true),
    isHandedOver: () => state.isHandedOver,
    restart: (next) => restart(state, next),
    fail: (error) => fail(state, error),
    hasFailed: () => state.failure !== null,
    durable: () => state.durable,
    last: () => ({ op: state.lastOp, chain: state.lastChain as HistoryPoint["chain"] }),
    segments: () => state.segments,
    forget: (names) => {
      state.segments = state.segments.filter(({ name }) => !names.has(name));
    },
    syncAgeMs: (nowMs) => (state.isBusy ? nowMs - state.busySinceMs : 0),
    close: () => close(state),
  };
}

function append(state: State, batch: Batch, isMarked: boolean): void {
  if (state.failure !== null) return;
  const { firstOp, lastOp, chainBefore, ends } = batch;
  assert(firstOp === state.lastOp + 1, "a batch follows the last one: op", firstOp);
  assert(chainBefore === state.lastChain, "the chain goes on before op", firstOp);
  assert(ends.length === lastOp - firstOp + 1, "a batch has one end for each op");
  addToBuffer(state.filling, batch, state.durable.op);
  state.filling.isMarked = isMarked;
  state.lastOp = lastOp;
  state.lastChain = state.filling.lastChain;
}

function startWrite(state: State): void {
  const { clock, segmentBytes = segmentBytesMax } = state.options;
  state.isBusy = true;
  state.busySinceMs = clock.nowMs();
  const segment = state.segments.at(-1);
  if (segment === undefined || segment.sizeBytes >= segmentBytes) {
    void roll(state, () => writeFilled(state));
  } else {
    writeFilled(state);
  }
}

function writeFilled(state: State): void {
  const { filling, writing } = state;
  const { disk, zerosAhead = zerosAheadBytes } = state.options;
  state.filling = writing;
  state.writing = filling;
  const segment = present(state.segments.at(-1), "a segment");
  const { bytes, offset } = layInBlocks(segment, filling, disk.blockBytes, zerosAhead);
  carryOn(filling, writing, disk.blockBytes);
  present(state.file, "a file").writeBlocks(bytes, offset, state.written);
}

function goOnWith(state: State, error: Error | null, next: (state: State) => void): void {
  if (error !== null) fail(state, error);
  else if (state.failure === null) next(state);
}

function finishWrite(state: State): void {
  const { writing } = state;
  const segment = present(state.segments.at(-1), "a segment");
  addMarks(segment.marks, writing.marks, segment.sizeBytes - writing.leadBytes);
  segment.sizeBytes += writing.usedBytes - writing.leadBytes;
  state.durable = { op: writing.lastOp, chain: writing.lastChain };
  const { isMarked } = writing;
  emptyBuffer(writing);
  if (!isMarked) return finishGroup(state);
  const { bytes, offset } = placeMark(segment, state.durable);
  present(state.file, "a file").writeDurably(bytes, offset, state.marked);
}

function finishGroup(state: State): void {
  state.isBusy = false;
  state.options.durable(state.durable.op);
  goOn(state);
}

/** What is next when nothing is under way: a seal that was asked for, then what has gathered. */
function goOn(state: State): void {
  if (state.isBusy || state.failure !== null) return;
  if (state.sealWaiters.length > 0) {
    const waiters = state.sealWaiters.splice(0);
    const sealed = (): void => {
      for (const waiter of waiters) waiter.resolve(state.durable.op);
      state.isBusy = false;
      goOn(state);
    };
    state.isBusy = true;
    state.busySinceMs = state.options.clock.nowMs();
    const isEmpty = (state.segments.at(-1)?.sizeBytes ?? 0) === 0;
    if (isEmpty) sealed();
    else void roll(state, sealed);
    return;
  }
  if (holdsRecords(state.filling)) startWrite(state);
  else for (const waiter of state.quietWaiters.splice(0)) waiter.resolve();
}

/** The new segment is in the folder durably before anything is written to it. */
async function roll(state: State, next: () => void): Promise<void> {
  const { disk } = state.options;
  const firstOp = asOp(state.durable.op + 1);
  const name = segmentNameOf(firstOp);
  try {
    await cutZeros(state.file, state.segments.at(-1));
    await state.file?.close();
    state.file = await disk.create(name);
    await disk.syncFolder();
  } catch (error) {
    fail(state, error instanceof Error ? error : new Error(String(error)));
    return;
  }
  if (state.failure !== null) return;
  state.segments.push({ name, firstOp, sizeBytes: 0, fileBytes: 0, marks: [] });
  next();
}

/** Wherever everything is durable: after an orderly end, and behind what was recovered. */
async function markEnd(state: State): Promise<void> {
  if ((state.segments.at(-1)?.sizeBytes ?? 0) === 0) return;
  const { bytes, offset } = placeMark(present(state.segments.at(-1), "a segment"), state.durable);
  await writeFileDurably(present(state.file, "a file"), bytes, offset);
}

async function goOnIn(state: State, { name, sizeBytes }: JournalSegment): Promise<void> {
  const { disk } = state.options;
  state.file = await disk.open(name);
  const length = sizeBytes % disk.blockBytes;
  if (length === 0) return;
  setLead(state.filling, await disk.read(name, { offset: sizeBytes - length, length }));
}

async function restart(state: State, start: JournalState): Promise<void> {
  assert(!state.isBusy && !holdsRecords(state.filling), "the journal is still being written");
  await state.file?.close();
  state.file = null;
  state.segments = [...start.segments];
  state.durable = start.end;
  state.lastOp = start.end.op;
  state.lastChain = start.end.chain;
  emptyBuffer(state.filling);
  const last = start.segments.at(-1);
  if (last !== undefined) await goOnIn(state, last);
  state.isHandedOver = false;
  await markEnd(state);
}

async function close(state: State): Promise<void> {
  if (state.failure === null) {
    await wait(state, state.quietWaiters);
    await cutZeros(state.file, state.segments.at(-1));
    await markEnd(state);
  }
  await state.file?.close();
  state.file = null;
}

function wait<T>(state: State, waiters: Waiter<T>[]): Promise<T> {
  return new Promise((resolve, reject) => {
    if (state.failure !== null) return reject(state.failure);
    waiters.push({ resolve, reject });
    goOn(state);
  });
}

function fail(state: State, error: Error): void {
  if (state.failure !== null) return;
  state.failure = error;
  for (const waiter of state.sealWaiters.splice(0)) waiter.reject(error);
  for (const waiter of state.quietWaiters.splice(0)) waiter.reject(error);
  state.options.failed(error);
}
