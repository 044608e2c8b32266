// chat-inspect DIR [--at OP]: the state that a server's folder holds, as JSON on stdout. Takes no
// lock and changes nothing; a running server's folder may be read too. Plain texts are printed:
// they are the state. Verifiers and token hashes are not.

import { parseArgs } from "node:util";
import { present } from "../base/assert.ts";
import { optionWords, wordsOf } from "../base/errors.ts";
import { asOp, type Op } from "../base/ids.ts";
import { accountsMax } from "../base/limits.ts";
import type { Chat, ListedLetter } from "../chat/contract.ts";
import { chatDigest } from "../chat/snapshot.ts";
import { openNodeDiskAsItIs } from "../node/disk.ts";
import { onOutputLost } from "../node/outputLoss.ts";
import { versionOf } from "../node/version.ts";
import { unescapeText } from "../wire/fields.ts";
import { readState } from "./imageBuilding.ts";

const usage = `Usage: chat-inspect DIR [--at OP] [--digest]

  DIR            a server's folder, for example state/server-0
  --at OP        the state as of this mutation instead of the newest
  --digest       only the op, its chain value and the digest of the state, on one line
  -h, --help     this text
  -V, --version  the version`;

export async function main(argv: readonly string[]): Promise<void> {
  const options = readOptions(argv);
  if (options === "version" || options === usage) {
    console.log(options === usage ? usage : versionOf("chat-inspect"));
    return;
  }
  if (typeof options === "string") {
    console.error(options);
    process.exitCode = 2;
    return;
  }
  try {
    const code = await print(options);
    // Else it may have been set because the output is lost.
    if (code !== 0) process.exitCode = code;
  } catch (error) {
    console.error(wordsOf(error));
    process.exitCode = 1;
  }
}

interface Options {
  readonly folder: string;
  readonly at: Op | undefined;
  readonly digestOnly: boolean;
}

async function print({ folder, at, digestOnly }: Options): Promise<number> {
  const state = await readState(openNodeDiskAsItIs(folder), at);
  if (!state.ok) {
    console.error(state.message);
    return 1;
  }
  onOutputLost();
  const { chat, views, chain } = state;
  const digest = chatDigest(chat);
  if (digestOnly) {
    console.log(`op=${chat.op} chain=${chain} digest=${digest}`);
    return 0;
  }
  const whole = { op: chat.op, chain, digest, views, accounts: accountsOf(chat) };
  console.log(JSON.stringify({ ...whole, sessions: sessionsOf(chat) }, null, 2));
  return 0;
}

function accountsOf(chat: Chat): readonly object[] {
  const { names } = chat.search("*", { after: "", count: accountsMax });
  return names.map((name) => {
    const account = present(chat.accountOf(name), name);
    const mailbox = chat.mailboxOf(account);
    const everything = { after: 0, count: mailbox.last, unopened: false };
    const { letters } = chat.list(account, everything);
    const lastSeen = new Date(chat.lastSeenMs(account)).toISOString();
    return { name, id: account, lastSeen, mailbox, letters: letters.map(shown) };
  });
}

function shown({ letter, opened }: ListedLetter): object {
  const { seq, client, request, from, to, atMs, own, late, format, body } = letter;
  const at = new Date(atMs).toISOString();
  const text = unescapeText(body) ?? body;
  const whole = { seq, id: `${client}-${request}`, from, to, at, own, late, opened };
  // What is sealed can be read nowhere but at its ends.
  return format === "s" ? { ...whole, sealedLetters: body.length } : { ...whole, text };
}

function sessionsOf(chat: Chat): readonly object[] {
  return [...chat.sessions()].map(([client, account]) => ({ client, user: chat.nameOf(account) }));
}

function readOptions(argv: readonly string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        at: { type: "string" },
        digest: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        version: { type: "boolean", short: "V", default: false },
      },
    });
    const folder = positionals[0];
    if (values.help) return usage;
    if (values.version) return "version";
    if (folder === undefined) return `Name the folder of a server.\n\n${usage}`;
    if (positionals.length > 1) {
      return `One folder at a time: leave "${positionals[1]}" out.\n\n${usage}`;
    }
    if (values.at === undefined) return { folder, at: undefined, digestOnly: values.digest };
    const at = /^[0-9]{1,15}$/.test(values.at) ? asOp(Number(values.at)) : null;
    if (at === null) return `--at takes the number of a mutation, not "${values.at}".`;
    return { folder, at, digestOnly: values.digest };
  } catch (error) {
    return `${optionWords(error)}\n\n${usage}`;
  }
}
