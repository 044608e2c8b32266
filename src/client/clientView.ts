// What others may know of the session at any moment: PURE. It is looked at, never changed, from
// outside the session core.

import type { Host } from "../base/hosts.ts";
import type { ClientId, ServerId } from "../base/ids.ts";
import { isAllAcknowledged } from "./deliveries.ts";
import { unsentCount } from "./session.ts";
import type { SessionState } from "./sessionTypes.ts";

export interface ClientView {
  /** Half of every message id of this client. */
  readonly client: ClientId;
  /** As whom it is logged in. */
  readonly name: string | null;
  readonly server: ServerId;
  /** Clock milliseconds since when no server serves it; null while one does. */
  readonly lostAtMs: number | null;
  /** Names of servers that stood for no address when they were tried last. */
  readonly unknownHosts: readonly string[];
  /** Somebody answers, and can confirm nothing. */
  readonly standsStill: boolean;
  readonly unsent: number;
  /** All that was shown is known on the servers as delivered. */
  readonly acknowledged: boolean;
}

export function viewOf(state: SessionState, hosts: readonly Host[]): ClientView {
  return {
    client: state.client,
    name: state.session?.name ?? null,
    server: state.server,
    lostAtMs: state.failover.lostAtMs,
    unknownHosts: unknownAmong(hosts, state),
    standsStill: state.standstill?.isThere === true,
    unsent: unsentCount(state),
    // Without a session there is nothing to acknowledge, whatever the last one has shown.
    acknowledged: state.session === null || isAllAcknowledged(state),
  };
}

const none: readonly string[] = [];

function unknownAmong(hosts: readonly Host[], { failover }: SessionState): readonly string[] {
  if (failover.unknown.size === 0) return none;
  const names = hosts.filter((_, at) => failover.unknown.has(at)).map(({ host }) => host);
  return [...new Set(names)];
}
