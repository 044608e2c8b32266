// The demo on a terminal: the ordinary client, a bot at the other end, and lines with a colon that
// act on the servers. It returns when the person leaves; who started the servers stops them.

import type { ChatClient } from "../client/api.ts";
import { type PlainRun, startPlain } from "../client/plain.ts";
import { startRepl } from "../client/repl.ts";
import { makeTypedLines } from "../client/typedLines.ts";
import { unkeptSettings } from "../client/settings.ts";
import { tellTime } from "../client/localTime.ts";
import { pasteGapMs } from "../base/limits.ts";
import { makeTerminal, type RawTerminal, type RawTerminalHandler } from "../node/terminal.ts";
import type { TypedAhead } from "../node/typedAhead.ts";
import type { Clock } from "../ports.ts";
import { Bot, botName } from "./bot.ts";
import type { LocalCluster } from "./localCluster.ts";
import { Operator } from "./operator.ts";
import type { Passwords } from "./passwords.ts";
import { namesFor, numbered } from "./personName.ts";
import { connectHere, enterAsOneOf } from "./talker.ts";

export interface TerminalPlayOptions {
  readonly cluster: LocalCluster;
  readonly clock: Clock;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly typedAhead: TypedAhead;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly colour: boolean;
  /** Nothing is drawn: lines in, lines out. */
  readonly plain: boolean;
  /** As the system knows who sits here. */
  readonly systemName: string;
  /** Nobody else at these servers can log in to the accounts made here. */
  readonly passwords: Passwords;
}

/** A client at work, whichever its face. */
export interface TerminalRun {
  /** Resolves to the exit code once the terminal is as it was. */
  readonly ended: Promise<number>;
  /** A signal asks us to go. */
  interrupt(): void;
  /** Ctrl+C, where the terminal makes a signal of it. */
  cancel(): void;
  note(text: string): void;
}

/** The client's run, once person and bot are logged in. */
export async function playOnTerminal(options: TerminalPlayOptions): Promise<TerminalRun> {
  const { cluster, clock, output, systemName, passwords } = options;
  const machine = { hosts: cluster.hosts, clock };
  const botClient = connectHere(machine);
  const client = connectHere(machine);
  const [botsName, name] = await Promise.all([
    enterAsOneOf(botClient, numbered(botName), passwords.bot),
    enterAsOneOf(client, namesFor(systemName), passwords.person),
  ]);
  const serving = (): number => cluster.members().length;
  const bot = new Bot(botClient, { clock, serving });
  output.write(intro(cluster, { name, bot: botsName, password: passwords.person }).join("\n"));
  // Lines that were typed before come while the face starts, and wait until it runs.
  const starting: string[] = [];
  let act = (line: string): void => void starting.push(line);
  const run = startFace(options, client, (line) => act(line));
  const operator = new Operator({
    cluster,
    clock,
    tell: (text) => run.note(text),
    survived: (dead) => bot.say(name, `Was that server ${dead}? I noticed nothing.`),
  });
  act = (line) => operator.take(line);
  starting.forEach(act);
  void run.ended.then(() => bot.leave());
  void bot.greet(name, `Hello, I am the bot. Write to me: send ${botsName} hello`);
  return run;
}

function startFace(
  { clock, input, output, env, colour, plain, typedAhead }: TerminalPlayOptions,
  client: ChatClient,
  colonLine: (line: string) => void,
): TerminalRun {
  const common = { client, clock, settings: unkeptSettings(), tellTime, entry: null, colonLine };
  if (plain) {
    const bare = makeTerminal(input, output, env, { isDrawnOn: false });
    const run: PlainRun = startPlain({
      ...common,
      keyboard: makeTypedLines({
        terminal: behindTyped(bare, typedAhead, clock),
        echoes: env["INSIDE_EMACS"] === undefined,
        interrupted: () => run.cancel(),
        resumed: () => run.repeat(),
      }),
      out: { write: (text) => void output.write(text) },
    });
    return run;
  }
  const history = { load: () => [], add: () => undefined };
  const repl = startRepl({
    ...common,
    terminal: makeTerminal(input, output, env, { typedAhead }),
    history,
    colour,
  });
  return { ...repl, cancel: () => repl.interrupt() };
}

/** What was typed one after another comes so once more: only what comes at once is a paste. */
function behindTyped(terminal: RawTerminal, typedAhead: TypedAhead, clock: Clock): RawTerminal {
  const replay = async (handler: RawTerminalHandler, behind: string[]): Promise<void> => {
    const { pieces, hasEnded } = typedAhead.take();
    for (const piece of pieces) {
      await new Promise<void>((resolve) => clock.after(2 * pasteGapMs, resolve));
      handler.input(piece);
    }
    for (const chunk of behind.splice(0)) handler.input(chunk);
    if (hasEnded) handler.ended();
  };
  const start = (handler: RawTerminalHandler): void => {
    const behind: string[] = [];
    let isBehind = true;
    const input = (text: string): void => void (isBehind ? behind.push(text) : handler.input(text));
    terminal.start({ ...handler, input });
    void replay(handler, behind).then(() => (isBehind = false));
  };
  return { ...terminal, start };
}

function intro(
  cluster: LocalCluster,
  people: { readonly name: string; readonly password: string; readonly bot: string },
): readonly string[] {
  const primary = cluster.primary();
  const servers = cluster.hosts.map(({ id, host, clientPort }) => {
    return `  server ${id}  ${host}:${clientPort}${id === primary ? "  primary" : ""}`;
  });
  return [
    "replichat: three servers, a bot and you.",
    `You are ${people.name} here; password ${people.password}`,
    "",
    ...servers,
    "",
    "Try, while you chat:",
    "",
    `  send ${people.bot} hello   (or: reply hello)`,
    "  :kill 0          kill -9 a server",
    "  :kill 1          one is enough",
    "  :start 0         it catches up",
    "  :pause 2         alive, but silent",
    "  :resume 2        awake again",
    "  :cluster         who is up, who leads",
    "  inbox            open what is unread",
    "  quit             stop everything",
    "",
    "",
  ];
}
