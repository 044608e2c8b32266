// Who is on, and who is in charge of a client id: nothing of a connection outlives it, or a server
// would keep everybody that it has ever seen.

import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { asAccountId } from "../../src/base/ids.ts";
import type { ClientConnection } from "../../src/server/clientConnection.ts";
import { Directory } from "../../src/server/directory.ts";
import { clientIdOf } from "../support/rawClient.ts";

const client = clientIdOf(1);
const account = asAccountId(7);

function connectionFrom(address: string): ClientConnection {
  return { address, client, account } as unknown as ClientConnection;
}

test("a connection that has gone is in charge of nothing, and nowhere counted", () => {
  const changes: number[] = [];
  const directory = new Directory((changed) => void changes.push(changed));
  const connection = connectionFrom("10.0.0.1");
  directory.add(connection);
  directory.takeCharge(connection, client);
  directory.enter(connection, account);
  directory.remove(connection);
  equal(directory.inChargeOf(client), undefined);
  equal(directory.oldestUngreeted(), undefined);
  equal(directory.countFrom("10.0.0.1"), 0);
  equal(directory.isOn(account), false);
  equal(directory.all().size, 0);
  deepEqual(changes, [account, account]);
});

test("whoever was put out and goes then leaves his successor in charge", () => {
  const directory = new Directory(() => undefined);
  const [before, after] = [connectionFrom("10.0.0.1"), connectionFrom("10.0.0.2")];
  for (const connection of [before, after]) directory.add(connection);
  equal(directory.takeCharge(before, client), null);
  equal(directory.takeCharge(after, client), before);
  directory.remove(before);
  directory.remove(before);
  equal(directory.inChargeOf(client), after);
  deepEqual([directory.countFrom("10.0.0.1"), directory.countFrom("10.0.0.2")], [0, 1]);
});
