// One command a line, strictly in order, each to its reply: for scripts. How many lines a command
// eats follows from its words (parse.ts), never from its outcome. The exit code sums up: 0,
// 1 refused, 3 no server, 4 login refused, 130 interrupted.

import { commandLineBytesMax, leaveWaitMs, pipeOutageMs } from "../base/limits.ts";
import type { Timer } from "../ports.ts";
import { runCommand, untilKeysAreKept, untilLoginIsShown } from "./commands.ts";
import { Desk } from "./desk.ts";
import type { LineSource, Output } from "./faces.ts";
import type { FaceOptions } from "./faceOptions.ts";
import { noServerLine, unknownHostLine } from "./outage.ts";
import { endsTalk, parseTalk } from "./parse.ts";
import type { Command, Parsed, Question } from "./parsed.ts";
import { renderLines } from "./render.ts";
import { renderJson } from "./renderJson.ts";
import type { Answers, Result } from "./results.ts";
import type { Style } from "./style.ts";
import type { View } from "./views.ts";

export interface PipeOptions extends FaceOptions {
  readonly lines: LineSource;
  readonly out: Output;
  /** For what is not the reply to a command. */
  readonly errors: Output;
  readonly json: boolean;
}

export interface PipeRun {
  /** Resolves to the exit code once everything is said. */
  readonly ended: Promise<number>;
  /** Ctrl+C: leaves with 130. */
  interrupt(): void;
  /** The output goes nowhere any more: leaves without a word; with 1 if that is a failure. */
  mute(isFailure: boolean): void;
}

export function startPipe(options: PipeOptions): PipeRun {
  const pipe = new Pipe(options);
  return {
    ended: pipe.run(),
    interrupt: () => pipe.leaveWith(130),
    mute: (isFailure) => pipe.mute(isFailure),
  };
}

class Pipe {
  readonly #options: PipeOptions;
  readonly #desk: Desk;
  /**
   * With whom the lines that were read have opened a conversation, whatever came of them: what a
   * line means never hangs on an outcome. The desk's own is that which is really open.
   */
  #partner: string | null = null;
  #refused = false;
  #loginRefused = false;
  /** Set when it has to leave at once. */
  #exitCode: number | null = null;
  #silent = false;
  /** Names of servers that stand for no address, of which has been told. */
  readonly #toldUnknown = new Set<string>();
  #outage: Timer | null = null;
  #leave: () => void = () => {};
  readonly #left: Promise<void>;

