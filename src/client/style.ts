// How lines may look, and in whose time: the styles of a face, and the few colours there are. PURE.
// Knows no views.

/** A moment in the reader's own time. */
export interface LocalTime {
  /** Such as "Saturday, 31 January 2026". */
  readonly day: string;
  /** Such as "12:03". */
  readonly minute: string;
}

export type TellTime = (atMs: number) => LocalTime;

export interface Style {
  readonly tellTime: TellTime;
  readonly rich: boolean;
  readonly colour: boolean;
  /** Beside what arrives. */
  readonly times: boolean;
  /** Whose terminal it is, where names are picked out. */
  readonly user?: string;
  /** Of the screen, where there is one. */
  readonly columns?: number;
}

export const dim = painter(2, 22);
export const bold = painter(1, 22);
export const red = painter(31, 39);
export const green = painter(32, 39);

function painter(on: number, off: number): (text: string, style: Style) => string {
  return (text, { colour }) => (colour ? `\x1b[${on}m${text}\x1b[${off}m` : text);
}
