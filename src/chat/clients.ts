// What is known of each client id: its session, which of its requests were executed, and the
// replies it may still need. A record outlives its session by `clientRecordKeptMs` of served time,
// so that a late duplicate is recognised. Only a registration or a login that is not refused makes
// a record: nobody grows the state without an account.

import type { AccountId, ClientId } from "../base/ids.ts";
import { clientRecordKeptMs, outstandingRequestsMax } from "../base/limits.ts";
import { detached } from "../base/text.ts";
import type { Account } from "./accounts.ts";
import { IntervalSet } from "./intervals.ts";
import { shortClientId } from "./letterLine.ts";
import { KeptReplies } from "./replies.ts";

export interface ClientRecord {
  readonly id: ClientId;
  /** As letters carry it. */
  readonly shortId: string;
  /** Null without a session. */
  account: Account | null;
  /**
   * Whose sessions it has had; null before the first. The id stands in every message, so that
   * anybody may use it: what others did under it would count as its owner's requests.
   */
  owner: AccountId | null;
  tokenHash: string;
  /** Served time at which the record was left without a session; 0 while it has one. */
  idleSinceUs: number;
  /** Requests through here were not seen, and count as decided: under a record that has expired. */
  assumed: number;
  readonly executed: IntervalSet;
  /** Which of them were refused, of late: another branch may have carried them out. */
  refused: readonly number[];
  readonly replies: KeptReplies;
}

export class Clients {
  private readonly byId = new Map<ClientId, ClientRecord>();
  /** Those without a session; served time only grows, so the longest idle come first. */
  private readonly idle = new Map<ClientId, ClientRecord>();

  get(id: ClientId): ClientRecord | undefined {
    return this.byId.get(id);
  }

  /**
   * A record that begins with request `first`: what came before may have been decided under a
   * record that has expired, and counts as decided.
   */
  create(id: ClientId, start: { readonly first: number; readonly servedUs: number }): ClientRecord {
    const record = this.put(id, start.servedUs);
    record.assumed = Math.max(0, start.first - 1);
    return record;
  }

  /** The id is kept, the very string: whoever cut it from a larger one detaches it first. */
  put(id: ClientId, idleSinceUs: number): ClientRecord {
    const record: ClientRecord = {
      id,
      shortId: shortClientId(id),
      account: null,
      owner: null,
      tokenHash: "",
      idleSinceUs,
      assumed: 0,
      executed: new IntervalSet(),
      refused: none,
      replies: new KeptReplies(),
    };
    this.byId.set(id, record);
    this.idle.set(id, record);
    return record;
  }

  /** Of somebody for whom nothing was done: as if he had not asked. */
  drop({ id }: ClientRecord): void {
    this.byId.delete(id);
    this.idle.delete(id);
  }

  startSession(record: ClientRecord, account: Account, tokenHash: string): void {
    (account.sessions ??= new Set()).add(record.id);
    record.account = account;
    record.owner = account.id;
    record.tokenHash = detached(tokenHash);
    record.idleSinceUs = 0;
    this.idle.delete(record.id);
  }

  endSession(record: ClientRecord, servedUs: number): void {
    const { account } = record;
    account?.sessions?.delete(record.id);
    if (account?.sessions?.size === 0) account.sessions = null;
    record.account = null;
    record.tokenHash = "";
    record.idleSinceUs = servedUs;
    this.idle.set(record.id, record);
  }

  /** Lets the record go, unless it is not past its time. */
  expire(id: ClientId, servedUs: number): void {
    const record = this.idle.get(id);
    if (record !== undefined && isPastKeeping(record, servedUs)) this.drop(record);
  }

  pastKeeping(count: number, servedUs: number): readonly ClientId[] {
    const past: ClientId[] = [];
    for (const record of this.idle.values()) {
      if (past.length >= count || !isPastKeeping(record, servedUs)) break;
      past.push(record.id);
    }
    return past;
  }

  all(): Iterable<ClientRecord> {
    return this.byId.values();
  }

  /** Puts the idle in order again after records were put in any order. */
  orderIdle(): void {
    const records = [...this.idle.values()].sort((a, b) => a.idleSinceUs - b.idleSinceUs);
    this.idle.clear();
    for (const record of records) this.idle.set(record.id, record);
  }
}

/** Decided for the client itself; what a merge brings is judged by `executed` alone. */
export function isDecided({ assumed, executed }: ClientRecord, request: number): boolean {
  return request <= assumed || executed.has(request);
}

/** Only the newest are remembered: as many as may be under way at a time. */
export function noteRefused(client: ClientRecord, request: number): void {
  client.refused = [...client.refused.slice(1 - outstandingRequestsMax), request];
}

/** True once, if it was refused: what a branch had confirmed is done after all. */
export function takeBackRefusal(client: ClientRecord, request: number): boolean {
  if (!client.refused.includes(request)) return false;
  client.refused = client.refused.filter((refused) => refused !== request);
  return true;
}

const none: readonly number[] = [];

function isPastKeeping(record: ClientRecord, servedUs: number): boolean {
  return servedUs - record.idleSinceUs >= clientRecordKeptMs * 1_000;
}
