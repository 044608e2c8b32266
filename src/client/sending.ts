// One user's messages from the moment they are written: under way, confirmed or refused, and what
// becomes of them at the other end as long as that is remembered. Each is shown once it is
// confirmed, never before. Sealing is done elsewhere, and so is the shape of what is shown.

import { deliveredWaitMs, receiptsKept } from "../base/limits.ts";
import { foldName } from "../base/text.ts";
import type { Clock } from "../ports.ts";
import type { MessageOf } from "../wire/messages.ts";
import { sayKeptDraft } from "./answers.ts";
import type { ChatClient } from "./api.ts";
import type { MeantFor } from "./sealing/meantFor.ts";
import type { Addressed } from "./sealing/outgoing.ts";
import type { Sealer } from "./sealing/sealer.ts";
import type { Outcome, Refusal } from "./sessionTypes.ts";
import type { View } from "./views.ts";

/** Sent, or about to be; `text` as typed. */
export interface Pending {
  readonly to: string;
  readonly text: string;
}

interface Receipt extends Pending {
  /** Called when the recipient's client has it, as long as somebody waits for that. */
  delivered: (() => void) | null;
}

export interface SendingParts {
  readonly client: ChatClient;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly show: (view: View) => void;
  readonly showRefusal: (command: string, why: Omit<Refusal, "ok">, unsent: Pending) => void;
  /** Something was sent, confirmed or refused. */
  readonly changed: () => void;
}

export class Sending {
  readonly pending = new Set<Pending>();
  readonly #parts: SendingParts;
  readonly #receipts = new Map<number, Receipt>();

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  /** Resolves to true once the message is confirmed and shown, to false when it is refused. */
  send(addressed: Addressed, text: string, command: string, meant?: MeantFor): Promise<boolean> {
    const { sealer, changed } = this.#parts;
    const pending: Pending = { to: addressed.to, text };
    this.pending.add(pending);
    return new Promise((resolve) => {
      const settle = (outcome: Outcome): void => {
        this.#takeSent(pending, command, sayKeptDraft(addressed, outcome), resolve);
        changed();
      };
      sealer.send(addressed, text, settle, meant);
      changed();
    });
  }

  takeStatus({ client, request, to, status }: MessageOf<"status">): void {
    if (status !== "delivered" && status !== "read") return;
    const id = { client, request };
    const isOurs = client === this.#parts.client.view().client;
    const receipt = isOurs ? this.#receipts.get(request) : undefined;
    if (receipt?.delivered != null) {
      receipt.delivered();
      if (status === "delivered") return;
    }
    this.#parts.show({ kind: "status", id, to, status, text: receipt?.text ?? null });
  }

  #takeSent(
    pending: Pending,
    command: string,
    outcome: Outcome,
    resolve: (sent: boolean) => void,
  ): void {
    const { client, clock, show, showRefusal } = this.#parts;
    const reply = outcome.ok ? outcome.replies[0] : undefined;
    if (!outcome.ok || reply?.type !== "sent") {
      this.pending.delete(pending);
      if (!outcome.ok) showRefusal(command, outcome, pending);
      return resolve(false);
    }
    const { request } = outcome;
    const { to, atMs } = reply;
    const id = { client: client.view().client, request };
    const receipt: Receipt = { to, text: pending.text, delivered: null };
    const finish = (status: "delivered" | "stored"): void => {
      receipt.delivered = null;
      this.pending.delete(pending);
      show({ kind: "sent", id, to, text: pending.text, status, atMs });
      resolve(true);
    };
    this.#keepReceipt(request, receipt);
    // A note to oneself is here, and nobody acknowledges it.
    if (foldName(to) === foldName(client.view().name ?? "")) return finish("delivered");
    if (!reply.online) return finish("stored");
    const timer = clock.after(deliveredWaitMs, () => finish("stored"));
    receipt.delivered = () => {
      timer.cancel();
      finish("delivered");
    };
  }

  #keepReceipt(request: number, receipt: Receipt): void {
    this.#receipts.set(request, receipt);
    if (this.#receipts.size <= receiptsKept) return;
    const oldest = this.#receipts.keys().next().value;
    if (oldest !== undefined) this.#receipts.delete(oldest);
  }
}
