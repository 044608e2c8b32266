// What every face is given, drawn, plain or a pipe's: whose client it shows, and what is kept of
// him on this machine. What it reads from and writes to stands with the face.

import type { Clock } from "../ports.ts";
import type { ChatClient } from "./api.ts";
import type { KeptSettings } from "./faces.ts";
import type { OutboxStore } from "./outbox.ts";
import type { PinStore } from "./sealing/pins.ts";
import type { TellTime } from "./style.ts";

export interface FaceOptions {
  readonly client: ChatClient;
  readonly clock: Clock;
  readonly settings: KeptSettings;
  readonly outbox?: OutboxStore;
  readonly pins?: PinStore;
  readonly tellTime: TellTime;
  /** Logged in first; the password is asked for (of a pipe: the next line) if it is null. */
  readonly entry: { readonly name: string; readonly password: string | null } | null;
}
