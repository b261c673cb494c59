import { createCipheriv, createDecipheriv } from 'node:crypto';

/** Encrypts what is kept in the database but must not be read there. */
export interface SecretBox {
  /** `owner` is what it belongs to: it cannot be opened as somebody else's. */
  seal(text: string, owner: string): Buffer;
  /** Throws when it was changed, belongs to another owner, or was sealed with another key. */
  open(sealed: Buffer, owner: string): string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM: nonce, tag and text, in this order. `key` has 32 bytes; `random` makes bytes that never repeat. */
export function createSecretBox(key: Buffer, random: (bytes: number) => Buffer): SecretBox {
  return {
    seal: (text, owner) => {
      const nonce = random(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(owner));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open: (sealed, owner) => {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(owner))
        .setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
    },
  };
}
