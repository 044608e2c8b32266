// The shapes of load: how many connections, and how many messages each keeps outstanding.
// 1x1 is one client in ping-pong; 50x64 is fifty clients that pipeline.

export interface Shape {
  readonly name: string;
  readonly connections: number;
  readonly depth: number;
}

export const standardShapes = ["1x1", "50x1", "500x1", "50x64"];

/** `50x64` → 50 connections with 64 messages outstanding each; undefined when it is no shape. */
export function parseShape(name: string): Shape | undefined {
  const match = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(name);
  if (match === null) return undefined;
  return { name, connections: Number(match[1]), depth: Number(match[2]) };
}
