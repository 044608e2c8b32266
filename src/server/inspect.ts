// chat-inspect DIR [--at OP]: the state that a server's folder holds, as JSON on stdout. Takes no
// lock and changes nothing; a running server's folder may be read too. Message texts are printed:
// they are the state.

import { parseArgs } from "node:util";
import { asOp, type Op } from "../base/ids.ts";
import { chatDigest } from "../chat/snapshot.ts";
import { openNodeDisk } from "../node/disk.ts";
import { encodeImage } from "./image.ts";
import { readState } from "./imageBuilding.ts";

const usage = `Usage: chat-inspect DIR [--at OP] [--digest]

  DIR       a server's folder, for example state/server-0
  --at OP   the state as of this mutation instead of the newest
  --digest  only the op and the digest of the state, on one line`;

export async function main(argv: readonly string[]): Promise<void> {
  const options = readOptions(argv);
  if (typeof options === "string") {
    console.error(options);
    process.exitCode = options === usage ? 0 : 2;
    return;
  }
  try {
    process.exitCode = await print(options);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

interface Options {
  readonly folder: string;
  readonly at: Op | undefined;
  readonly digestOnly: boolean;
}

async function print({ folder, at, digestOnly }: Options): Promise<number> {
  const state = await readState(await openNodeDisk(folder), at);
  if (!state.ok) {
    console.error(state.message);
    return 1;
  }
  const { chat, views, chain } = state;
  const digest = chatDigest(chat);
  if (digestOnly) {
    console.log(`op=${chat.op} chain=${chain} digest=${digest}`);
    return 0;
  }
  const lines: string[] = [];
  for (const chunk of encodeImage({ views, chat })) lines.push(chunk.toString("latin1"));
  const state_ = lines.join("").split("\n").slice(0, -1);
  console.log(JSON.stringify({ op: chat.op, chain, digest, views, lines: state_ }, null, 2));
  return 0;
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
      },
    });
    const folder = positionals[0];
    if (values.help || folder === undefined || positionals.length > 1) return usage;
    if (values.at === undefined) return { folder, at: undefined, digestOnly: values.digest };
    const at = /^[0-9]{1,15}$/.test(values.at) ? asOp(Number(values.at)) : null;
    if (at === null) return `--at takes the number of a mutation, not "${values.at}".`;
    return { folder, at, digestOnly: values.digest };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n\n${usage}`;
  }
}
