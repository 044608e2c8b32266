// Keys from a password without scrypt: its cost protects passwords, and simulated people have none
// worth protecting. Equal passwords and salts give equal keys.

import { createHmac } from "node:crypto";
import type { DeriveKeys } from "../../src/client/passwordKeys.ts";

export const quickKeys: DeriveKeys = async (word, { salt }) => {
  const key = (use: string): Buffer =>
    createHmac("sha256", salt)
      .update(use + word)
      .digest();
  return { loginKey: key("login"), privateKey: key("private") };
};
