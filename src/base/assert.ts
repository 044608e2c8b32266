// Assertions that stay on in production: a broken invariant is a bug, and a bug ends the process.
// Refusals, bad input and disk errors are values or errors of their own and never come here.

/** Thrown where the code itself is wrong; nobody catches it but the process's last line. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** `detail` is put into words only when it is needed: a template would cost every call. */
export function assert(
  condition: boolean,
  message: string,
  detail?: number | string,
): asserts condition {
  if (condition) return;
  throw new InvariantError(detail === undefined ? message : `${message}: ${detail}`);
}

/** The last arm of an exhaustive switch. What the value holds may be private, and is not told. */
export function unreachable(value: never): never {
  const { type, kind } = Object(value) as { readonly type?: unknown; readonly kind?: unknown };
  throw new InvariantError(`unreachable: ${String(type ?? kind ?? typeof value)}`);
}

/** For look-ups that cannot miss: says which one did. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new InvariantError(`missing: ${what}`);
  return value;
}
