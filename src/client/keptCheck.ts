// Whether something read back is an outbox: PURE. A file may hold anything; what is not exactly as
// it was written is none.

import { checkText } from "../base/text.ts";
import { asClientId } from "../base/ids.ts";
import { unescapeText } from "../wire/fields.ts";
import type { KeptMessage } from "./kept.ts";
import type { StoredOutbox } from "./outbox.ts";

type Fields = Readonly<Record<string, unknown>>;

export function checkOutbox(value: unknown): StoredOutbox | null {
  const fields = fieldsOf(value);
  if (fields === null) return null;
  const { client, user, lastRequest, received, messages, atMs } = fields as Fields & {
    readonly client: unknown;
    readonly user: unknown;
    readonly lastRequest: unknown;
    readonly received: unknown;
    readonly messages: unknown;
    readonly atMs: unknown;
  };
  if (typeof client !== "string" || !/^[0-9a-f]{32}$/.test(client)) return null;
  if (typeof user !== "string" || typeof atMs !== "number") return null;
  if (!isCount(lastRequest) || !isCount(received) || !Array.isArray(messages)) return null;
  const read = messages.map((one: unknown) => checkMessage(one, { received, lastRequest }));
  const whole = read.filter((one) => one !== null);
  if (whole.length !== read.length) return null;
  return { client: asClientId(client), user, lastRequest, received, messages: whole, atMs };
}

function checkMessage(
  value: unknown,
  { received, lastRequest }: { readonly received: number; readonly lastRequest: number },
): KeptMessage | null {
  const request = fieldsOf(value)?.["request"];
  const draft = fieldsOf(fieldsOf(value)?.["draft"]);
  if (draft === null || !isCount(request)) return null;
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
  if (typeof to !== "string" || format !== "p" || typeof body !== "string") return null;
  const text = unescapeText(body);
  if (text === null || checkText(text) !== null) return null;
  if (type === "send") return { request, draft: { type, to, format, body } };
  if (type !== "draftSend" || !isCount(number) || !isCount(version)) return null;
  return { request, draft: { type, draft: number, version, to, format, body } };
}

function fieldsOf(value: unknown): Fields | null {
  // An object's fields, each of a type not known yet.
  return typeof value === "object" && value !== null ? (value as Fields) : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
