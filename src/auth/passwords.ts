import { hash, verify } from '@node-rs/argon2';
import { randomInt } from 'node:crypto';
import { BoundedWork } from './bounded-work.ts';

/** Argon2id with the parameters OWASP names first: 19 MiB, two passes, one lane. They travel inside the hash. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Letters and digits that nobody mistakes for each other when copying from a terminal. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/**
 * Hashes run in the threads of the process, of which files and name look-ups need some too: two at once at most, and so 38 MiB. A hash
 * takes some 30 ms; whoever would wait for more than a hundred before him is told to come again.
 */
const WORK = new BoundedWork({ atOnce: 2, waiting: 100, what: 'logins' });

/** The hash of a password, to be kept. Fails with RATE_LIMITED when too many wait. */
export function hashPassword(password: string): Promise<string> {
  return WORK.run(() => hash(password, COST));
}

let unknownHash: Promise<string> | undefined;

/**
 * Whether the password belongs to the hash. For an unknown account (hash undefined) the same work is done and the answer is no, so
 * that the time taken does not tell which accounts exist. Fails with RATE_LIMITED when too many wait.
 */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  if (passwordHash !== undefined) return WORK.run(() => verify(passwordHash, password));
  // Not through the queue, which may refuse it: once in the life of a process.
  unknownHash ??= hash(generatePassword(), COST);
  const decoy = await unknownHash;
  await WORK.run(() => verify(decoy, password));
  return false;
}

/** A password nobody chose: 20 characters, about 115 bits. */
export function generatePassword(): string {
  return Array.from({ length: 20 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}
