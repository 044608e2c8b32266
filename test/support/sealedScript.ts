// Short words for tests of sealed chats: a script run to its end, and what it has said. What the
// scripts are is decided in simFaces.ts.

import type { Cluster } from "./cluster.ts";
import { assert } from "../../src/base/assert.ts";
import type { ChatClient } from "../../src/client/api.ts";
import { run as runFor } from "./seats.ts";
import { connectMachine, type Script, type ScriptOptions } from "./simFaces.ts";

/** A script run to its end, for which there is a minute. */
export function run(
  cluster: Cluster,
  lines: readonly string[],
  options: ScriptOptions = {},
): Promise<Script> {
  return runFor(cluster, lines, options, 60_000);
}

export function said({ out }: Script, words: string): boolean {
  return out.some((line) => line.includes(words));
}

/** A promise that is kept while virtual time passes. */
export async function until<T>(cluster: Cluster, promise: Promise<T>): Promise<T> {
  let isKept = false;
  void promise.then(() => (isKept = true));
  await cluster.until(() => isKept, "a promise to be kept");
  return promise;
}

/** Somebody whose client knows nothing of keys. */
export interface Plain {
  readonly client: ChatClient;
  readonly texts: string[];
}

export async function plainUser(cluster: Cluster, name: string, word: string): Promise<Plain> {
  const { client } = connectMachine(cluster);
  const texts: string[] = [];
  client.onEvent((event) => {
    if (event.kind === "message") texts.push(event.letter.body);
  });
  assert((await until(cluster, client.register(name, word))).ok, "a new name can be registered");
  return { client, texts };
}
