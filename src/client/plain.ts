// The chat on a terminal that is not drawn on (--plain, a dumb one): whatever happens comes as a
// line of its own, what is half typed is said again below it, and else the prompt is printed once
// for each line awaited. Commands and dialogue are those of repl.ts; it knows no keys.

import { pasteGapMs } from "../base/limits.ts";
import type { Timer } from "../ports.ts";
import { untilLoginIsShown } from "./commands.ts";
import { Desk } from "./desk.ts";
import { Dialogue } from "./dialogue.ts";
import type { Keyboard, Output } from "./faces.ts";
import type { FaceOptions } from "./faceOptions.ts";
import { Outage } from "./outage.ts";
import { Parting } from "./parting.ts";
import { promptFor } from "./prompts.ts";
import { renderLines } from "./render.ts";
import { cancelledNote, pasteNote } from "./sayings.ts";
import type { View } from "./views.ts";
import { isColonLine } from "./words.ts";

export interface PlainOptions extends FaceOptions {
  readonly keyboard: Keyboard;
  readonly out: Output;
  /** Takes lines that begin with ":", at once, even while a command waits for the network. */
  readonly colonLine?: (line: string) => void;
}

export interface PlainRun {
  /** Resolves to the exit code once everything is said. */
  readonly ended: Promise<number>;
  /** A signal asks us to go. */
  interrupt(): void;
  /** Ctrl+C. */
  cancel(): void;
  /** Prints a line. */
  note(text: string): void;
  /** Says again what stood there: somebody else has written meanwhile. */
  repeat(): void;
}

export function startPlain(options: PlainOptions): PlainRun {
  const plain = new Plain(options);
  return {
    ended: plain.start(),
    interrupt: () => plain.leave(130),
    cancel: () => plain.cancel(),
    note: (text) => plain.note(text),
    repeat: () => plain.repeat(),
  };
}

class Plain {
  readonly #options: PlainOptions;
  readonly #desk: Desk;
  readonly #outage: Outage;
  readonly #dialogue: Dialogue;
  readonly #parting: Parting;
  /** What stands in the current row, before the line that is being typed. */
  #standing = "";
  /** That line stands further above. */
  #isTorn = false;
  #owesPrompt = true;
  #wasQuiet = true;
  /** A login is complete when what it announced is shown. */
  #isAwaitingLetters = false;
  #isPlanned = false;
  /** Ctrl+C was pressed, and no line typed since. */
  #armed = false;
  /** Lines that came so close together that they may be a paste. */
  #burst: string[] = [];
  #burstTimer: Timer | null = null;
  /** A paste to be confirmed. */
  #pasted: string | null = null;
  /** What the client's end means for what was under way has been said. */
  #isOver = false;
  #end: (code: number) => void = () => {};

