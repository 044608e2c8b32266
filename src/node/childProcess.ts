// A program of this package as a child process: its stdout line by line, its stderr in a file. It
// runs in a session of its own, so that the terminal's Ctrl+C is not for it, and its stdin ends
// with us. Knows nothing of what the program does; whoever starts one stops it, by its id.

import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { assert, present } from "../base/assert.ts";
import { diskError } from "./diskErrors.ts";
import { makeFolders } from "./folders.ts";

export interface ChildProgram {
  /** One of the package's commands, such as "chat-server". */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Appended to; its folder is made. */
  readonly stderrFile: string;
  /** A command that becomes the program, such as `ip netns exec NAME`; none as a rule. */
  readonly through?: readonly string[];
}

export interface ChildHandler {
  /** Of stdout. */
  line(text: string): void;
  /** Once, and last. */
  ended(end: ChildEnd): void;
}

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

export type ChildSignal = "SIGINT" | "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT";

export interface Child {
  readonly pid: number;
  /** Nothing happens to a child that has ended. */
  signal(name: ChildSignal): void;
}

export function startChild(program: ChildProgram, handler: ChildHandler): Child {
  const file = fileURLToPath(new URL(`../../bin/${program.command}.js`, import.meta.url));
  const stderr = openLog(program.stderrFile);
  const words = [...(program.through ?? []), process.execPath, file, ...program.args];
  const child = spawn(present(words[0], "a command"), words.slice(1), {
    stdio: ["pipe", "pipe", stderr],
    env: program.env,
    detached: true,
  });
  closeSync(stderr);
  const { pid, stdin, stdout } = child;
  assert(pid !== undefined, `${program.command} could not be started`);
  assert(stdin !== null && stdout !== null, "a child's stdin and stdout are pipes");
  // Nothing is written to it: it is there to end with this process.
  stdin.on("error", () => undefined);
  createInterface({ input: stdout }).on("line", (line) => handler.line(line));
  child.once("close", (code, signal) => handler.ended({ code, signal }));
  return {
    pid,
    signal: (name) => void child.kill(name),
  };
}

function openLog(file: string): number {
  try {
    makeFolders(dirname(file));
    return openSync(file, "a", 0o600);
  } catch (error) {
    throw diskError("Opening", file, error);
  }
}
