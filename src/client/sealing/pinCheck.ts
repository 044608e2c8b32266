// Whether something read back are pins: PURE. A file may hold anything; what is not exactly as it
// was written is none.

import { checkName } from "../../base/text.ts";
import type { Pin } from "./pins.ts";

const keyForm = /^[A-Za-z0-9_-]{43}$/;

export function checkPins(value: unknown): readonly Pin[] | null {
  if (!Array.isArray(value)) return null;
  const pins = value.map(checkPin);
  const whole = pins.filter((pin) => pin !== null);
  return whole.length === pins.length ? whole : null;
}

/** Pairs of a conversation and a number. */
export function checkOrder(value: unknown): ReadonlyMap<string, number> | null {
  if (!Array.isArray(value)) return null;
  const order = new Map<string, number>();
  for (const pair of value as readonly unknown[]) {
    if (!Array.isArray(pair)) return null;
    const [key, last] = pair as readonly unknown[];
    if (typeof key !== "string" || !Number.isSafeInteger(last)) return null;
    order.set(key, Number(last));
  }
  return order;
}

function checkPin(value: unknown): Pin | null {
  if (typeof value !== "object" || value === null) return null;
  // An object's fields, each of a type not known yet.
  const { name, key, verified, former, claimed } = value as Readonly<Record<keyof Pin, unknown>>;
  if (typeof name !== "string" || checkName(name) !== null || !isKey(key)) return null;
  if (typeof verified !== "boolean" || !Array.isArray(former)) return null;
  const keys = former.filter(isKey);
  if (keys.length !== former.length || !(claimed === "" || isKey(claimed))) return null;
  return { name, key, verified, former: keys, claimed };
}

function isKey(value: unknown): value is string {
  return typeof value === "string" && keyForm.test(value);
}
