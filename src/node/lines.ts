// Standard input, line by line: a pipe, or a terminal that edits its lines itself (and then hides
// what answers a hidden question). Lines wait in a bounded queue; an endless line is cut, not kept.
// It knows no command.

import { StringDecoder } from "node:string_decoder";
import { commandLineBytesMax, commandLinesQueuedMax } from "../base/limits.ts";

export interface Lines {
  /** Null at the end of input. `hidden`: not shown, where a terminal would show it. */
  next(hidden: boolean): Promise<string | null>;
  stop(): void;
}

/** Standard input, whatever it is. */
interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  destroy?(): unknown;
}

interface Reading {
  readonly input: Input;
  readonly interrupted: () => void;
  readonly queue: string[];
  /** What has come of a line that has not ended. */
  partial: string;
  ended: boolean;
  hidden: boolean;
  waiting: ((line: string | null) => void) | null;
}

/** `interrupted`: Ctrl+C at a hidden question, where the terminal makes no signal of it. */
export function makeLines(input: Input, interrupted: () => void): Lines {
  const reading: Reading = {
    input,
    interrupted,
    queue: [],
    partial: "",
    ended: false,
    hidden: false,
    waiting: null,
  };
  const decoder = new StringDecoder("utf8");
  input.on("data", (chunk: Buffer | string) => {
    take(reading, typeof chunk === "string" ? chunk : decoder.write(chunk));
  });
  input.on("end", () => end(reading));
  input.on("error", () => end(reading));
  return {
    next: (hidden) => next(reading, hidden),
    stop: () => {
      hide(reading, false);
      reading.ended = true;
      input.pause();
      input.destroy?.();
    },
  };
}

function next(reading: Reading, hidden: boolean): Promise<string | null> {
  const line = reading.queue.shift();
  if (reading.queue.length < commandLinesQueuedMax / 2 && !reading.ended) reading.input.resume();
  if (line !== undefined) return Promise.resolve(line);
  if (reading.ended) return Promise.resolve(null);
  hide(reading, hidden);
  return new Promise((resolve) => {
    reading.waiting = resolve;
  });
}

function take(reading: Reading, text: string): void {
  for (const piece of text.split(/(\r\n|\n|\r(?!\n))/)) {
    if (piece === "\n" || piece === "\r\n" || piece === "\r") endLine(reading, piece);
    else if (reading.hidden) takeHidden(reading, piece);
    else if (reading.partial.length <= commandLineBytesMax) reading.partial += piece;
  }
  if (reading.queue.length >= commandLinesQueuedMax) reading.input.pause();
}

function endLine(reading: Reading, ending: string): void {
  // Only a hidden answer, typed in raw mode, ends with a carriage return alone.
  if (ending === "\r" && !reading.hidden) {
    reading.partial += ending;
    return;
  }
  const line = reading.partial.replace(/\r$/, "");
  reading.partial = "";
  if (reading.hidden) hide(reading, false);
  give(reading, line);
}

function give(reading: Reading, line: string): void {
  const { waiting } = reading;
  reading.waiting = null;
  if (waiting === null) reading.queue.push(line);
  else waiting(line);
}

/** Raw mode: the terminal neither shows nor edits. */
function takeHidden(reading: Reading, piece: string): void {
  for (const letter of piece) {
    if (letter === "\x03") reading.interrupted();
    else if (letter === "\x04") end(reading);
    else if (letter === "\x15") reading.partial = "";
    else if (letter === "\x7f" || letter === "\b") {
      reading.partial = [...reading.partial].slice(0, -1).join("");
    } else if (letter >= " ") reading.partial += letter;
  }
}

function hide(reading: Reading, hidden: boolean): void {
  const { input } = reading;
  if (input.isTTY !== true || reading.hidden === hidden) return;
  reading.hidden = hidden;
  // What was typed of an answer that is not wanted any more is no beginning of the next line.
  if (!hidden) reading.partial = "";
  input.setRawMode?.(hidden);
  // The Enter was not shown either; standard output belongs to replies.
  if (!hidden) process.stderr.write("\n");
}

function end(reading: Reading): void {
  if (reading.ended) return;
  if (reading.partial !== "") endLine(reading, "\n");
  reading.ended = true;
  reading.waiting?.(null);
  reading.waiting = null;
}
