// Lets the chat's events and replies through to the clients' side while this server is primary, and
// swallows them otherwise: a secondary applies the same records and tells nobody.

import type { ClientId } from "../base/ids.ts";
import type { ChatEvents, Reply } from "../chat/contract.ts";
import type { DriverEvents } from "./wiring.ts";

export interface EventGate extends ChatEvents {
  isOpen: boolean;
  reply(client: ClientId, reply: Reply): void;
}

export function makeEventGate(events: DriverEvents): EventGate {
  const gate: EventGate = {
    isOpen: false,
    reply: (client, reply) => {
      if (gate.isOpen) events.reply(client, reply);
    },
    mail: (account, seq) => {
      if (gate.isOpen) events.mail(account, seq);
    },
    isTold: (account) => gate.isOpen && events.isTold(account),
    status: (sender, status) => {
      if (gate.isOpen) events.status(sender, status);
    },
    unopened: (account) => {
      if (gate.isOpen) events.unopened(account);
    },
    groupNote: (account, note) => {
      if (gate.isOpen) events.groupNote(account, note);
    },
    sessionEnded: (client, end) => {
      if (gate.isOpen) events.sessionEnded(client, end);
    },
  };
  return gate;
}
