// What people type and read: limits on texts and names, search patterns, and the inert form in
// which everything from outside is shown. Pure; the server's door and the client use the same.
// `Intl.Segmenter` counts differ between versions of Node, so none of this decides inside `apply`
// but `checkName` and `foldName`, which know ASCII alone.

import { combiningMarksMax, nameLettersMax, textBytesMax, textLettersMax } from "./limits.ts";

export interface TextRefusal {
  readonly code: "empty" | "too-long" | "bad-name";
  readonly message: string;
}

/**
 * Null when the text may be sent: 1 to 262 user-perceived characters, at most 4,096 bytes. Who is
 * refused is told how many characters there are, if those are worth the time to count them.
 */
export function checkText(text: string, countMax = Infinity): TextRefusal | null {
  if (text.trim() === "") return { code: "empty", message: "The message is empty." };
  if (text.length > textLettersMax && onePerUnit.test(text)) return tooManyLetters(text.length);
  // UTF-8 takes at most three bytes a UTF-16 unit. Bytes come before letters: they are cheap.
  const bytes = text.length * 3 <= textBytesMax ? 0 : Buffer.byteLength(text, "utf8");
  if (bytes > textBytesMax) {
    const tooMany = `${bytes} bytes; the limit is ${textBytesMax}`;
    return { code: "too-long", message: `${tooMany} (${bytes - textBytesMax} too many)` };
  }
  if (text.length <= textLettersMax) return null;
  const letters = lettersOf(text, countMax);
  if (letters <= textLettersMax) return null;
  return letters < countMax ? tooManyLetters(letters) : moreLetters;
}

/** How many characters a person sees, if they are not more than `countMax`, or else that. */
export function lettersOf(text: string, countMax = Infinity): number {
  if (onePerUnit.test(text)) return text.length;
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  const segments = segmenter.segment(text)[Symbol.iterator]();
  let letters = 0;
  while (letters < countMax && segments.next().done !== true) letters += 1;
  return letters;
}

/** Below U+0300 each unit is a character, but for a carriage return before a line feed. */
const onePerUnit = /^[\0-\x0c\x0e-\u02ff]*$/;
let segmenter: Intl.Segmenter | null = null;

function tooManyLetters(letters: number): TextRefusal {
  const tooMany = letters - textLettersMax;
  const message = `${letters} characters; the limit is ${textLettersMax} (${tooMany} too many)`;
  return { code: "too-long", message };
}

const moreLetters: TextRefusal = {
  code: "too-long",
  message: `more than ${textLettersMax} characters; the limit is ${textLettersMax}`,
};

const nameForm = /^[A-Za-z0-9]+$/;

/** Null when the name may be registered: 1 to 50 ASCII letters and digits. */
export function checkName(name: string): TextRefusal | null {
  if (name.length <= nameLettersMax && nameForm.test(name)) return null;
  const message = `A name is 1 to ${nameLettersMax} letters and digits (A-Z, a-z, 0-9).`;
  return { code: "bad-name", message };
}

/** Whether a message may be sent there: a name, or a group's behind a #. */
export function isAddress(to: string): boolean {
  return checkName(groupNameOf(to)) === null;
}

/** Whether what stands there is a group's address, whatever its name is. */
export function isGroupAddress(address: string): boolean {
  return address.startsWith("#");
}

/** The group that is open to all. */
export function isLobby(address: string): boolean {
  return address.toLowerCase() === "#lobby";
}

/** A group's name, with or without the # of its address. */
export function groupNameOf(address: string): string {
  return isGroupAddress(address) ? address.slice(1) : address;
}

