// Starts the product's own server over simulated ports: nothing of it is replaced but the worker
// thread that builds base images, which a simulation cannot hold (the same code runs in line).

import type { Host } from "../../src/base/hosts.ts";
import { type ServerRules, usualRules } from "../../src/server/config.ts";
import { buildImage } from "../../src/server/imageBuilding.ts";
import { startServer } from "../../src/server/server.ts";
import type { Boot, Surroundings } from "./simServer.ts";

export type ServerMode = "plain" | "majority" | "strict";

export interface BootOptions {
  readonly hosts: readonly Host[];
  readonly mode: ServerMode;
  /** A whole base image after every so many mutations; 0: by the journal's size. */
  readonly snapshotEvery: number;
  readonly keep?: number;
  readonly minCopies: number;
  /** Of somebody who does not know the servers'. */
  readonly secret?: Buffer;
}

const shared = Buffer.from("a secret that only these servers share");

export function bootServer(options: BootOptions): Boot {
  return async (surroundings) => {
    const { clock, disk, network, entropy, log, exit } = surroundings;
    const started = await startServer({
      config: rulesOf(options, surroundings),
      ports: { clock, disk, network, entropy, log },
      secret: options.secret ?? shared,
      builder: {
        build: (throughOp) => {
          return buildImage(disk, { throughOp, atMs: Math.floor(clock.wallUs() / 1_000) });
        },
        stop: async () => undefined,
      },
      onReady: (line) => log.write("info", line),
      onFatal: (message, code) => exit(code, message),
    });
    if (!started.ok) {
      exit(started.exitCode, started.message);
      return { stop: async () => undefined, inspect: () => null, status: () => null };
    }
    return started.server;
  };
}

function rulesOf(
  { hosts, mode, snapshotEvery, keep = usualRules.keep, minCopies }: BootOptions,
  { id }: Surroundings,
): ServerRules {
  return {
    ...usualRules,
    id,
    hosts,
    majority: mode === "majority",
    strict: mode === "strict",
    minCopies,
    snapshotEvery,
    keep,
    bindHost: "0.0.0.0",
  };
}
