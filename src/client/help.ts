// What `help` and `-h` say: PURE. One table, in the order in which people meet the commands.
// Which words a command takes is decided in parse.ts, and a test holds the two together.

import { examples } from "./examples.ts";
import type { CommandName } from "./parsed.ts";
import { settingNames, valuesOf } from "./settings.ts";

export interface HelpEntry {
  readonly usage: string;
  readonly does: string;
  readonly more: string;
}

export const helpEntries: Readonly<Record<CommandName, HelpEntry>> = {
  register: {
    usage: "register [name]",
    does: "make an account and log in",
    more: "A name is 1 to 50 letters and digits. A password has at least 8 characters.",
  },
  login: {
    usage: "login [name]",
    does: "log in; several terminals at once are fine",
    more: "New messages follow. The password is asked for and never shown.",
  },
  search: {
    usage: "search [pattern]",
    does: "find people by name",
    more: "* stands for any run of characters: a* finds all names that begin with an a.",
  },
  send: {
    usage: "send [to] [text]",
    does: "send a message of up to 262 characters",
    more: "It is confirmed once every server that is up has it on disk.",
  },
  reply: {
    usage: "reply [text]",
    does: "answer whoever wrote to you last",
    more: "Held back if the name has another key by now than the one that signed the message.",
  },
  chat: {
    usage: "chat [name]",
    does: "talk to one person or group: lines go there",
    more: "A name, or #group. /leave or /logout ends it; other commands need their / meanwhile.",
  },
  leave: {
    usage: "leave",
    does: "end the conversation that chat began",
    more: "Written /leave, since every other line is a message.",
  },
  inbox: {
    usage: "inbox [n]",
    does: "open your unread messages, oldest first",
    more: "With a number, only so many. What was opened counts as read.",
  },
  read: {
    usage: "read [id ...]",
    does: "mark messages as read",
    more: "The id is the number beside a message; several may follow. All your terminals agree.",
  },
  unread: {
    usage: "unread [id ...]",
    does: "mark messages as unread again",
    more: "They count as unread, and inbox opens them once more.",
  },
  remove: {
    usage: "remove [id ...]",
    does: "take messages out of your mailbox",
    more: "Out of yours alone: whoever else has them keeps them.",
  },
  history: {
    usage: "history [name] [n]",
    does: "read back what you wrote to each other",
    more: "The newest n (20); --before ID goes on from there, --find WORD looks for a word.",
  },
  draft: {
    usage: "draft [action]",
    does: "keep texts on the servers until you send them",
    more: "new [to] [text], edit <n> [text], list, send <n ...|all>, remove <n ...|all>.",
  },
  group: {
    usage: "group [action]",
    does: "make groups and see who is in them; send #team writes",
    more: "create, join, leave, members #x; add, remove #x <names>; list. #lobby is open.",
  },
  block: {
    usage: "block [name]",
    does: "show nothing that somebody writes from now on",
    more: "They are not told: it is confirmed, and never shown. What came before stays.",
  },
  unblock: {
    usage: "unblock [name]",
    does: "show somebody's messages again, from now on",
    more: "What they sent meanwhile does not come back.",
  },
  blocked: {
    usage: "blocked",
    does: "see whom you have blocked",
    more: "Those alone who still have an account. unblock shows their messages again.",
  },
  verify: {
    usage: "verify [name]",
    does: "see the number that shows nobody reads along",
    more: "yes behind the name: it is the same there. no: forget whose key it was.",
  },
  outbox: {
    usage: "outbox [action]",
    does: "see what was never confirmed before you left",
    more: "send sends it, once even if it had arrived after all; drop forgets it.",
  },
  users: {
    usage: "users [pattern]",
    does: "see who is on, and who was last seen when",
    more: "* stands for any run of characters, as in search. For people who are logged in.",
  },
  cluster: {
    usage: "cluster",
    does: "see the servers and what one more failure would mean",
    more: "Shows each server's part, how far it is behind, and whether the history is verified.",
  },
  wait: {
    usage: "wait [n] [--for seconds]",
    does: "wait for n messages (for scripts)",
    more: "Counts from the last wait on; without a number it waits for one.",
  },
  set: {
    usage: "set [setting] [value]",
    does: "see your settings, or change one",
    more: `${settingsText()}; kept for you on this machine.`,
  },
  passwd: {
    usage: "passwd",
    does: "change your password",
    more: "The old one is asked for first. Your other terminals have to log in with the new one.",
  },
  logout: {
    usage: "logout",
    does: "log out and stay here",
    more: "Messages wait for you on the servers.",
  },
  delete: {
    usage: "delete",
    does: "delete your account for good",
    more: "Its name is typed again to confirm. What you sent stays with those who have it.",
  },
  help: {
    usage: "help [command]",
    does: "see the commands, or one of them",
    more: "A leading / is allowed before every command, and case does not matter.",
  },
  quit: {
    usage: "quit",
    does: "log out and leave; bye, exit and disconnect too",
    more: "Ctrl+D does the same.",
  },
};

