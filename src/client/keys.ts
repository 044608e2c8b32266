// Bytes of a keyboard as keys: PURE. Knows the escape sequences of common terminals and bracketed
// paste; a sequence that comes in two chunks waits for its end, and one it does not know is
// dropped. What a key does is decided in line.ts and repl.ts.

export type KeyName =
  | "enter"
  | "tab"
  | "backspace"
  | "delete"
  | "left"
  | "right"
  | "up"
  | "down"
  | "home"
  | "end"
  | "wordLeft"
  | "wordRight"
  | "deleteWord"
  | "deleteWordRight"
  | "deleteToStart"
  | "deleteToEnd"
  | "interrupt"
  | "endOfInput"
  | "redraw"
  | "suspend";

export type Key =
  | { readonly kind: "key"; readonly name: KeyName }
  | { readonly kind: "text"; readonly text: string }
  /** Of a bracketed paste: as it was copied, line ends as "\n". */
  | { readonly kind: "paste"; readonly text: string };

const controls = new Map<string, KeyName>([
  ["\r", "enter"],
  ["\n", "enter"],
  ["\t", "tab"],
  ["\x7f", "backspace"],
  ["\b", "backspace"],
  ["\x01", "home"],
  ["\x02", "left"],
  ["\x03", "interrupt"],
  ["\x04", "endOfInput"],
  ["\x05", "end"],
  ["\x06", "right"],
  ["\x0b", "deleteToEnd"],
  ["\x0c", "redraw"],
  ["\x0e", "down"],
  ["\x10", "up"],
  ["\x15", "deleteToStart"],
  ["\x17", "deleteWord"],
  ["\x1a", "suspend"],
]);

/** Behind ESC: what follows `[` or `O`, or one letter for Alt. */
const sequences = new Map<string, KeyName>([
  ["[A", "up"],
  ["[B", "down"],
  ["[C", "right"],
  ["[D", "left"],
  ["[H", "home"],
  ["[F", "end"],
  ["OA", "up"],
  ["OB", "down"],
  ["OC", "right"],
  ["OD", "left"],
  ["OH", "home"],
  ["OF", "end"],
  ["OM", "enter"],
  ["[1~", "home"],
  ["[3~", "delete"],
  ["[4~", "end"],
  ["[7~", "home"],
  ["[8~", "end"],
  ["[1;5C", "wordRight"],
  ["[1;5D", "wordLeft"],
  ["[1;3C", "wordRight"],
  ["[1;3D", "wordLeft"],
  ["[3;5~", "deleteWordRight"],
  ["b", "wordLeft"],
  ["f", "wordRight"],
  ["d", "deleteWordRight"],
  ["\x7f", "deleteWord"],
  ["\b", "deleteWord"],
]);

const pasteStart = "\x1b[200~";
const pasteEnd = "\x1b[201~";
/** A whole sequence behind ESC: CSI, SS3, or one character (Alt). */
const wholeSequence = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O])/su;
/** The beginning of one, whose end has not come yet. */
const openSequence = /^\x1b(?:\[[0-?]*[ -/]*|O)?$/s;

export interface KeyReader {
  push(chunk: string): readonly Key[];
  /** Within a bracketed paste, or a sequence whose end is still to come. */
  isMidway(): boolean;
}

export function makeKeyReader(): KeyReader {
  let rest = "";
  let pasting = false;
  let pasted = "";

  function takePaste(): Key | null {
    const end = rest.indexOf(pasteEnd);
    if (end < 0) {
      // The end mark itself may come in two chunks.
      const kept = Math.max(0, rest.length - pasteEnd.length + 1);
      pasted += rest.slice(0, kept);
      rest = rest.slice(kept);
      return null;
    }
    const text = (pasted + rest.slice(0, end)).replace(/\r\n?/g, "\n");
    rest = rest.slice(end + pasteEnd.length);
    pasting = false;
    pasted = "";
    return { kind: "paste", text };
  }

  return {
    push: (chunk) => {
      rest += chunk;
      const keys: Key[] = [];
      while (rest !== "") {
        if (pasting) {
          const paste = takePaste();
          if (paste === null) break;
          keys.push(paste);
          continue;
        }
        if (rest.startsWith(pasteStart)) {
          pasting = true;
          rest = rest.slice(pasteStart.length);
          continue;
        }
        if (openSequence.test(rest)) break;
        const { key, length } = nextKey(rest);
        rest = rest.slice(length);
        if (key !== null) keys.push(key);
      }
      return keys;
    },
    isMidway: () => pasting || rest !== "",
  };
}

function nextKey(input: string): { readonly key: Key | null; readonly length: number } {
  if (input.startsWith("\x1b")) {
    const sequence = wholeSequence.exec(input)?.[0] ?? "\x1b";
    const name = sequences.get(sequence.slice(1));
    return { key: name === undefined ? null : { kind: "key", name }, length: sequence.length };
  }
  const first = input[0] ?? "";
  const name = controls.get(first);
  if (name !== undefined) return { key: { kind: "key", name }, length: 1 };
  const text = /^[^\x00-\x1f\x7f]+/.exec(input)?.[0];
  if (text === undefined) return { key: null, length: 1 };
  return { key: { kind: "text", text }, length: text.length };
}
