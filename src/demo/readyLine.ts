// The readiness line of a server, read back: `ready id=0 role=primary view=3 clients=… peers=…`.
// Everything else that stands on its stdout is no such line. Decides nothing.

export interface ReadyLine {
  readonly id: number;
  readonly role: "primary" | "secondary";
  readonly view: number;
}

const form = /^ready id=([0-9]+) role=(primary|secondary) view=([0-9]+) /;

export function parseReadyLine(line: string): ReadyLine | null {
  const found = form.exec(line);
  if (found === null) return null;
  const role = found[2] === "primary" ? "primary" : "secondary";
  return { id: Number(found[1]), role, view: Number(found[3]) };
}
