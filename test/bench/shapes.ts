// The shapes of load. `50x64`: fifty clients with 64 messages outstanding each, to people who are
// off. `50x64-online`: to people who are on and acknowledge. `1to100`: one client that sends to a
// hundred at once, and again when all hundred are confirmed. Names in, numbers out.

export type Shape = {
  readonly name: string;
  readonly connections: number;
  /** Confirmations that each connection waits for at once. */
  readonly depth: number;
  /** What one confirmation stands for. */
  readonly messagesEach: number;
} & ({ readonly kind: "offline" | "group" } | { readonly kind: "online"; readonly offline: Shape });

export const standardShapes = [
  "1x1",
  "50x1",
  "500x1",
  "50x64",
  "1to100",
  "50x1-online",
  "50x64-online",
];

/** What the same load to people who are off is called beside the one to people who are on. */
export const offlineTwin = "offline";

/** Undefined when it is no shape. */
export function parseShape(name: string): Shape | undefined {
  const match = /^([1-9]\d{0,4})(x|to)([1-9]\d{0,4})(-online)?$/.exec(name);
  if (match === null) return undefined;
  const [first, second] = [Number(match[1]), Number(match[3])];
  const isOnline = match[4] !== undefined;
  if (match[2] === "to") {
    if (isOnline) return undefined;
    return { kind: "group", name, connections: first, depth: 1, messagesEach: second };
  }
  const plain = { connections: first, depth: second, messagesEach: 1 };
  const offline: Shape = { kind: "offline", name: `${first}x${second}`, ...plain };
  return isOnline ? { kind: "online", name, ...plain, offline } : offline;
}
