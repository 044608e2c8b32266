// Trust on first use: a server's public key is remembered from the first meeting on, and another
// one under the same host and port is refused until the user has taken the old one out himself.
// It judges keys; where they are kept, and how they are shown, is others' part.

import { hostText } from "../base/hosts.ts";
import type { Address, Trust } from "../ports.ts";

export interface KnownServers {
  /** Shown to people. */
  readonly file: string;
  /** By "host:port"; or in words why they cannot be read. */
  load(): ReadonlyMap<string, string> | string;
  /** Null, or in words why it cannot be kept. */
  keep(place: string, keyHash: string): string | null;
}

export function makeTrust(
  known: KnownServers,
  tell: (code: string, message: string) => void,
): Trust {
  /** Holds also while the file cannot be written. */
  const met = new Map<string, string>();
  return {
    judge: (address, keyHash) => {
      const place = placeOf(address);
      const kept = known.load();
      if (typeof kept === "string") {
        const detail = `${kept} As long as it cannot be read, ${place} is not talked to.`;
        return { code: "certificate-unjudged", detail };
      }
      const before = met.get(place) ?? kept.get(place);
      met.set(place, before ?? keyHash);
      if (before !== undefined) {
        if (before === keyHash) return null;
        const detail = changed(place, { before, keyHash, file: known.file });
        return { code: "certificate-changed", detail };
      }
      const problem = known.keep(place, keyHash);
      if (problem === null) tell("first-met", firstMet(place, keyHash));
      else tell("not-kept", `${problem} Whether ${place} is the same next time will not be known.`);
      return null;
    },
  };
}

function firstMet(place: string, keyHash: string): string {
  return `First meeting with ${place}. Its key is remembered: ${keyHash}`;
}

function changed(
  place: string,
  { before, keyHash, file }: { readonly [name in "before" | "keyHash" | "file"]: string },
): string {
  return (
    `The key of ${place} has changed: it was ${before}, and is ${keyHash} now. ` +
    "Somebody else may be listening there, and nothing was sent. Ask whoever runs the server. " +
    `If the new key is right, remove the line of ${place} from ${file} and start again.`
  );
}

function placeOf({ host, port }: Address): string {
  return `${hostText(host.toLowerCase())}:${port}`;
}
