// The version that all programs of the package have, as `--version` prints it: read from the
// package's own file, which stands beside the code wherever that is installed.

import { readFileSync } from "node:fs";

/** Such as "chat-server 1.2.3". */
export function versionOf(program: string): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  // The package's own file; npm refuses one without a version.
  return `${program} ${(JSON.parse(text) as { readonly version: string }).version}`;
}
