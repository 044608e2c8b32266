// What is typed at a terminal before anybody is there to take it: read at once, since only now can
// be told what was typed line by line from what was pasted. What came together stays together. The
// terminal itself still shows and edits it.

import { StringDecoder } from "node:string_decoder";
import type { ReadStream } from "node:tty";
import { commandLineBytesMax, pasteGapMs } from "../base/limits.ts";
import type { Clock } from "../ports.ts";

export interface TypedAhead {
  /** In order, each as if one read had given it; from now on others read. */
  take(): { readonly pieces: readonly string[]; readonly hasEnded: boolean };
}

/** `input` keeps no process alive until `take`. */
export function keepTyped(input: ReadStream, clock: Pick<Clock, "nowMs">): TypedAhead {
  const decoder = new StringDecoder("utf8");
  const pieces: string[] = [];
  let lastAtMs = -Infinity;
  let keptLength = 0;
  let hasEnded = false;
  const keep = (chunk: Buffer): void => {
    const nowMs = clock.nowMs();
    const isMore = nowMs - lastAtMs < pasteGapMs;
    lastAtMs = nowMs;
    const text = decoder.write(chunk);
    pieces.push(isMore ? `${pieces.pop() ?? ""}${text}` : text);
    keptLength += text.length;
    // The system keeps the rest.
    if (keptLength > commandLineBytesMax) input.pause();
  };
  const end = (): void => {
    hasEnded = true;
  };
  input.on("data", keep);
  for (const event of ["end", "error"]) input.on(event, end);
  input.unref();
  return {
    take: () => {
      input.off("data", keep);
      for (const event of ["end", "error"]) input.off(event, end);
      input.ref();
      input.resume();
      return { pieces, hasEnded };
    },
  };
}