  constructor(options: PipeOptions) {
    this.#options = options;
    this.#left = new Promise((resolve) => {
      this.#leave = resolve;
    });
    const { client, clock, settings, outbox, pins } = options;
    const face = { show: (view: View) => this.#show(view), changed: () => {} };
    this.#desk = new Desk({ client, clock, face, settings, outbox, pins });
    client.onEvent((event) => {
      if (event.kind === "lost") this.#watchOutage();
      if (event.kind === "unknownHost") this.#tellUnknown();
      if (event.kind === "stopped") this.#giveUp();
    });
    this.#watchOutage();
  }

  async run(): Promise<number> {
    await Promise.race([this.#runLines(), this.#left]);
    const { client, clock, lines } = this.#options;
    lines.stop();
    this.#outage?.cancel();
    const isInterrupted = this.#exitCode === 130 || this.#silent;
    this.#silent = true;
    this.#desk.stopWaiting();
    if (isInterrupted && client.view().name !== null && client.view().lostAtMs === null) {
      // What was shown is acknowledged first, and nothing behind it.
      const isOut = client.logout();
      this.#desk.stopShowing();
      const limit = clock.after(leaveWaitMs, () => client.close());
      await isOut;
      limit.cancel();
    }
    client.close();
    return this.#exitCode ?? this.#earned();
  }

  #earned(): number {
    return this.#loginRefused ? 4 : this.#refused ? 1 : 0;
  }

  leaveWith(code: number): void {
    this.#exitCode ??= code;
    this.#leave();
  }

  /** Why has been said; what was asked is refused with the same words. */
  #giveUp(): void {
    this.#silent = true;
    this.leaveWith(3);
  }

  /** With the code that the commands so far have earned. */
  mute(isFailure: boolean): void {
    this.#refused ||= isFailure;
    if (this.#silent) return;
    this.#silent = true;
    this.#desk.stopShowing();
    this.leaveWith(this.#earned());
  }

  async #runLines(): Promise<void> {
    const { entry } = this.#options;
    if (entry !== null && !(await this.#enter(entry.name, entry.password))) return;
    for (;;) {
      const line = await this.#options.lines.next(false);
      if (line === null) break;
      if ((await this.#runLine(line)) === "leave") break;
    }
    if (this.#desk.user === null) return;
    await runCommand(this.#desk, { kind: "logout" }, {});
  }

  async #enter(name: string, known: string | null): Promise<boolean> {
    const password = known ?? (await this.#ask("password"));
    if (password === null) {
      this.#misused("login", "no-answer", endedBefore("password"));
      return false;
    }
    return (await this.#run({ kind: "login", name }, { password })) === "done";
  }

  async #runLine(line: string): Promise<Result> {
    const parsed: Parsed = parseTalk(line, this.#partner);
    if (parsed.kind === "nothing") return "done";
    if (Buffer.byteLength(line) > commandLineBytesMax) {
      return this.#misused("", "too-long", `A line has at most ${commandLineBytesMax} bytes.`);
    }
    if (parsed.kind === "unknown") {
      const hint = parsed.nearest === null ? "Type help for the list." : `Try ${parsed.nearest}.`;
      return this.#misused("", "unknown-command", `There is no such command. ${hint}`);
    }
    const isMisused = parsed.kind === "misused";
    const command = isMisused ? parsed.command : parsed.command.kind;
    if (endsTalk(parsed)) this.#partner = this.#desk.partner = null;
    const answers = await this.#askAll(parsed.questions);
    if (isMisused) return this.#misused(command, "misused", parsed.message);
    if (typeof answers === "string") return this.#misused(command, "no-answer", answers);
    if (parsed.command.kind === "leave") this.#partner = null;
    const result = await this.#run(parsed.command, answers);
    if (parsed.command.kind === "chat") {
      this.#partner = (parsed.command.with ?? answers.partner ?? "").trim();
      // What could not be opened is left as if it were, and nobody else is talked to meanwhile.
      if (result !== "done") this.#desk.partner = this.#partner;
    }
    return result;
  }

  /** All answers, or in words why there are none. */
  async #askAll(questions: readonly Question[]): Promise<Answers | string> {
    const answers: Partial<Record<Question, string>> = {};
    for (const question of questions) {
      const answer = await this.#ask(question);
      if (answer === null) return endedBefore(question);
      answers[question] = answer;
    }
    return answers;
  }

  async #run(command: Command, answers: Answers): Promise<Result> {
    const result = await runCommand(this.#desk, command, answers);
    if (result === "refused") this.#refused = true;
    if (result === "loginRefused") this.#loginRefused = true;
    const isEntry = command.kind === "login" || command.kind === "register";
    if (isEntry && result === "done") await untilKeysAreKept(this.#desk);
    if (command.kind === "login" && result === "done") await untilLoginIsShown(this.#desk);
    return result;
  }

  #misused(command: string, code: string, message: string): Result {
    this.#refused = true;
    this.#desk.showRefusal(command, { code, message });
    return "refused";
  }

  #ask(question: Question): Promise<string | null> {
    return this.#options.lines.next(question.startsWith("password"));
  }

  #show(view: View): void {
    if (this.#silent) return;
    const { json, out, tellTime } = this.#options;
    if (json) {
      const line = renderJson(view);
      if (line !== null) out.write(`${line}\n`);
      if ("besides" in view) for (const beside of view.besides ?? []) this.#show(beside);
      return;
    }
    const times = this.#desk.settings.of("time") === "on";
    const style: Style = { tellTime, rich: false, colour: false, times };
    const { lines } = renderLines(view, style, { day: "", minute: "" });
    if (lines.length === 0) return;
    for (const line of lines) out.write(`${line}\n`);
  }

  /** Scripts do not wait for ever. */
  #watchOutage(): void {
    const { client, clock } = this.#options;
    const since = client.view().lostAtMs;
    if (since === null) return;
    this.#outage?.cancel();
    this.#outage = clock.after(Math.max(1, since + pipeOutageMs - clock.nowMs()), () => {
      if (client.view().lostAtMs !== since) return;
      const seconds = pipeOutageMs / 1_000;
      const message = noServerLine(seconds, client.view());
      this.#tell({ kind: "error", command: "", code: "no-server", message });
      this.leaveWith(3);
    });
  }

  #tellUnknown(): void {
    for (const host of this.#options.client.view().unknownHosts) {
      if (this.#toldUnknown.has(host)) continue;
      this.#toldUnknown.add(host);
      this.#tell({ kind: "notice", code: "unknown-host", message: unknownHostLine(host) });
    }
  }

  /** What is no reply; a script that reads plain lines expects replies alone on its input. */
  #tell(view: View & { readonly kind: "error" | "notice" }): void {
    const { json, errors } = this.#options;
    if (json) this.#show(view);
    else if (!this.#silent) errors.write(`${view.message}\n`);
  }
}

function endedBefore(question: Question): string {
  const isPassword = question === "password";
  return `The input ended before ${isPassword ? "the password came" : "its last line"}.`;
}
