// A real terminal in raw mode, with bracketed paste unless nothing is drawn on it. Whatever ends
// it, the terminal is left as it was. It passes on what is typed and what is to be shown, and
// understands neither.

import { StringDecoder } from "node:string_decoder";
import type { ReadStream, WriteStream } from "node:tty";
import type { TypedAhead } from "./typedAhead.ts";

export interface RawTerminal {
  readonly reflows: boolean;
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

export function makeTerminal(
  input: ReadStream,
  output: WriteStream,
  environment: Readonly<Record<string, string | undefined>>,
  { typedAhead, isDrawnOn = true }: { typedAhead?: TypedAhead; isDrawnOn?: boolean } = {},
): RawTerminal {
  let raw = false;
  let resume = (): void => setRaw(true);
  function setRaw(wanted: boolean): void {
    if (raw === wanted || input.destroyed) return;
    raw = wanted;
    input.setRawMode(wanted);
    if (isDrawnOn) output.write(wanted ? pasteOn : `${pasteOff}${showCursor}`);
  }
  // A crash must not leave a terminal behind that shows nothing of what is typed.
  process.on("exit", () => setRaw(false));
  return {
    reflows: reflows(environment),
    columns: () => {
      askForSize(output);
      return Math.max(1, output.columns || 80);
    },
    rows: () => Math.max(2, output.rows || 24),
    write: (text) => void output.write(text),
    start: (handler) => {
      setRaw(true);
      listen(input, output, handler);
      resume = () => {
        raw = false;
        setRaw(true);
        handler.resized();
      };
      process.on("SIGCONT", resume);
      if (typedAhead !== undefined) giveAhead(typedAhead, handler);
    },
    stop: () => {
      setRaw(false);
      input.destroy();
    },
    suspend: () => {
      setRaw(false);
      stopJob();
      // Where no shell waits for us, as in a window of our own, the system stops nobody: whoever
      // types on there must not see his password.
      setImmediate(() => {
        if (!raw) resume();
      });
    },
  };
}

function listen(input: ReadStream, output: WriteStream, handler: RawTerminalHandler): void {
  const decoder = new StringDecoder("utf8");
  input.on("data", (chunk: Buffer) => handler.input(decoder.write(chunk)));
  input.on("end", () => handler.ended());
  input.on("error", () => handler.ended());
  output.on("error", () => handler.ended());
  output.on("resize", () => handler.resized());
}

/**
 * The whole job, as the terminal itself would: if whoever started us (npm, say) went on waiting,
 * the shell would never have its terminal back.
 */
function stopJob(): void {
  process.kill(0, "SIGTSTP");
}

function giveAhead(typedAhead: TypedAhead, handler: RawTerminalHandler): void {
  const { pieces, hasEnded } = typedAhead.take();
  for (const piece of pieces) handler.input(piece);
  // Whoever starts the terminal is not done yet.
  if (hasEnded) setImmediate(() => handler.ended());
}

/**
 * Asked anew for each drawing: the signal that tells of another size comes later than the size, and
 * what is drawn meanwhile for the old one leaves rows behind. Node has no documented way to ask.
 */
function askForSize(output: WriteStream & { readonly _refreshSize?: () => void }): void {
  output._refreshSize?.();
}

/**
 * Whether this terminal breaks rows that have become too long for it, as most do. No terminal can
 * be asked: those that are known to cut them are told by what they set. One that cuts them unknown
 * to us (xterm through ssh) loses what was said from sight when it is made narrower.
 */
export function reflows(environment: Readonly<Record<string, string | undefined>>): boolean {
  const { TERM: kind = "", TMUX: tmux, STY: screen, XTERM_VERSION: xterm } = environment;
  if (tmux !== undefined) return true;
  if (screen !== undefined || /^(screen|linux|st|vt[0-9]+)(-|$)/.test(kind)) return false;
  return xterm === undefined || !kind.startsWith("xterm");
}
