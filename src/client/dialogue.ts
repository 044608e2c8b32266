// One person's commands at a terminal: what is missing is asked for, a refusal comes as early as it
// can, and commands run one after another while the keyboard stays free. Messages do not wait for
// one another's confirmation. It draws nothing and knows no keys.

import { type Ahead, asksInSecret, isSecret, lookAhead } from "./ahead.ts";
import { partnerBehind, questionsOf } from "./ahead.ts";
import { refuseEarly, refuseName, refusePassword, runCommand } from "./commands.ts";
import type { Desk } from "./desk.ts";
import { textToEdit } from "./draftCommands.ts";
import { givenUpNote } from "./givenUp.ts";
import { isTalk, mayOvertake } from "./overtaking.ts";
import { parseTalk } from "./parse.ts";
import type { Command, Question } from "./parsed.ts";
import { isSame, questionText } from "./prompts.ts";
import type { Answers, Result } from "./results.ts";
import { type PasteFate, pasteFate } from "./sayings.ts";

export interface DialogueOptions {
  readonly desk: Desk;
  /** What was typed, for the record above the live line. */
  readonly echo: (prompt: string, typed: string) => void;
  readonly prompt: () => string;
  /** Something to be changed comes into the line, unless somebody has begun to type there. */
  readonly fill?: (text: string) => void;
  readonly changed: () => void;
  /** A command line, for the history. */
  readonly typed: (line: string) => void;
  readonly leave: () => void;
}

interface Asking {
  readonly question: Question;
  /** Null when it was cancelled. */
  readonly answer: (text: string | null) => void;
}

export class Dialogue {
  readonly #options: DialogueOptions;
  readonly #waiting: string[] = [];
  #asking: Asking | null = null;
  /** Questions of the same command behind that. */
  #left: readonly Question[] = [];
  #busy = false;
  /** What it does with the network, all its answers given. */
  #running: Command | null = null;
  /** Each ends the wait for one that is running; beside it one may run that needs no server. */
  readonly #waits = new Set<() => void>();

  constructor(options: DialogueOptions) {
    this.#options = options;
  }

  /** Also when what is typed will answer a question that is not asked yet, and must not be seen. */
  isAsking(): boolean {
    return this.#asking !== null || this.isHidden();
  }

  isBusy(): boolean {
    return this.#busy;
  }

  isHidden(): boolean {
    return this.#toAnswer().slice(0, 1).some(isSecret);
  }

