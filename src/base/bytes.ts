// Short stretches of bytes, copied and looked through four at a time: for a hundred bytes a call
// out of the engine, and the view that it needs, cost more than the bytes do. Nothing is kept but
// the views made last.

const sourceViews = { bytes: Buffer.alloc(0), view: new DataView(new ArrayBuffer(0)) };
const targetViews = { ...sourceViews };

const shortBytesMax = 512;

/** Copies [start, end) to `at`; the room must be there, and not overlap. Returns where it ends. */
export function copyShort(
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  at: number,
): number {
  if (end - start > shortBytesMax) return at + source.copy(target, at, start, end);
  const from = viewOf(source, sourceViews);
  const to = viewOf(target, targetViews);
  const distance = at - start;
  let offset = start;
  for (const last = end - 4; offset <= last; offset += 4) {
    to.setInt32(offset + distance, from.getInt32(offset));
  }
  for (; offset < end; offset += 1) target[offset + distance] = source[offset] as number;
  return end + distance;
}

const everyHighBit = 0x80808080 | 0;
const space = 0x20;
const bar = 0x7c;
const percent = 0x25;
const tilde = 0x7e;

/**
 * Whether [start, end) is printable ASCII without bars and percent signs, and not all of it spaces.
 */
export function isPlainText(bytes: Buffer, start: number, end: number): boolean {
  const view = viewOf(bytes, sourceViews);
  let other = 0;
  let at = start;
  for (const last = end - 4; at <= last; at += 4) {
    const four = view.getInt32(at);
    // Of each byte's high bit: below 128, above 31, not 127, no bar, no percent sign. None carries.
    const fits =
      ~four &
      (four + 0x60606060) &
      ~(four + 0x01010101) &
      ((four ^ 0x7c7c7c7c) + 0x7f7f7f7f) &
      ((four ^ 0x25252525) + 0x7f7f7f7f);
    if ((fits & everyHighBit) !== everyHighBit) return false;
    other |= four ^ 0x20202020;
  }
  for (; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte < space || byte > tilde || byte === bar || byte === percent) return false;
    other |= byte ^ space;
  }
  return other !== 0;
}

/** Whether [start, end) holds letters of base64url alone: by fours it would take as long. */
export function isBase64url(bytes: Buffer, start: number, end: number): boolean {
  let other = 0;
  for (let at = start; at < end; at += 1) other |= noBase64url[bytes[at] as number] as number;
  return other === 0;
}

const noBase64url = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9_-]/.test(String.fromCharCode(byte)) ? 0 : 1,
);

function viewOf(bytes: Buffer, kept: { bytes: Buffer; view: DataView }): DataView {
  if (kept.bytes === bytes) return kept.view;
  kept.bytes = bytes;
  kept.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return kept.view;
}
