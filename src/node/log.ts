// One event a line on stderr, as text for people or as JSON for machines. Values from outside are
// shown inert, so that no peer can write a line of its own or speak to the terminal.
// Callers never pass message text or secrets.

import { readFileSync } from "node:fs";
import type { Log, LogFields, LogLevel } from "../ports.ts";

export type LogFormat = "text" | "json";

export interface LogOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** Stands for stderr in tests. */
  readonly write?: (line: string) => void;
  readonly wallMs?: () => number;
}

const rank: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
/** Everything but printable ASCII; JSON's own escapes do not cover DEL and what lies above. */
const notPrintable = /[^\x20-\x7e]/g;
const bare = /^[A-Za-z0-9_.:,@/+[\]-]+$/;

export function makeLog(options: LogOptions): Log {
  const write = options.write ?? writeToStderr();
  const wallMs = options.wallMs ?? Date.now;
  const lowest = rank[options.level];
  return {
    write: (level, event, fields = {}) => {
      if (rank[level] < lowest) return;
      const at = new Date(wallMs()).toISOString();
      write(
        options.format === "json"
          ? `${inert(JSON.stringify({ at, level, event, ...fields }))}\n`
          : textLine(at, level, event, fields),
      );
    },
  };
}

function textLine(at: string, level: LogLevel, event: string, fields: LogFields): string {
  let line = `${at} ${level.padEnd(5)} ${inert(event)}`;
  for (const [name, value] of Object.entries(fields)) {
    const text = String(value);
    line += ` ${inert(name)}=${bare.test(text) ? text : inert(JSON.stringify(text))}`;
  }
  return `${line}\n`;
}

function inert(text: string): string {
  return text.replace(notPrintable, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function writeToStderr(): (line: string) => void {
  // A reader that went away must not end the server.
  process.stderr.on("error", () => undefined);
  return (line) => void process.stderr.write(line);
}

/** Whether a file of such lines, in text, tells of the event. */
export function hasLogged(file: string, event: string): boolean {
  return linesOf(file, event).length > 0;
}

/** What the newest line of the event in such a file says of that field; null where nothing does. */
export function lastLogged(
  file: string,
  { event, field }: { readonly event: string; readonly field: string },
): string | null {
  const words = linesOf(file, event).at(-1)?.split(" ") ?? [];
  const found = words.find((word) => word.startsWith(`${field}=`));
  return found === undefined ? null : found.slice(field.length + 1);
}

function linesOf(file: string, event: string): readonly string[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line.split(" ").filter(Boolean)[2] === event);
}
