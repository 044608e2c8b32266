// Whole numbers as decimal digits in bytes, written and read in place: what makes and reads a
// record or a letter would spend more on strings than on all the rest. Knows no fields.

const digitZero = 0x30;
const eightDigits = 100_000_000;
const integerEnd = 0x8000_0000;

/** Writes a whole number below 2^53 at `start`; returns the offset behind its last digit. */
export function writeUint(target: Uint8Array, start: number, value: number): number {
  if (value >= integerEnd) {
    // In two parts, since up to 2^31 the divisions are those of integers.
    const high = Math.floor(value / eightDigits);
    const at = writeUint(target, start, high);
    return writeDigits(target, at, at + 8, value - high * eightDigits);
  }
  let end = start + 1;
  for (let power = 10; power <= value; power *= 10) end += 1;
  return writeDigits(target, start, end, value);
}

/** Fills [start, end). No object for the range: whether one is made is the engine's to decide. */
function writeDigits(target: Uint8Array, start: number, end: number, value: number): number {
  let rest = value | 0;
  for (let at = end - 1; at >= start; at -= 1) {
    const tenth = (rest / 10) | 0;
    target[at] = digitZero + (rest - tenth * 10);
    rest = tenth;
  }
  return end;
}

/** The number whose digits fill [start, end) in its only form (no leading zero), or -1. */
export function readUint(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 1 || length > 16) return -1;
  const first = (bytes[start] as number) - digitZero;
  if (first === 0 && length > 1) return -1;
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] as number) - digitZero;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : -1;
}

/** The number whose digits begin at `start`, up to whatever is no digit; 0 where there is none. */
export function leadingUint(bytes: Uint8Array, start: number): number {
  let value = 0;
  let at = start;
  for (let digit = (bytes[at] as number) - digitZero; digit >= 0 && digit <= 9;) {
    value = value * 10 + digit;
    at += 1;
    digit = (bytes[at] as number) - digitZero;
  }
  return value;
}