/** Such as "time on/off". */
function settingsText(): string {
  return settingNames.map((name) => `${name} ${valuesOf(name).join("/")}`).join(", ");
}

/**
 * Examples first: most people look for one like what they want, and stop reading there. On a screen
 * of so many columns what is needed seldom is named alone, so that the rest stays in sight.
 */
export function helpLines(
  about: CommandName | null,
  columns: number | null = null,
): readonly string[] {
  if (about !== null) {
    const { usage, does, more } = helpEntries[about];
    return [`for example: ${examples[about]}`, `${usage} - ${does}.`, more];
  }
  const isNarrow = columns !== null && columns < helpColumns;
  const others = columns === null ? [] : seldom;
  const listed = Object.entries(helpEntries).filter(
    ([name]) => !others.some((one) => one === name),
  );
  const usages = listed.map(([name, { usage }]) => (isNarrow ? name : usage));
  const width = isNarrow ? helpIndent - 2 : Math.max(...usages.map((usage) => usage.length));
  const lines = listed.map(([, { does }], at) => `${(usages[at] ?? "").padEnd(width)}  ${does}`);
  const also = others.length === 0 ? [] : [`${"also".padEnd(width)}  ${others.join(", ")}`];
  return [firstSteps, ...lines, ...also, tip];
}

const seldom: readonly CommandName[] = [
  "leave",
  "read",
  "unread",
  "remove",
  "unblock",
  "blocked",
  "verify",
  "outbox",
  "wait",
  "passwd",
  "delete",
  "help",
];

const helpColumns = 79;
/** Of the names alone, with the gap behind them. */
const helpIndent = 12;

const firstSteps = "for example: register alice, send bob hello, chat bob, chat #lobby";
const tip = "help [command] says more. Tab completes; on an empty line it begins an answer.";

export const usageText = `Usage: chat-client <host0> [<host1> ...] [options]

Talks to whichever of the servers is in charge, and goes on when servers fail.
A host is name, name:port or name:clientPort:peerPort, with IPv6 in brackets;
without ports, server 0 is asked at 22067, server 1 at 22068 and so on.

options:
  --user NAME           log in as NAME first
  --password-file FILE  take NAME's password from the first line of FILE
  --tls                 speak TLS; a server's key is remembered from the first meeting on
  --tls-ca FILE         speak TLS, with servers that the CA in FILE vouches for
  --plain               no redrawing, no colours, no symbols; one line per event
  --json                one JSON object per line
  --no-color            no colours
  -h, --help            show this
  -V, --version         show the version

Fed by a pipe, it runs one command per line, and exits 0 when all went well,
1 when a command was refused, 2 on bad usage, 3 when no server can be reached
or trusted, 4 when a login was refused and 130 after Ctrl+C.

example: chat-client localhost localhost localhost
`;