const formerForm = /^(?:([A-Za-z0-9]+) \(deleted\)|(#[A-Za-z0-9]+) \(gone\))$/i;

/** The address in `alice (deleted)` or `#team (gone)`, as those are shown who had it; else null. */
export function formerAddress(shown: string): string | null {
  const found = formerForm.exec(shown);
  return found?.[1] ?? found?.[2] ?? null;
}

/** The form in which names are equal regardless of case; "" for what cannot be a name. */
export function foldName(name: string): string {
  if (name.length > nameLettersMax) return "";
  let capitals = false;
  for (let at = 0; at < name.length; at += 1) {
    const code = name.charCodeAt(at);
    if ((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)) continue;
    if (code < 0x41 || code > 0x5a) return "";
    capitals = true;
  }
  return capitals ? name.toLowerCase() : name;
}

/** A copy of ASCII text that does not keep the frame it was cut from in memory. */
export function detached(ascii: string): string {
  return Buffer.from(ascii, "latin1").latin1Slice();
}

/** A search pattern, ready to be tried on many names. */
export interface Glob {
  /** What every match begins with, folded. */
  readonly prefix: string;
  /** Whether a folded name matches. */
  matches(folded: string): boolean;
}

/** `*` = any run of characters, all else itself regardless of case, anchored at both ends. */
export function makeGlob(pattern: string): Glob {
  const parts = foldAscii(pattern).split("*");
  const prefix = parts[0] ?? "";
  const suffix = parts[parts.length - 1] ?? "";
  if (parts.length === 1) return { prefix, matches: (folded) => folded === prefix };
  const middles = parts.slice(1, -1).filter((part) => part !== "");
  const lettersMin = prefix.length + suffix.length;
  return {
    prefix,
    matches: (folded) => {
      if (folded.length < lettersMin) return false;
      if (!folded.startsWith(prefix) || !folded.endsWith(suffix)) return false;
      // The leftmost place for each part leaves the most room for the rest: nothing is retried.
      let at = prefix.length;
      for (const middle of middles) {
        const found = folded.indexOf(middle, at);
        if (found < 0) return false;
        at = found + middle.length;
      }
      return at <= folded.length - suffix.length;
    },
  };
}

export function glob(pattern: string, name: string): boolean {
  return makeGlob(pattern).matches(foldAscii(name));
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}

const printableAscii = /^[\x20-\x7e]*$/;
const hiddenLetter = "[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]";
/** Found in nothing that is shown as it is, which is most of what people write in any language. */
const doubtful = new RegExp(`${hiddenLetter}|^\\p{M}|\\p{M}{${combiningMarksMax + 1}}`, "u");

/**
 * The text as it may be shown on any terminal: controls, bidi controls, lone surrogates and what
 * takes no room become visible marks; floods of combining marks are cut. Emoji and joining scripts
 * stay whole. Done twice it is the same as done once.
 */
export function inert(text: string): string {
  if (printableAscii.test(text) || !doubtful.test(text)) return text;
  const bounded = text
    .replace(/^(?=\p{M})/u, "\u25cc")
    .replace(markFlood, (_, kept: string, rest: string) => `${kept}<+${[...rest].length} marks>`);
  return bounded.replace(keptOrHidden, (found, hidden: string | undefined) =>
    hidden === undefined ? found : visibleMark(hidden),
  );
}

const markFlood = new RegExp(`(\\p{M}{${combiningMarksMax}})(\\p{M}+)`, "gu");

/** Scripts whose letters change with the joiners between them. */
const joining =
  "Arabic Syriac Mongolian Nko Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada " +
  "Malayalam Sinhala Khmer Myanmar Tibetan";
const joiningLetter = `[${joining.replace(/(\w+) ?/g, "\\p{scx=$1}")}]`;
const emoji = "\\p{Extended_Pictographic}[\\u{1F3FB}-\\u{1F3FF}]?\\uFE0F?";

/**
 * Alternatives in order: what looks like a trick and is none, then what is hidden (captured). Each
 * begins with what it is about; what stands before that is looked at only where that is found.
 */
const keptOrHidden = new RegExp(
  [
    // Flags of countries within countries: a black flag, tag letters, the end tag.
    "\\u{1F3F4}[\\u{E0030}-\\u{E0039}\\u{E0061}-\\u{E007A}]{2,6}\\u{E007F}",
    `${emoji}(?:\\u200D${emoji})+`,
    `[\\u200C\\u200D](?<=${joiningLetter}.)(?=${joiningLetter})`,
    // One variation selector behind something visible.
    "[\\uFE00-\\uFE0F\\u{E0100}-\\u{E01EF}](?<=[\\p{L}\\p{N}\\p{P}\\p{S}].)",
    // Number signs that stand before digits: format characters by name, yet visible.
    "[\\u0600-\\u0605\\u06DD\\u070F\\u0890\\u0891\\u08E2\\u{110BD}\\u{110CD}]",
    `(${hiddenLetter})`,
  ].join("|"),
  "gu",
);

/** Those that came, made once: there are a few thousand, and a text may be full of them. */
const marks = new Map<string, string>();

function visibleMark(hidden: string): string {
  const known = marks.get(hidden);
  if (known !== undefined) return known;
  const mark = markOf(hidden.codePointAt(0) ?? 0);
  marks.set(hidden, mark);
  return mark;
}

function markOf(code: number): string {
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}
