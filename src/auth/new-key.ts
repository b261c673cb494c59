import { randomBytes } from 'node:crypto';
import { sha256 } from './tokens.ts';

/** A key that was just made: shown once, kept as its SHA-256. */
export interface NewKey {
  key: string;
  /** The first characters, to recognise it by. */
  prefix: string;
  keyHash: Buffer;
}

/** Makes a key of 256 bits for a device, a gateway or a program. */
export function newKey(kind: 'device' | 'gateway' | 'program'): NewKey {
  const start = `insa_${kind}_`;
  const key = `${start}${randomBytes(32).toString('base64url')}`;
  return { key, prefix: key.slice(0, start.length + 6), keyHash: sha256(key) };
}
