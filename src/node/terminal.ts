// A real terminal in raw mode, with bracketed paste. Whatever ends it, the terminal is left as it
// was. It passes on what is typed and what is to be shown, and understands neither.

import { StringDecoder } from "node:string_decoder";
import type { ReadStream, WriteStream } from "node:tty";

export interface RawTerminal {
  columns(): number;
  rows(): number;
  write(text: string): void;
  start(handler: RawTerminalHandler): void;
  stop(): void;
  suspend(): void;
}

export interface RawTerminalHandler {
  input(text: string): void;
  resized(): void;
  ended(): void;
}

const pasteOn = "\x1b[?2004h";
const pasteOff = "\x1b[?2004l";
const showCursor = "\x1b[?25h";

export function makeTerminal(input: ReadStream, output: WriteStream): RawTerminal {
  let raw = false;
  function setRaw(wanted: boolean): void {
    if (raw === wanted || input.destroyed) return;
    raw = wanted;
    input.setRawMode(wanted);
    output.write(wanted ? pasteOn : `${pasteOff}${showCursor}`);
  }
  // A crash must not leave a terminal behind that shows nothing of what is typed.
  process.on("exit", () => setRaw(false));
  return {
    columns: () => Math.max(1, output.columns || 80),
    rows: () => Math.max(2, output.rows || 24),
    write: (text) => void output.write(text),
    start: (handler) => {
      const decoder = new StringDecoder("utf8");
      setRaw(true);
      input.on("data", (chunk: Buffer) => handler.input(decoder.write(chunk)));
      input.on("end", () => handler.ended());
      input.on("error", () => handler.ended());
      output.on("error", () => handler.ended());
      output.on("resize", () => handler.resized());
      process.on("SIGCONT", () => {
        raw = false;
        setRaw(true);
        handler.resized();
      });
    },
    stop: () => {
      setRaw(false);
      input.destroy();
    },
    suspend: () => {
      setRaw(false);
      // The whole job, as the terminal itself would: if whoever started us (npm, say) went on
      // waiting, the shell would never have its terminal back.
      process.kill(0, "SIGTSTP");
    },
  };
}
