// The chat on a terminal: keys in, a screen out, and between them one user's commands. What arrives
// is printed above the half-typed line, which stays whole; the network never stops the keyboard.
// What commands do is in commands.ts, what the screen needs is in screen.ts.

import { rings } from "./bell.ts";
import { Canvas } from "./canvas.ts";
import { complete } from "./complete.ts";
import { Desk } from "./desk.ts";
import { Dialogue } from "./dialogue.ts";
import type { LineHistory, Terminal } from "./faces.ts";
import type { Key, KeyName } from "./keys.ts";
import { edit, emptyLine, insert, type Line, lineOf } from "./line.ts";
import { lookUp } from "./lookUp.ts";
import type { FaceOptions } from "./faceOptions.ts";
import { Outage } from "./outage.ts";
import { Parting } from "./parting.ts";
import { promptFor } from "./prompts.ts";
import type { Live } from "./screen.ts";
import { Recall } from "./recall.ts";
import { pendingRows, pasteNote } from "./sayings.ts";
import type { Style } from "./style.ts";
import { Typing } from "./typing.ts";
import type { LetterView, View } from "./views.ts";
import { isColonLine } from "./words.ts";

export interface ReplOptions extends FaceOptions {
  readonly terminal: Terminal;
  readonly history: LineHistory;
  readonly colour: boolean;
  /** Takes lines that begin with ":", at once, even while a command waits for the network. */
  readonly colonLine?: (line: string) => void;
}

export interface ReplRun {
  /** Resolves to the exit code once the terminal is as it was. */
  readonly ended: Promise<number>;
  /** A signal asks us to go. */
  interrupt(): void;
  /** Prints a line above the one being typed. */
  note(text: string): void;
}

export function startRepl(options: ReplOptions): ReplRun {
  const repl = new Repl(options);
  return {
    ended: repl.start(),
    interrupt: () => repl.leave(130),
    note: (text) => repl.note(text),
  };
}

class Repl {
  readonly #options: ReplOptions;
  readonly #desk: Desk;
  readonly #outage: Outage;
  readonly #dialogue: Dialogue;
  readonly #parting: Parting;
  readonly #recall: Recall;
  readonly #canvas: Canvas;
  readonly #typing: Typing;
  #line: Line = emptyLine;
  /** Ctrl+C was pressed on an empty line, and nothing since. */
  #armed = false;
  #end: (code: number) => void = () => {};

