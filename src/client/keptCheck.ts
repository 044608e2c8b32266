// Whether something read back is an outbox: PURE. A file may hold anything; what is not exactly as
// it was written is none.

import { checkText } from "../base/text.ts";
import { asClientId } from "../base/ids.ts";
import { unescapeText } from "../wire/fields.ts";
import type { KeptMessage, StoredOutbox } from "./kept.ts";
import { readBody } from "./sealing/body.ts";
import { isKeyText } from "./sealing/meantFor.ts";

type Fields = Readonly<Record<string, unknown>>;

export function checkOutbox(value: unknown): StoredOutbox | null {
  const fields = fieldsOf(value);
  if (fields === null) return null;
  const { client, user, lastRequest, received, messages, atMs, sequences } = fields as Fields & {
    readonly client: unknown;
    readonly user: unknown;
    readonly lastRequest: unknown;
    readonly received: unknown;
    readonly messages: unknown;
    readonly atMs: unknown;
    readonly sequences: unknown;
  };
  if (typeof client !== "string" || !/^[0-9a-f]{32}$/.test(client)) return null;
  if (typeof user !== "string" || typeof atMs !== "number") return null;
  if (!isCount(lastRequest) || !isCount(received) || !Array.isArray(messages)) return null;
  const read = messages.map((one: unknown) => checkMessage(one, { received, lastRequest }));
  const whole = read.filter((one) => one !== null);
  if (whole.length !== read.length) return null;
  const sealed = checkSequences(sequences);
  if (sealed === null) return null;
  const outbox = { client: asClientId(client), user, lastRequest, received, messages: whole, atMs };
  return sealed.length === 0 ? outbox : { ...outbox, sequences: sealed };
}

/** Those written before anything was sealed have none. */
function checkSequences(value: unknown): readonly (readonly [string, number])[] | null {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return null;
  const read = value.flatMap((one: unknown): [string, number][] => {
    if (!Array.isArray(one) || one.length !== 2) return [];
    const [tag, count] = one as readonly unknown[];
    return typeof tag === "string" && isCount(count) ? [[tag, count]] : [];
  });
  return read.length === value.length ? read : null;
}

function checkMessage(
  value: unknown,
  { received, lastRequest }: { readonly received: number; readonly lastRequest: number },
): KeptMessage | null {
  const request = fieldsOf(value)?.["request"];
  const draft = fieldsOf(fieldsOf(value)?.["draft"]);
  const key = fieldsOf(value)?.["key"];
  if (draft === null || !isCount(request) || !isKey(key)) return null;
  if (request <= received || request > lastRequest) return null;
  const {
    type,
    to,
    format,
    body,
    draft: number,
    version,
  } = draft as Fields & {
    readonly type: unknown;
    readonly to: unknown;
    readonly format: unknown;
    readonly body: unknown;
    readonly draft: unknown;
    readonly version: unknown;
  };
  if (typeof to !== "string" || !isFormat(format) || typeof body !== "string") return null;
  const text = format === "s" ? null : unescapeText(body);
  const isText = text !== null && checkText(text) === null;
  if (format === "s" ? readBody(body) === null : !isText) return null;
  const meant = key === undefined ? {} : { key };
  if (type === "send") return { request, draft: { type, to, format, body }, ...meant };
  if (type !== "draftSend" || !isCount(number) || !isCount(version)) return null;
  return { request, draft: { type, draft: number, version, to, format, body }, ...meant };
}

function fieldsOf(value: unknown): Fields | null {
  // An object's fields, each of a type not known yet.
  return typeof value === "object" && value !== null ? (value as Fields) : null;
}

/** Most have none, and none has that was kept before there was any. */
function isKey(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === "string" && isKeyText(value));
}

function isFormat(value: unknown): value is string {
  return value === "p" || value === "u" || value === "s";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
