// Short words for tests at simulated terminals: a started cluster, a script run to its end, a
// person who is logged in. They judge nothing.

import { Cluster } from "./cluster.ts";
import { Person, Script, type ScriptOptions } from "./simFaces.ts";

export const password = "correct horse";
export const enter = "\r";

export async function started(seed: number): Promise<Cluster> {
  const cluster = new Cluster({ seed });
  await cluster.start();
  return cluster;
}

export async function run(
  cluster: Cluster,
  lines: readonly string[],
  options: ScriptOptions = {},
  limitMs?: number,
): Promise<Script> {
  const script = new Script(cluster, lines, options);
  await cluster.until(() => script.exitCode !== null, "the script to end", limitMs);
  return script;
}

export function shows(person: Person, text: string): boolean {
  return person.rows().some((row) => row.includes(text));
}

/** Logged in as bob; the screen is cleared. */
export async function bobAt(
  cluster: Cluster,
  size: ConstructorParameters<typeof Person>[1],
): Promise<Person> {
  const bob = new Person(cluster, size);
  bob.type(`register${enter}bob${enter}${password}${enter}${password}${enter}`);
  await cluster.until(() => shows(bob, "bob>"), "bob to register");
  bob.type("\x0c");
  await cluster.run(100);
  return bob;
}
