// What a frame can be refused for, as values with words. The connection that sent it is told and
// ends; nobody else notices (DESIGN §4, FEATURES §6).

export interface WireRefusal {
  readonly ok: false;
  readonly code:
    | "frame-too-large"
    | "unknown-opcode"
    | "wrong-field-count"
    | "bad-field"
    | "not-ascii"
    | "unknown-version"
    | "no-tls"
    | "unexpected";
  readonly message: string;
}

export function refuse(code: WireRefusal["code"], message: string): WireRefusal {
  return { ok: false, code, message };
}
