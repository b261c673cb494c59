import { createHash, randomUUID } from 'node:crypto';

/** Makes the identifiers of new records; injected so that tests can predict them. */
export type NewId = () => string;

/** A random UUID (version 4). */
export const newUuid: NewId = () => randomUUID();

/** The namespace under which names of this product become UUIDs (RFC 9562, section 5.5). */
const INSA_NAMESPACE = Buffer.from('6f2d3c1a9b7e4f508a61d0c7e4b39a55', 'hex');

/**
 * The UUIDv5 of a name: the same name gives the same id on every machine and at every start.
 * Used for wired rules, whose id follows from the id of their node.
 */
export function uuidOfName(name: string): string {
  const hash = createHash('sha1').update(INSA_NAMESPACE).update(name).digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
