// A program on a real pseudo-terminal, typed to and read off the screen, by way of tmux: a whole
// terminal emulator that is none of ours. Where tmux is not installed, the tests say so and skip.
// Each terminal has a tmux server of its own, which ends with it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const pollMs = 40;
const limitMsUsual = 30_000;

/** Why tests with a real terminal cannot run here; false when they can. */
export const whyNoTerminal: string | false = ((): string | false => {
  try {
    execFileSync("tmux", ["-V"]);
    return false;
  } catch {
    return "tmux is not installed, and these tests read a real terminal's screen with it";
  }
})();

const open = new Set<RealTerminal>();
process.on("exit", () => {
  for (const terminal of open) terminal.close();
});

export interface RealTerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class RealTerminal {
  /** Of its own, since tmux leaves its socket behind. */
  readonly #folder = mkdtempSync(join(tmpdir(), "replichat-test-tmux-"));
  /** Of the program that was started. */
  readonly pid: number;

  constructor({ columns, rows, command, env = {} }: RealTerminalOptions) {
    const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    // Kept after its program's end, so that the last screen can be read.
    const keep = ["set-option", "-g", "remain-on-exit", "on", ";"];
    const size = ["-x", String(columns), "-y", String(rows)];
    const shell = ["env", ...settings, ...command];
    this.#tmux(...keep, "new-session", "-d", ...size, ...shell);
    this.pid = Number(this.#ask("#{pane_pid}"));
    open.add(this);
  }

  /** As it is, escape sequences and all. */
  type(text: string): void {
    this.#tmux("send-keys", "-l", "--", text);
  }

  /** Keys by their names in tmux: Enter, Home, C-c. */
  press(...keys: readonly string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  /** Ended by the given key. */
  line(text: string): void {
    this.type(text);
    this.press("Enter");
  }

  /** As a terminal gives it whose user pastes. */
  paste(text: string): void {
    this.#tmux("set-buffer", "--", text);
    this.#tmux("paste-buffer", "-p");
  }

  /** The same at a terminal that does not say that it was pasted. */
  pasteUnmarked(text: string): void {
    this.#tmux("set-buffer", "--", text);
    this.#tmux("paste-buffer");
  }

  /** Until the program can know it: tmux reflows at once and tells a quarter of a second later. */
  async resize(columns: number, rows: number): Promise<void> {
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
    const file = this.#ask("#{pane_tty}");
    const size = (): string => execFileSync("stty", ["-F", file, "size"], { encoding: "utf8" });
    await this.until(() => size().trim() === `${rows} ${columns}`, "the new size");
  }

  /** An empty screen, with nothing scrolled away. */
  async clear(): Promise<void> {
    this.press("C-l");
    await this.until(() => this.screen().length <= 1, "an empty screen");
    this.#tmux("clear-history");
  }

  /** Rows from the top to the last that is not blank. */
  screen(): readonly string[] {
    return withoutBlankEnd(this.#tmux("capture-pane", "-p"));
  }

  /** The same, and all that has scrolled away above it. */
  everything(): readonly string[] {
    return withoutBlankEnd(this.#tmux("capture-pane", "-p", "-S", "-"));
  }

  /** The same with its colours, as escape sequences. */
  coloured(): string {
    return this.#tmux("capture-pane", "-p", "-e", "-S", "-");
  }

  cursor(): { readonly row: number; readonly column: number } {
    const [column = 0, row = 0] = this.#ask("#{cursor_x} #{cursor_y}").split(" ").map(Number);
    return { row, column };
  }

  /** What a program can change about its terminal and should leave as it was. */
  modes(): string {
    const flags = "cursor insert keypad keypad_cursor mouse_any origin wrap window_bell";
    const named = flags.split(" ").map((flag) => `${flag}=#{${flag}_flag}`);
    const region = "region=#{scroll_region_upper}-#{scroll_region_lower}";
    const rest = `title=#{pane_title} alternate=#{alternate_on} ${region}`;
    return this.#ask(`${rest} ${named.join(" ")}`);
  }

  /** Null while it runs. */
  exitCode(): number | null {
    // tmux overlooks a child's end now and then, until the end of another one.
    if (isZombie(this.pid)) this.#tmux("run-shell", "-b", "true");
    const [dead, code] = this.#ask("#{pane_dead} #{pane_dead_status}").split(" ");
    return dead === "1" ? Number(code ?? Number.NaN) : null;
  }

  async until(
    condition: () => boolean,
    what: string,
    limitMs: number = limitMsUsual,
  ): Promise<void> {
    const endMs = performance.now() + limitMs;
    while (!condition()) {
      const screen = this.everything().join("\n");
      assert.ok(performance.now() < endMs, `waited in vain for ${what}; the terminal:\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  async untilShown(text: string): Promise<void> {
    await this.until(() => this.screen().some((row) => row.includes(text)), `"${text}"`);
  }

  /** With everything that runs on it. */
  close(): void {
    open.delete(this);
    try {
      this.#tmux("kill-server");
    } catch {
      // It has ended already.
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #ask(format: string): string {
    return this.#tmux("display-message", "-p", format).trimEnd();
  }

  #tmux(...args: readonly string[]): string {
    const all = ["-u", "-S", join(this.#folder, "socket"), "-f", "/dev/null", ...args];
    return execFileSync("tmux", all, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }
}

function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    // It is gone altogether, or the system does not tell.
    return false;
  }
}

function withoutBlankEnd(text: string): readonly string[] {
  const rows = text.split("\n").map((row) => row.trimEnd());
  while (rows.at(-1) === "") rows.pop();
  return rows;
}
