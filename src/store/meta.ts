// The little that must never be forgotten, least of all what was promised: one text file, replaced
// atomically, with its format version in the first line and a checksum in the last.
// It stores what it is given; what a promise means is not known here.

import { crc32 } from "node:zlib";
import { assert } from "../base/assert.ts";
import type { Ballot, Incarnation, ServerId } from "../base/ids.ts";
import { asBallot, asIncarnation, asServerId } from "../base/ids.ts";

export interface Meta {
  /** Hexadecimal digits; "" before the server has belonged to a cluster. */
  readonly clusterId: string;
  readonly serverId: ServerId;
  readonly incarnation: Incarnation;
  /** The incarnation in which the folder was made; 1 where an older program did not say. */
  readonly born: Incarnation;
  readonly promised: Ballot;
  readonly knownServers: readonly string[];
}

export type MetaReading =
  | { readonly kind: "ok"; readonly meta: Meta; readonly promiseFile: PromiseFileKind }
  | { readonly kind: "newer"; readonly format: number }
  | { readonly kind: "damaged" };

/** Which promise file stands beside the meta file; blank: with parts that were never written. */
export type PromiseFileKind = "none" | "blank" | "filled";

const metaFormat = 3;
/** From here on the promise file counts as well, and is there before the meta file is. */
const promiseFileFormat = 2;
/** From here on it says something everywhere. */
const filledFormat = 3;
const kindWord = "replichat-meta";

export function encodeMeta(meta: Meta): Buffer {
  assert(/^[0-9a-f]*$/.test(meta.clusterId), "a cluster id is hexadecimal");
  const lines = [
    `${kindWord} ${metaFormat}`,
    `cluster ${meta.clusterId === "" ? "-" : meta.clusterId}`,
    `server ${meta.serverId}`,
    `incarnation ${meta.incarnation}`,
    `born ${meta.born}`,
    `promised ${meta.promised}`,
    ...meta.knownServers.map((server) => `known ${encodeURIComponent(server)}`),
    "",
  ];
  const body = Buffer.from(lines.join("\n"), "latin1");
  return Buffer.concat([body, Buffer.from(`check ${checkOf(body)}\n`, "latin1")]);
}

/** In nothing else, if at all. */
export function differsByPromise(meta: Meta, other: Meta): boolean {
  const { clusterId, serverId, incarnation, born, knownServers } = other;
  if (meta.clusterId !== clusterId || meta.serverId !== serverId) return false;
  if (meta.incarnation !== incarnation || meta.born !== born) return false;
  return meta.knownServers.join() === knownServers.join();
}

/** The first line's version and the last line's checksum keep their places in every format. */
export function decodeMeta(bytes: Buffer): MetaReading {
  const text = bytes.toString("latin1");
  const check = /^check ([0-9a-f]{8})\n$/m.exec(text);
  if (check === null) return { kind: "damaged" };
  const body = bytes.subarray(0, check.index);
  const isWhole = check.index + check[0].length === bytes.length && checkOf(body) === check[1];
  const format = Number(/^replichat-meta (\d+)\n/.exec(text)?.[1]);
  if (!isWhole || !Number.isSafeInteger(format)) return { kind: "damaged" };
  if (format > metaFormat) return { kind: "newer", format };
  return { kind: "ok", meta: metaOf(body.toString("latin1")), promiseFile: fileBeside(format) };
}

function fileBeside(format: number): PromiseFileKind {
  if (format < promiseFileFormat) return "none";
  return format < filledFormat ? "blank" : "filled";
}

/** The checksum has matched: anything amiss from here on was written so, which is a bug. */
function metaOf(body: string): Meta {
  const values = new Map<string, string>();
  const knownServers: string[] = [];
  for (const line of body.split("\n").slice(1, -1)) {
    const [word = "", value = ""] = line.split(" ");
    if (word === "known") knownServers.push(decodeURIComponent(value));
    else values.set(word, value);
  }
  const cluster = values.get("cluster") ?? "-";
  return {
    clusterId: cluster === "-" ? "" : cluster,
    serverId: asServerId(Number(values.get("server"))),
    incarnation: asIncarnation(Number(values.get("incarnation"))),
    born: asIncarnation(Number(values.get("born") ?? 1)),
    promised: asBallot(Number(values.get("promised"))),
    knownServers,
  };
}

function checkOf(body: Buffer): string {
  return crc32(body).toString(16).padStart(8, "0");
}
