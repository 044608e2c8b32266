// What a base image holds: the history's views, then the chat's canonical snapshot, as lines of
// ASCII. Equal histories give equal bytes on every server. The store sees bytes alone.

import type { Op } from "../base/ids.ts";
import type { View } from "../replica/types.ts";
import { createChat, type ChatState } from "../chat/state.ts";
import { encodeSnapshot } from "../chat/snapshot.ts";
import { decodeSnapshot } from "../chat/snapshotRead.ts";
import { decodePayload, encodePayload, opcodeOf } from "../wire/codec.ts";

const kindWord = "replichat-image";
const imageVersion = 1;
const lineFeed = 0x0a;

export interface ImageContent {
  readonly views: readonly View[];
  readonly chat: ChatState;
}

export type DecodedImage =
  ({ readonly ok: true } & ImageContent) | { readonly ok: false; readonly message: string };

export function emptyImage(): ImageContent {
  return { views: [], chat: createChat() };
}

/** The state that a folder's image holds; the empty one without an image. */
export function decodeBase(
  image: { readonly op: Op; readonly content: readonly Buffer[] } | null,
): DecodedImage {
  return image === null ? { ok: true, ...emptyImage() } : decodeImage(image.content, image.op);
}

/** The image as of the last op applied to `chat`; later views are left out. */
export function* encodeImage({ views, chat }: ImageContent): Iterable<Buffer> {
  const within = views.filter((view) => view.startOp <= chat.op);
  const lines = [`${kindWord} ${imageVersion} ${within.length}`];
  for (const view of within) lines.push(encodePayload({ type: "viewInfo", ...view }));
  yield Buffer.from(`${lines.join("\n")}\n`, "latin1");
  yield* encodeSnapshot(chat);
}

export function decodeImage(content: readonly Buffer[], op: Op): DecodedImage {
  const lines = makeLineCutter(content);
  const header = lines.next().split(" ");
  if (header[0] !== kindWord) return { ok: false, message: "This is not a base image of ours." };
  if (Number(header[1]) > imageVersion) {
    return { ok: false, message: `The base image has format ${header[1]}; this program is older.` };
  }
  const views: View[] = [];
  for (let left = Number(header[2]); left > 0; left -= 1) {
    const decoded = decodePayload(opcodeOf("viewInfo"), lines.next());
    if (!decoded.ok || decoded.message.type !== "viewInfo") {
      return { ok: false, message: "The base image holds a view that cannot be read." };
    }
    const { type: _, ...view } = decoded.message;
    views.push(view);
  }
  const snapshot = decodeSnapshot(lines.rest());
  if (!snapshot.ok) return { ok: false, message: snapshot.message };
  if (snapshot.chat.op !== op) {
    const words = `is of op ${op}, and holds the state of op ${snapshot.chat.op}`;
    return { ok: false, message: `The base image ${words}.` };
  }
  return { ok: true, views, chat: snapshot.chat };
}

interface LineCutter {
  /** The next line without its end; "" at the end of all. */
  next(): string;
  /** Everything behind the last line taken. */
  rest(): Iterable<Buffer>;
}

function makeLineCutter(content: readonly Buffer[]): LineCutter {
  let index = 0;
  let offset = 0;
  return {
    next() {
      let line = "";
      for (; index < content.length; index += 1, offset = 0) {
        const chunk = content[index] as Buffer;
        const end = chunk.indexOf(lineFeed, offset);
        if (end < 0) {
          line += chunk.latin1Slice(offset);
          continue;
        }
        line += chunk.latin1Slice(offset, end);
        offset = end + 1;
        return line;
      }
      return line;
    },
    *rest() {
      for (let at = index; at < content.length; at += 1) {
        const chunk = content[at] as Buffer;
        yield at === index ? chunk.subarray(offset) : chunk;
      }
    },
  };
}