  constructor(options: PlainOptions) {
    this.#options = options;
    const { client, clock, settings, outbox, pins } = options;
    const say = (text: string): void => {
      this.#desk.outbox.update();
      this.note(text);
    };
    this.#outage = new Outage({ client, clock, say });
    const changed = (): void => {
      this.#outage.update();
      this.#desk.outbox.update();
      this.#plan();
    };
    const face = { show: (view: View) => this.#show(view), changed };
    this.#desk = new Desk({ client, clock, face, settings, outbox, pins });
    this.#dialogue = new Dialogue({
      desk: this.#desk,
      // The keyboard itself shows what is typed.
      echo: () => undefined,
      prompt: () => this.#prompt(),
      changed: () => this.#plan(),
      typed: () => undefined,
      leave: () => this.leave(0),
    });
    this.#parting = new Parting({
      ...{ client, clock, desk: this.#desk },
      cancel: () => this.#dialogue.cancel(),
      note: (text) => this.note(text),
      end: (code) => this.#finish(code),
    });
  }

  start(): Promise<number> {
    const { entry } = this.#options;
    const ended = new Promise<number>((resolve) => {
      this.#end = resolve;
    });
    void this.#read();
    this.#plan();
    if (entry !== null) this.#dialogue.enter(entry.name, entry.password);
    return ended;
  }

  leave(code: number): void {
    this.#parting.leave(code);
  }

  cancel(): void {
    const { keyboard } = this.#options;
    const isDropped = keyboard.typed() !== "";
    // The keyboard has shown ^C behind whatever stands there.
    if (!this.#dialogue.isHidden()) this.#standing = "^C";
    keyboard.forget();
    this.#isTorn = false;
    if (this.#parting.hasBegun) return this.leave(130);
    this.#owesPrompt = true;
    const wasPasted = this.#pasted !== null;
    if (isDropped) return this.#drop();
    this.#pasted = null;
    const cancelled = this.#dialogue.cancel() ?? (wasPasted ? cancelledNote : null);
    keyboard.hide(false);
    if (cancelled !== null) return this.note(cancelled);
    if (this.#armed) return this.leave(130);
    this.#armed = true;
    this.note("Press Ctrl+C again to leave.");
  }

  #drop(): void {
    this.#armed = false;
    this.#endRow();
    this.#plan();
  }

  repeat(): void {
    this.#standing = "";
    this.#owesPrompt = true;
    this.#isTorn = this.#options.keyboard.typed() !== "";
    this.#plan();
  }

  note(text: string): void {
    if (text === "") return this.#plan();
    this.#show({ kind: "note", text });
  }

  #finish(code: number): void {
    const { keyboard, client } = this.#options;
    this.#endRow();
    this.#isOver = true;
    this.#burstTimer?.cancel();
    this.#outage.stop();
    keyboard.stop();
    client.close();
    this.#end(code);
  }

  async #read(): Promise<void> {
    const { keyboard } = this.#options;
    for (;;) {
      const line = await keyboard.next(this.#dialogue.isHidden());
      if (line === null) break;
      this.#gather(line);
    }
    this.#takeBurst();
    if (!this.#parting.hasBegun) this.leave(0);
  }

  /** Several lines at once are a paste; what answers a question, or will be asked for, is not. */
  #gather(line: string): void {
    this.#standing = "";
    this.#isTorn = false;
    this.#owesPrompt = true;
    this.#armed = false;
    this.#burst.push(line);
    this.#burstTimer?.cancel();
    if (this.#dialogue.isTypedAhead(this.#burst)) return this.#takeBurst();
    const { clock } = this.#options;
    this.#burstTimer = clock.after(pasteGapMs, () => this.#takeBurst());
  }

  #takeBurst(): void {
    const lines = this.#burst;
    this.#burst = [];
    this.#burstTimer?.cancel();
    const written = lines.filter((line) => line.trim() !== "").length;
    if (written < 2 || this.#dialogue.isTypedAhead(lines)) {
      for (const line of lines) this.#take(line);
    } else {
      this.#pasted = lines.join("\n").trim();
      this.note(pasteNote(written, this.#dialogue.fateOf(this.#pasted)));
    }
    this.#plan();
  }

  #take(line: string): void {
    const pasted = this.#pasted;
    this.#pasted = null;
    if (pasted !== null && line === "") return this.#dialogue.take(pasted);
    if (pasted !== null) this.note("What was pasted is dropped.");
    const { colonLine } = this.#options;
    if (colonLine === undefined || !isColonLine(line) || this.#dialogue.isAsking()) {
      return this.#dialogue.take(line);
    }
    colonLine(line);
  }

  #awaitLetters(): void {
    this.#isAwaitingLetters = true;
    void untilLoginIsShown(this.#desk).then(() => {
      this.#isAwaitingLetters = false;
      this.#plan();
    });
  }

  #show(view: View): void {
    if (this.#isOver) return;
    const { out, tellTime } = this.#options;
    if (view.kind === "loggedIn") this.#awaitLetters();
    const times = this.#desk.settings.of("time") === "on";
    const style = { tellTime, rich: false, colour: false, times };
    const { lines } = renderLines(view, style, { day: "", minute: "" });
    if (lines.length === 0) return;
    this.#endRow();
    for (const line of lines) out.write(`${line}\n`);
    // For a question that stood there, or a half-typed line.
    this.#plan();
  }

  /** Unless nothing stands in it. */
  #endRow(): void {
    const { keyboard, out } = this.#options;
    const isTyped = keyboard.typed() !== "";
    if (this.#standing !== "" || (isTyped && !this.#isTorn)) out.write("\n");
    this.#standing = "";
    this.#isTorn = isTyped;
  }

  /** Prompts are printed once a turn, however much has happened. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#options.clock.soon(() => {
      this.#isPlanned = false;
      this.#printPrompt();
    });
  }

  #printPrompt(): void {
    if (this.#parting.hasBegun) return;
    const { keyboard, out } = this.#options;
    keyboard.hide(this.#dialogue.isHidden());
    const question = this.#dialogue.question();
    const isQuiet = this.#isQuiet();
    if (isQuiet && !this.#wasQuiet && this.#standing === "") this.#owesPrompt = true;
    this.#wasQuiet = isQuiet;
    const isDue = this.#owesPrompt || this.#isTorn;
    const isPossible = isQuiet || this.#outage.promptState() !== "";
    const text = question ?? (isDue && isPossible ? this.#prompt() : this.#standing);
    if (text === this.#standing && !this.#isTorn) return;
    this.#endRow();
    out.write(`${text}${keyboard.typed()}`);
    this.#isTorn = false;
    this.#standing = text;
    this.#owesPrompt = false;
  }

  /** All that was typed is done, and all shown that it was to show. */
  #isQuiet(): boolean {
    const isWaiting = this.#burst.length > 0 || this.#isAwaitingLetters;
    return !this.#dialogue.isBusy() && this.#desk.pending.size === 0 && !isWaiting;
  }

  #prompt(): string {
    const { user, unopened, partner } = this.#desk;
    return promptFor(user, unopened, this.#outage.promptState(), partner);
  }
}
