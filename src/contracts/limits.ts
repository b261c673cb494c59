/** Limits of the wire formats (REQUIREMENTS, sections 2 and 4). One place, so that documents, validation and tests agree. */
export const LIMITS = {
  /** A telemetry message, in bytes. */
  messageBytes: 256 * 1024,
  /** Distinct quantities in one message. */
  keysPerMessage: 1_000,
  /** Points in one message, over all elements of a batch. */
  pointsPerMessage: 5_000,
  /** Messages in one HTTP batch. */
  messagesPerBatch: 1_000,
  /** Characters of a key. */
  keyLength: 100,
  /** Bytes of a text value. */
  textValueBytes: 1_024,
  /** Characters of a unit. */
  unitLength: 32,
  /** How deep JSON may nest before it is refused unread. */
  jsonDepth: 16,
  /** Entries of one list in a body, where the field does not say less. */
  jsonListEntries: 10_000,
  /** Values in a body, at all depths together. */
  jsonValues: 100_000,
  /** Series of one device. */
  seriesPerDevice: 1_000,
  /** Bytes of a rejected message that are kept. */
  rejectedRawBytes: 64 * 1024,
} as const;

/** A device id: chosen by the user; starts with a letter or digit; the words that are routes of the API are reserved. */
export const DEVICE_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
/** Words that stand where a device id stands in routes of the API, so no device can have them. */
export const RESERVED_DEVICE_IDS: ReadonlySet<string> = new Set(['latest', 'aggregate', 'export', 'rejected', 'accounts']);

/** True for a `device_id` that may exist. */
export function isDeviceId(text: string): boolean {
  return DEVICE_ID_PATTERN.test(text) && !RESERVED_DEVICE_IDS.has(text);
}
