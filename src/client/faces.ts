// What a face needs of the world around it, as interfaces alone: lines, a screen, a history. The
// real ones are in `node/` and are put in by main.ts; tests play them. Nothing here decides
// anything.

/** Commands line by line. */
export interface LineSource {
  /** Null at the end of input. `hidden`: not to be shown while it is typed, where that can be. */
  next(hidden: boolean): Promise<string | null>;
  stop(): void;
}

/** Lines as they are typed at a terminal that is not drawn on. */
export interface Keyboard extends LineSource {
  /** What is shown of the line that is being typed. */
  typed(): string;
  /** Whether it is to be shown. */
  hide(hidden: boolean): void;
  /** Drops it. */
  forget(): void;
}

export interface Output {
  write(text: string): void;
}

export interface TerminalHandler {
  /** What was typed, escape sequences included. */
  input(text: string): void;
  resized(): void;
  /** The keyboard is gone. */
  ended(): void;
}

/** A terminal in raw mode between `start` and `stop`. */
export interface Terminal extends Output {
  /** Rows too long for a terminal that has become narrower are broken, and not cut. */
  readonly reflows: boolean;
  columns(): number;
  rows(): number;
  start(handler: TerminalHandler): void;
  stop(): void;
  /** Puts the process into the background (Ctrl+Z), and comes back in raw mode. */
  suspend(): void;
}

/** Lines typed before, oldest first; failures to keep them are nobody's concern. */
export interface LineHistory {
  load(): readonly string[];
  add(line: string): void;
}

/** Settings of each user on this machine. Problems come back in words, null when there is none. */
export interface KeptSettings {
  load(user: string): {
    readonly values: ReadonlyMap<string, string>;
    readonly problem: string | null;
  };
  /** All of this user's; none: the user is forgotten. */
  keep(user: string, values: ReadonlyMap<string, string>): string | null;
}
