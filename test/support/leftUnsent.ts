// Short words for tests of what a client leaves unsent: bob, who types in an outage and goes, and
// alice, who finds it at her next login, or not. They judge nothing.

import type { OutboxStore } from "../../src/client/outbox.ts";
import type { Cluster } from "./cluster.ts";
import { enter, password, run, shows } from "./seats.ts";
import { Person } from "./simFaces.ts";

const size = { columns: 160, rows: 40 };

export async function bobAt(
  cluster: Cluster,
  outbox: OutboxStore,
  command = "login",
): Promise<Person> {
  const bob = new Person(cluster, { ...size, outbox });
  bob.type(`${command} bob${enter}${password}${enter}`);
  if (command === "register") bob.type(`${password}${enter}`);
  await cluster.until(() => shows(bob, "bob>"), "bob to be in");
  await cluster.run(500);
  return bob;
}

/** Typed in an outage of all servers, which is over when this returns; bob is gone. */
export async function leaveUnsent(
  cluster: Cluster,
  bob: Person,
  ...lines: string[]
): Promise<void> {
  cluster.crash(0, 1, 2);
  await cluster.run(2_000);
  for (const line of lines) bob.type(`${line}${enter}`);
  await cluster.run(300);
  bob.type("\x03\x03");
  await cluster.until(() => bob.exitCode !== null, "bob to leave", 5_000);
  cluster.restart(0, 1, 2);
  await cluster.serving([0, 1, 2]);
}

/** What alice finds at her next login. */
export async function aliceGets(cluster: Cluster): Promise<readonly string[]> {
  const { out } = await run(cluster, ["login alice", password]);
  return out.filter((line) => line.includes("bob: ")).map((line) => line.replace(/^.*bob: /, ""));
}
