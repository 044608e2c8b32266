// Counters that only grow, by what they count and of whom (`cpuUs primary`): PURE. From two
// readings comes what was used between them, and from that what a message costs.

export type Counters = ReadonlyMap<string, number>;

export function grownBetween(before: Counters, after: Counters): Counters {
  const known = [...after].flatMap(([name, value]) => {
    const from = before.get(name);
    return from === undefined ? [] : [[name, value - from] as const];
  });
  return new Map(known);
}

/** What only one of them knows is unknown of both. */
export function sumOf(one: Counters | null, other: Counters): Counters {
  if (one === null) return other;
  const both = [...one].flatMap(([name, value]) => {
    const more = other.get(name);
    return more === undefined ? [] : [[name, value + more] as const];
  });
  return new Map(both);
}

/** Costs by kind, then by process: `{ cpuUs: { primary: 31.2, … }, … }`. */
export type Costs = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function costsOf(used: Counters, messages: number): Costs {
  const costs: Record<string, Record<string, number>> = {};
  for (const [name, value] of used) {
    const [kind = "", who = ""] = name.split(" ");
    const digits = kind.endsWith("Bytes") ? 0 : 4;
    (costs[kind] ??= {})[who] = Number((value / messages).toFixed(digits));
  }
  return costs;
}

/** Sums over one process's connections in what `ss -tinpOH` prints: one connection a line. */
export function socketBytesOf(
  list: string,
  pid: number,
): { readonly sent: number; readonly received: number } {
  let sent = 0;
  let received = 0;
  for (const line of list.split("\n")) {
    if (!line.includes(`pid=${pid},`)) continue;
    sent += Number(/ bytes_sent:(\d+)/.exec(line)?.[1] ?? 0);
    received += Number(/ bytes_received:(\d+)/.exec(line)?.[1] ?? 0);
  }
  return { sent, received };
}
