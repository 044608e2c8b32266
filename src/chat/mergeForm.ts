// Whether a command of a merge says what an honest server could say: requests from 1 on, names that
// are names, texts in a form that is known here. Decided from the command alone. What is malformed
// changes nothing on any server: a record that one liar has brought into the log must not leave a
// state that cannot be told, kept or read back.

import { serverClientId } from "../base/ids.ts";
import { checkName, isAddress } from "../base/text.ts";
import type { MergeCommand, MessageOf } from "../wire/messages.ts";
import { refuseForm } from "./letterCommands.ts";

type Sent = MessageOf<"mergeSend"> | MessageOf<"mergeDraftSend">;

export function isWellFormed(command: MergeCommand): boolean {
  if (command.type === "orphans") return true;
  if (command.request < 1) return false;
  if (command.type === "mergeRegister") return isName(command.name) && command.tokenHash !== "";
  if (command.type === "mergeProof") return isOrigin(command.groupClient, command.groupRequest);
  const { accountClient, accountRequest } = command;
  if (!isOrigin(accountClient, accountRequest)) return false;
  switch (command.type) {
    case "mergeSend":
    case "mergeDraftSend":
      return isSendWellFormed(command);
    case "mergeDraft":
      return isAddress(command.to) && refuseForm(command) === null;
    case "mergeGroup":
      return isName(command.name);
    case "mergeMember":
      return isOrigin(command.memberClient, command.memberRequest);
    case "mergeBlock":
      return isOrigin(command.otherClient, command.otherRequest);
    default:
      return true;
  }
}

function isSendWellFormed(command: Sent): boolean {
  const { name, recipientName, recipientClient, recipientRequest } = command;
  if (!isName(name) || !isAddress(recipientName)) return false;
  return isOrigin(recipientClient, recipientRequest) && refuseForm(command) === null;
}

function isName(name: string): boolean {
  return checkName(name) === null;
}

/** Request 0 is that of accounts older than origins, which have none (accounts.ts). */
function isOrigin(client: string, request: number): boolean {
  return request > 0 || client === serverClientId;
}