  constructor(options: ReplOptions) {
    this.#options = options;
    const { client, clock, terminal, history, settings, outbox, pins } = options;
    const live = (): Live => this.#live();
    this.#canvas = new Canvas({ clock, terminal, style: () => this.#style(), live });
    this.#recall = new Recall(history);
    const face = {
      show: (view: View) => this.#show(view),
      changed: () => {
        this.#outage.update();
        this.#desk.outbox.update();
        this.#canvas.plan();
      },
    };
    this.#outage = new Outage({
      client,
      clock,
      say: (text) => {
        this.#desk.outbox.update();
        this.note(text);
      },
    });
    this.#desk = new Desk({ client, clock, face, settings, outbox, pins });
    this.#dialogue = new Dialogue({
      desk: this.#desk,
      echo: (prompt, typed) => this.#canvas.echo(prompt, typed),
      prompt: () => this.#prompt(),
      fill: (text) => {
        if (this.#line.text === "") this.#line = lineOf(text);
      },
      changed: () => this.#canvas.plan(),
      typed: (line) => this.#recall.add(line),
      leave: () => this.leave(0),
    });
    this.#typing = new Typing({
      clock,
      isTypedAhead: ([first = "", ...rest]) => {
        return this.#dialogue.isTypedAhead([this.#line.text + first, ...rest]);
      },
      key: (key) => this.#take(key),
      changed: () => this.#canvas.plan(),
    });
    this.#parting = new Parting({
      ...{ client, clock, desk: this.#desk },
      cancel: () => this.#dialogue.cancel(),
      note: (text) => this.note(text),
      end: (code) => this.#finish(code),
    });
  }

  start(): Promise<number> {
    const { terminal, entry } = this.#options;
    terminal.start({
      input: (text) => this.#typing.take(text),
      resized: () => this.#canvas.plan(),
      ended: () => this.leave(0),
    });
    this.#canvas.plan();
    if (entry !== null) this.#dialogue.enter(entry.name, entry.password);
    return new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  leave(code: number): void {
    this.#parting.leave(code);
  }

  #finish(code: number): void {
    const { terminal, client } = this.#options;
    this.#canvas.close();
    this.#outage.stop();
    terminal.stop();
    client.close();
    this.#end(code);
  }

  #take(key: Key): void {
    const wasArmed = this.#armed;
    this.#armed = false;
    if (key.kind === "paste") return this.#paste(key.text);
    if (key.kind === "text") {
      this.#line = insert(this.#line, key.text);
    } else if (!this.#control(key.name, wasArmed)) {
      this.#line = edit(this.#line, key.name);
    }
  }

  /** False for keys that only edit. */
  #control(name: KeyName, wasArmed: boolean): boolean {
    const { terminal } = this.#options;
    switch (name) {
      case "enter":
        this.#enterLine();
        return true;
      case "interrupt":
        this.#interrupt(wasArmed);
        return true;
      case "endOfInput":
        if (this.#line.text === "") this.leave(0);
        else this.#line = edit(this.#line, "delete");
        return true;
      case "tab":
        this.#complete();
        return true;
      case "up":
      case "down":
        if (!this.#dialogue.isAsking()) {
          const waiting = this.#dialogue.waitingLines();
          const text = this.#recall.move(name, this.#line.text, waiting);
          if (text !== null) this.#line = lineOf(text);
        }
        return true;
      case "redraw":
        this.#canvas.clear();
        return true;
      case "suspend":
        this.#canvas.leave();
        terminal.suspend();
        return true;
      default:
        return false;
    }
  }

  #enterLine(): void {
    const { text } = this.#line;
    this.#line = emptyLine;
    this.#recall.rest();
    if (!this.#isColonLine(text)) return this.#dialogue.take(text);
    this.#recall.add(text);
    this.#canvas.echo(this.#prompt(), text);
    this.#options.colonLine?.(text);
  }

  #isColonLine(text: string): boolean {
    const isTaken = this.#options.colonLine !== undefined && !this.#dialogue.isAsking();
    return isTaken && isColonLine(text);
  }

  #interrupt(wasArmed: boolean): void {
    if (this.#parting.hasBegun) return this.leave(130);
    // Of a password nothing is seen: whether some of it was typed must make no difference.
    const isDropped = this.#line.text !== "" && !this.#dialogue.isHidden();
    this.#line = emptyLine;
    if (isDropped) return this.#recall.rest();
    const cancelled = this.#dialogue.cancel();
    if (cancelled !== null) {
      this.note(cancelled);
    } else if (wasArmed) {
      this.leave(130);
    } else {
      this.#armed = true;
      this.note("Press Ctrl+C again to leave.");
    }
  }

  #paste(text: string): void {
    const block = text.replace(/\n+$/, "");
    const isHidden = this.#dialogue.isHidden();
    this.#line = insert(this.#line, isHidden ? (block.split("\n")[0] ?? "") : block);
    const rows = block.split("\n").length;
    if (rows <= 1 || isHidden) return;
    const { text: line } = this.#line;
    this.note(pasteNote(rows, this.#isColonLine(line) ? "command" : this.#dialogue.fateOf(line)));
  }

  #complete(): void {
    if (this.#dialogue.isAsking()) return;
    const { known, ids, lastSender, partner } = this.#desk;
    const numbers = ids.newest();
    const { line, choices, unseen } = complete(this.#line, {
      names: [...known],
      numbers,
      lastSender,
      partner,
    });
    this.#line = line;
    if (choices.length > 0) this.note(choices.join("  "));
    if (unseen !== "") void this.#completeFound(line, unseen);
  }

  /** Unless something was typed meanwhile. */
  async #completeFound(line: Line, unseen: string): Promise<void> {
    if (!(await lookUp(this.#desk, unseen)) || this.#line !== line) return;
    this.#complete();
    this.#canvas.plan();
  }

  #show(view: View): void {
    if (view.kind === "message") this.#ring(view.letter);
    this.#canvas.show(view);
  }

  /** For all that a login brings, once. */
  #ring(letter: LetterView): void {
    const { settings, user, announced } = this.#desk;
    const wish = { bell: settings.of("bell"), user: user ?? "" };
    if (announced === 0 && rings(letter, wish)) this.#canvas.ring();
  }

  #style(): Style {
    const { tellTime, colour } = this.#options;
    const { settings, user } = this.#desk;
    return { tellTime, rich: true, colour, times: settings.of("time") === "on", user: user ?? "" };
  }

  note(text: string): void {
    if (text === "") return this.#canvas.plan();
    this.#show({ kind: "note", text });
  }

  #prompt(): string {
    const { user, unopened, partner } = this.#desk;
    return promptFor(user, unopened, this.#outage.promptState(), partner);
  }

  #live(): Live {
    return {
      pending: pendingRows([...this.#desk.pending]),
      prompt: this.#dialogue.question() ?? this.#prompt(),
      line: this.#line,
      hidden: this.#dialogue.isHidden(),
    };
  }
}
