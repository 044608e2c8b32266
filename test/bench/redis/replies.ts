// What Redis answers (RESP 2), from the chunks of a connection: PURE. Enough for a bench that asks
// few things: lines, errors, numbers, strings and lists of those. Anything else throws.

export type Reply =
  | { readonly kind: "line" | "error"; readonly text: string }
  | { readonly kind: "number"; readonly value: number }
  /** null stands for "there is none". */
  | { readonly kind: "string"; readonly text: string | null }
  | { readonly kind: "list"; readonly items: readonly Reply[] | null };

const carriageReturn = 0x0d;

interface Parsed {
  readonly reply: Reply;
  /** Where the next one begins. */
  readonly end: number;
}

export class ReplyReader {
  private rest: Buffer | null = null;

  /** Calls `take` for each reply that is whole by now. */
  push(chunk: Buffer, take: (reply: Reply) => void): void {
    const bytes = this.rest === null ? chunk : Buffer.concat([this.rest, chunk]);
    let start = 0;
    for (;;) {
      const parsed = parseReply(bytes, start);
      if (parsed === null) break;
      start = parsed.end;
      take(parsed.reply);
    }
    this.rest = start < bytes.length ? bytes.subarray(start) : null;
  }
}

/** null while it is not whole. */
function parseReply(bytes: Buffer, start: number): Parsed | null {
  const lineEnd = bytes.indexOf(carriageReturn, start);
  if (lineEnd < 0 || lineEnd + 2 > bytes.length) return null;
  const text = bytes.latin1Slice(start + 1, lineEnd);
  const end = lineEnd + 2;
  const mark = bytes.latin1Slice(start, start + 1);
  switch (mark) {
    case "+":
      return { reply: { kind: "line", text }, end };
    case "-":
      return { reply: { kind: "error", text }, end };
    case ":":
      return { reply: { kind: "number", value: numberIn(text) }, end };
    case "$":
      return parseString(bytes, end, numberIn(text));
    case "*":
      return parseList(bytes, end, numberIn(text));
    default:
      throw new Error(`Redis answered with something unknown that begins with "${mark}"`);
  }
}

function parseString(bytes: Buffer, start: number, size: number): Parsed | null {
  if (size < 0) return { reply: { kind: "string", text: null }, end: start };
  const end = start + size + 2;
  if (bytes.length < end) return null;
  return { reply: { kind: "string", text: bytes.latin1Slice(start, end - 2) }, end };
}

function parseList(bytes: Buffer, start: number, count: number): Parsed | null {
  if (count < 0) return { reply: { kind: "list", items: null }, end: start };
  const items: Reply[] = [];
  let end = start;
  while (items.length < count) {
    const parsed = parseReply(bytes, end);
    if (parsed === null) return null;
    items.push(parsed.reply);
    end = parsed.end;
  }
  return { reply: { kind: "list", items }, end };
}

function numberIn(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new Error(`Redis answered "${text}" where a number belongs`);
  return Number(text);
}
