// Where a message goes that is not plain by its form (wire/plainSend.ts): to a person, or to a
// group behind a #. How it gets there is decided in the files named below.

import { isGroupAddress } from "../base/text.ts";
import type { MessageOf } from "../wire/messages.ts";
import type { ClientRecord } from "./clients.ts";
import type { ChatEvents, Reply } from "./contract.ts";
import { sendToGroup } from "./groupLetters.ts";
import { send } from "./letterCommands.ts";
import type { ChatState } from "./state.ts";

export function sendAnywhere(
  chat: ChatState,
  client: ClientRecord,
  command: MessageOf<"send">,
  events: ChatEvents,
): Reply {
  if (isGroupAddress(command.to)) return sendToGroup(chat, client, command, events);
  return send(chat, client, command, events);
}
