// How wide text is on a terminal: PURE. Counts cells per user-perceived character: none for
// combining marks alone, two for East Asian wide letters and emoji, one for the rest. Terminals
// differ on the newest emoji: a row with one may end early or late, but in its own row.

export interface Glyph {
  /** The user-perceived character. */
  readonly text: string;
  /** Where it starts, in UTF-16 units. */
  readonly at: number;
  readonly cells: number;
}

let segmenter: Intl.Segmenter | null = null;

export function glyphsOf(text: string): readonly Glyph[] {
  if (printableAscii.test(text)) {
    return Array.from(text, (letter, at) => ({ text: letter, at, cells: 1 }));
  }
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment, index }) => {
    return { text: segment, at: index, cells: cellsOfGlyph(segment) };
  });
}

export function cellsOf(text: string): number {
  if (printableAscii.test(text)) return text.length;
  return glyphsOf(text).reduce((sum, { cells }) => sum + cells, 0);
}

/** The text, cut to at most so many cells, with an ellipsis where something was cut off. */
export function clipped(text: string, cellsMax: number): string {
  if (cellsOf(text) <= cellsMax) return text;
  let cells = 0;
  let kept = "";
  for (const glyph of glyphsOf(text)) {
    if (cells + glyph.cells > cellsMax - 1) break;
    cells += glyph.cells;
    kept += glyph.text;
  }
  return `${kept}…`;
}

const printableAscii = /^[\x20-\x7e]*$/;
const onlyMarks = /^[\p{M}\p{Default_Ignorable_Code_Point}]*$/u;
const emoji = /^\p{Emoji_Presentation}|^\p{Emoji}\uFE0F|^\p{Regional_Indicator}{2}/u;

function cellsOfGlyph(glyph: string): number {
  if (onlyMarks.test(glyph)) return 0;
  if (emoji.test(glyph)) return 2;
  const code = glyph.codePointAt(0) ?? 0;
  return wideRanges.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** East Asian Width W and F (Unicode Standard Annex 11), in its large blocks. */
const wideRanges: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];
