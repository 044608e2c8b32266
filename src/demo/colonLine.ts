// Lines that begin with ":" act on the demo's servers. What such a line means: PURE.
// What it does is in operator.ts.

import { nearestOf } from "../client/parse.ts";

export type ColonCommand =
  | { readonly kind: "kill" | "start" | "pause" | "resume"; readonly id: number }
  | { readonly kind: "cluster" | "help" }
  | { readonly kind: "wrong"; readonly message: string };

const onServers = ["kill", "start", "pause", "resume"] as const;

export const colonHelp: readonly string[] = [
  ":kill 0     kill -9 a server",
  ":start 0    start it again",
  ":pause 1    stop it without killing it",
  ":resume 1   let it go on",
  ":cluster    who is up, who is primary",
];

export function parseColonLine(line: string, servers: number): ColonCommand {
  const [word = "", ...rest] = line.slice(1).trim().toLowerCase().split(/\s+/);
  if (word === "cluster" || word === "help") return { kind: word };
  if (word === "quit" || word === "exit") {
    return { kind: "wrong", message: "You leave with quit, without a colon." };
  }
  const kind = onServers.find((name) => name === word);
  if (kind === undefined) {
    const nearest = nearestOf(word, [...onServers, "cluster", "help"]);
    const hint = nearest === null ? "Try :help." : `Did you mean :${nearest}? See :help.`;
    return { kind: "wrong", message: `There is no command :${word}. ${hint}` };
  }
  const id = /^[0-9]$/.test(rest[0] ?? "") ? Number(rest[0]) : servers;
  if (rest.length === 1 && id < servers) return { kind, id };
  const range = `0 to ${servers - 1}`;
  return { kind: "wrong", message: `Which server? Say :${kind} and a number from ${range}.` };
}
