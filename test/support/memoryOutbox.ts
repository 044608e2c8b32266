// Where tests keep what was never confirmed: in memory, but as it would come back from a disk. What
// is kept, and when, is the client's to decide.

import assert from "node:assert/strict";
import { asClientId } from "../../src/base/ids.ts";
import { checkOutbox } from "../../src/client/keptCheck.ts";
import type { StoredOutbox } from "../../src/client/kept.ts";
import type { OutboxStore } from "../../src/client/outbox.ts";

/** One message of bob's to alice. */
export const exampleOutbox: StoredOutbox = {
  client: asClientId("ab".repeat(16)),
  user: "bob",
  lastRequest: 7,
  received: 3,
  messages: [{ request: 5, draft: { type: "send", to: "alice", format: "p", body: "hi" } }],
  atMs: 1_000,
};

export function memoryOutbox(): OutboxStore & { readonly files: Map<string, StoredOutbox> } {
  const files = new Map<string, StoredOutbox>();
  return {
    files,
    load: () => ({ kept: [...files.values()], problem: null }),
    keep: (outbox) => {
      // As it would come back from a disk.
      const back = checkOutbox(JSON.parse(JSON.stringify(outbox)));
      assert.ok(back !== null, JSON.stringify(outbox));
      files.set(outbox.client, back);
      return null;
    },
    drop: (client) => (files.delete(client), null),
    claim: (client) => ({ outbox: files.get(client) ?? null, problem: null }),
  };
}
