// Connections that come all at once are handed on together: but never so many that those who came
// first wait for those who come last, and none that has gone again meanwhile.

import { deepEqual, equal, ok } from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { arrivalsTogetherMax } from "../../src/base/doubtLimits.ts";
import { Arrivals } from "../../src/node/arrivals.ts";

const round = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("however long callers go on to come, nobody waits for more than so many", async () => {
  const accepted: Socket[] = [];
  const arrivals = new Arrivals((socket) => accepted.push(socket));
  let came = 0;
  for (; accepted.length === 0 && came < 3 * arrivalsTogetherMax; came += 1) {
    arrivals.add(new Socket());
    await round();
  }
  ok(accepted.length > 0 && came <= arrivalsTogetherMax + 1, `${came} came, none was handed on`);
});

test("who has gone before being handed on is handed on to nobody, the others in their order", async () => {
  const accepted: Socket[] = [];
  const arrivals = new Arrivals((socket) => accepted.push(socket));
  const sockets = [new Socket(), new Socket(), new Socket()] as const;
  for (const socket of sockets) arrivals.add(socket);
  sockets[1].destroy(new Error("reset by the caller"));
  for (let rounds = 0; rounds < 5; rounds += 1) await round();
  deepEqual(accepted, [sockets[0], sockets[2]]);
});

test("where nobody listens any more those who still wait are let go", async () => {
  const arrivals = new Arrivals(() => ok(false, "handed on"));
  const socket = new Socket();
  arrivals.add(socket);
  arrivals.drop();
  for (let rounds = 0; rounds < 5; rounds += 1) await round();
  equal(socket.destroyed, true);
});
