// Many messages fast, where only their number counts: what lies in a system before it is measured.
// Measures nothing.

import type { Connect, Connection } from "./system.ts";
import { depthMax } from "./system.ts";

const connectionsAtOnce = 50;
const fillingConnections = 50;

export async function fill(connect: Connect, count: number): Promise<void> {
  const connections = await connectMany(connect, fillingConnections);
  await sendMany(connections, count);
  for (const connection of connections) connection.close();
}

export async function connectMany(connect: Connect, count: number): Promise<Connection[]> {
  const connections: Connection[] = [];
  for (let first = 0; first < count; first += connectionsAtOnce) {
    const size = Math.min(connectionsAtOnce, count - first);
    const batch = Array.from({ length: size }, (_, at) => connect(first + at, depthMax));
    connections.push(...(await Promise.all(batch)));
  }
  return connections;
}

/** Every connection keeps as many outstanding as it may until `count` are confirmed. */
export function sendMany(connections: readonly Connection[], count: number): Promise<void> {
  let started = 0;
  let confirmed = 0;
  return new Promise((resolve, reject) => {
    const sendNext = (connection: Connection): void => {
      if (started >= count) return;
      started += 1;
      connection.send((error) => {
        if (error !== null) return reject(error);
        confirmed += 1;
        if (confirmed === count) return resolve();
        sendNext(connection);
      });
    };
    if (count === 0) return resolve();
    for (const connection of connections) {
      for (let at = 0; at < depthMax; at += 1) sendNext(connection);
    }
  });
}
