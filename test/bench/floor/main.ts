// One process of the floor: `secondary LOG PORT` or `primary LOG PORT PORT1 PORT2`.
// Started by floor/system.ts; ends when its stdin does.

import { sayReady } from "../processes.ts";
import { Primary } from "./primary.ts";
import { serveSecondary } from "./secondary.ts";

const [role, logPath = "", port, ...secondaryPorts] = process.argv.slice(2);
if (role === "primary") {
  const primary = new Primary(logPath);
  for (const secondaryPort of secondaryPorts) primary.addSecondary(Number(secondaryPort));
  primary.listen(Number(port), sayReady);
} else {
  serveSecondary(Number(port), logPath, sayReady);
}
