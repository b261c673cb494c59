import { hash, verify } from '@node-rs/argon2';
import { randomInt } from 'node:crypto';

/** Argon2id with the parameters OWASP names first: 19 MiB, two passes, one lane. They travel inside the hash. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Letters and digits that nobody mistakes for each other when copying from a terminal. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** The hash of a password, to be kept. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, COST);
}

let unknownHash: Promise<string> | undefined;

/**
 * Whether the password belongs to the hash. For an unknown account (hash undefined) the same work is done and the answer is no, so
 * that the time taken does not tell which accounts exist.
 */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  if (passwordHash !== undefined) return verify(passwordHash, password);
  unknownHash ??= hashPassword(generatePassword());
  await verify(await unknownHash, password);
  return false;
}

/** A password nobody chose: 20 characters, about 115 bits. */
export function generatePassword(): string {
  return Array.from({ length: 20 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}