  /** Lines that came at once answer what is asked, or what the first of them will ask in secret. */
  isTypedAhead(lines: readonly string[]): boolean {
    if (this.#asking !== null) return this.#asking.question !== "text";
    return asksInSecret(lookAhead(lines, this.#ahead()));
  }

  /** Of what was pasted. */
  fateOf(line: string): PasteFate {
    const { desk } = this.#options;
    if (this.#asking !== null) return "text";
    const parsed = parseTalk(line, desk.partner);
    const isRefused = parsed.kind === "command" && refuseEarly(desk, parsed.command) !== null;
    return isRefused ? "command" : pasteFate(parsed);
  }

  question(): string | null {
    const [question] = this.#toAnswer();
    return question !== undefined && this.isAsking() ? questionText(question) : null;
  }

  /** What was typed behind a command that is still under way, and is surely no password. */
  waitingLines(): readonly string[] {
    return this.#running === null ? [] : this.#ahead().commands.map(({ line }) => line);
  }

  #toAnswer(): readonly Question[] {
    return this.#asking === null ? this.#ahead().left : [this.#asking.question];
  }

  #ahead(): Ahead {
    const partner = partnerBehind(this.#running, this.#options.desk.partner);
    return lookAhead(this.#waiting, { partner, left: this.#left });
  }

  /** A line was typed: an answer, or a command. */
  take(text: string): void {
    if (this.#asking === null) {
      if (this.#busy && this.#mayOvertake(text)) return void this.#runLine(text);
      this.#waiting.push(text);
      return void this.#work();
    }
    const { question, answer } = this.#asking;
    this.#asking = null;
    this.#echoAnswer(question, text);
    answer(text);
  }

  /** Logs in first of all. */
  enter(name: string, password: string | null): void {
    void this.#exclusively(async () => {
      const known = password ?? (await this.#ask("password"));
      if (known === null) return;
      this.#running = { kind: "login", name };
      await runCommand(this.#options.desk, this.#running, { password: known });
      this.#running = null;
    });
  }

  /** Ends a question, or the wait for the network. In words what that means; null for neither. */
  cancel(): string | null {
    const asking = this.#asking;
    const dropped = this.#ahead().commands;
    this.waitingLines().forEach(this.#options.typed);
    this.#waiting.length = 0;
    this.#asking = null;
    this.#left = [];
    if (asking !== null) asking.answer(null);
    if (!this.#busy) return null;
    return givenUpNote(asking === null ? this.#stopWaiting() : null, dropped);
  }

  /** The name of what may still be done; null for nothing. */
  #stopWaiting(): string | null {
    const { client } = this.#options.desk;
    const given = client.cancelWaiting();
    this.#options.desk.stopWaiting();
    // What waits for something else cannot be taken back: it goes on, beside the next command.
    const isWaiting = this.#waits.size > 0 && this.#running?.kind !== "wait";
    const goesOn = given === null && isWaiting;
    for (const giveUp of this.#waits) giveUp();
    this.#waits.clear();
    return given === "request" || goesOn ? (this.#running?.kind ?? "this") : null;
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    await this.#exclusively(async () => {
      for (let line = this.#waiting.shift(); line !== undefined; line = this.#waiting.shift()) {
        await this.#runLine(line);
      }
    });
  }

  async #exclusively(run: () => Promise<void>): Promise<void> {
    this.#busy = true;
    await run();
    this.#busy = false;
    this.#options.changed();
    if (this.#waiting.length > 0) await this.#work();
  }

  async #runLine(line: string): Promise<void> {
    const { desk, echo, prompt, typed } = this.#options;
    const parsed = parseTalk(line, desk.partner);
    if (parsed.kind === "nothing") return;
    typed(line);
    const isMessage = parsed.kind === "command" && parsed.questions.length === 0;
    const isShownAnyway = isMessage && isTalk(parsed.command) && desk.user !== null;
    if (!isShownAnyway) echo(prompt(), line);
    if (parsed.kind === "unknown") {
      const hint = parsed.nearest === null ? "Type help." : `Did you mean ${parsed.nearest}?`;
      const message = `There is no such command. ${hint}`;
      return desk.showRefusal("", { code: "unknown-command", message });
    }
    if (parsed.kind === "misused") {
      return desk.showRefusal(parsed.command, { code: "misused", message: parsed.message });
    }
    const why = refuseEarly(desk, parsed.command);
    if (why !== null) return desk.showRefusal(parsed.command.kind, why);
    this.#left = questionsOf(parsed);
    const answers = await this.#askAll(parsed.command, parsed.questions);
    this.#left = [];
    if (answers !== null) await this.#runCommand(parsed.command, answers);
  }

  async #runCommand(command: Command, answers: Answers): Promise<void> {
    const { desk, leave } = this.#options;
    const running = runCommand(desk, command, answers);
    if (isTalk(command)) return;
    // One that overtakes another leaves that one the running one.
    this.#running ??= command;
    const result: Result | null = await this.#untilGivenUp(running);
    if (this.#running === command) this.#running = null;
    if (result === "leave") leave();
    if (command.kind === "verify" && result === "done") await this.#confirm(command);
  }

  /** Its result; null once nobody waits for it, and it says itself what comes of it. */
  #untilGivenUp(running: Promise<Result>): Promise<Result | null> {
    return new Promise((resolve) => {
      const giveUp = (): void => resolve(null);
      this.#waits.add(giveUp);
      void running.then((result) => {
        this.#waits.delete(giveUp);
        resolve(result);
      });
    });
  }

  /** Whoever has just been shown a number may say at once whether it is the same there. */
  async #confirm(command: Command & { readonly kind: "verify" }): Promise<void> {
    const { desk } = this.#options;
    const { name, mark } = command;
    // What was typed ahead was meant for something else.
    if (mark !== null || name === null || this.#waiting.length > 0) return;
    if (desk.sealer.pins?.of(name)?.verified === true) return;
    const answer = isSame((await this.#ask("same")) ?? "no", name);
    if (answer === true) return void (await runCommand(desk, { ...command, mark: "yes" }, {}));
    const unknown = answer === null ? "That is neither yes nor no, and nothing was done: " : "";
    desk.show({ kind: "note", text: `${unknown}${name} is not marked as verified.` });
  }

  /** While no server answers. */
  #mayOvertake(line: string): boolean {
    const { client, partner } = this.#options.desk;
    if (client.view().lostAtMs === null) return false;
    return mayOvertake(line, { running: this.#running, waiting: this.#waiting, partner });
  }

  /** Null when it was cancelled, or refused on the way. */
  async #askAll(command: Command, questions: readonly Question[]): Promise<Answers | null> {
    const { desk } = this.#options;
    const answers: Partial<Record<Question, string>> = {};
    for (const question of questions) {
      const before = question === "text" ? await this.#before(command, answers) : "";
      const answer = before === null ? null : await this.#ask(question, before);
      if (answer === null) return null;
      answers[question] = answer;
      const why = await this.#refuseAnswer(command, question, answer);
      if (why === null) continue;
      // What was typed ahead was meant for questions that are not asked any more.
      this.#waiting.length = 0;
      desk.showRefusal(command.kind, why);
      return null;
    }
    return answers;
  }

  /** Null where that is refused. */
  async #before(command: Command, answers: Answers): Promise<string | null> {
    const { desk, fill } = this.#options;
    if (fill === undefined || this.#waiting.length > 0) return "";
    const before = await textToEdit(desk, command, answers);
    if (typeof before === "string") return before;
    desk.showRefusal(command.kind, before);
    return null;
  }

  #echoAnswer(question: Question, text: string): void {
    this.#options.echo(questionText(question), isSecret(question) ? "" : text);
  }

  async #refuseAnswer(
    { kind }: Command,
    question: Question,
    answer: string,
  ): Promise<{ readonly code: string; readonly message: string } | null> {
    const { desk } = this.#options;
    if (question === "name" && (kind === "register" || kind === "login")) {
      return refuseName(desk, kind, answer.trim());
    }
    if (this.#left[0] !== "passwordAgain") return null;
    const why = refusePassword(answer);
    if (why !== null) return why;
    const again = await this.#ask("passwordAgain");
    if (again === answer) return null;
    const code = again === null ? "cancelled" : "passwords-differ";
    return { code, message: "The two passwords differ." };
  }

  /** What was typed ahead answers too, as it would in a pipe. */
  #ask(question: Question, before = ""): Promise<string | null> {
    this.#left = this.#left.slice(this.#left.indexOf(question) + 1);
    const typed = this.#waiting.shift();
    if (typed !== undefined) {
      this.#echoAnswer(question, typed);
      return Promise.resolve(typed);
    }
    return new Promise((answer) => {
      this.#asking = { question, answer };
      if (before !== "") this.#options.fill?.(before);
      this.#options.changed();
    });
  }
}
