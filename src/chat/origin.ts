// The request that made something: its name on every branch of a history, where numbers that are
// given along a history mean other things. In one word as commands of a merge name it.

import type { ClientId } from "../base/ids.ts";
import { isClientId } from "../base/ids.ts";

export interface Origin {
  readonly client: ClientId;
  readonly request: number;
}

export function originWord({ client, request }: Origin): string {
  return `${client}.${request}`;
}

export function isSame(one: Origin, other: Origin): boolean {
  return one.client === other.client && one.request === other.request;
}

/** Null when it is no such word. */
export function readOriginWord(word: string): Origin | null {
  const [client = "", digits = ""] = word.split(".");
  if (!isClientId(client) || !/^[1-9][0-9]{0,15}$/.test(digits)) return null;
  return { client, request: Number(digits) };
}
