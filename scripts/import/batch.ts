import { LIMITS } from '../../src/contracts/limits.ts';
import type { RejectedPoint } from '../../src/contracts/telemetry.ts';
import type { Reading, RowProblem } from './table.ts';

/** Of a body, well below the megabyte that the API takes. */
const MAX_BATCH_BYTES = 500_000;

interface Message {
  deviceId: string;
  timestamp: string | number;
  /** By key; a message has each key once. */
  readings: Map<string, Reading>;
}

/** The readings of one request. Neighbours of one device and time become one message. */
export class Batch {
  private readonly messages: Message[] = [];
  private bytes = 0;

  /** True when it must be sent before more is added. */
  get isFull(): boolean {
    return this.messages.length >= LIMITS.messagesPerBatch || this.bytes >= MAX_BATCH_BYTES;
  }

  get isEmpty(): boolean {
    return this.messages.length === 0;
  }

  add(reading: Reading): void {
    const { deviceId, timestamp, key, value, unit = '' } = reading;
    const last = this.messages.at(-1);
    const belongs = last?.deviceId === deviceId && last.timestamp === timestamp;
    if (belongs && !last.readings.has(key) && last.readings.size < LIMITS.keysPerMessage) last.readings.set(key, reading);
    else this.messages.push({ deviceId, timestamp, readings: new Map([[key, reading]]) });
    // An estimate: three bytes a character at worst, and the words around it.
    this.bytes += 3 * (key.length + unit.length + deviceId.length + (typeof value === 'string' ? value.length : 8)) + 60;
  }

  /** The body of the request. */
  toJSON(): unknown[] {
    return this.messages.map(({ deviceId, timestamp, readings }) => ({
      device_id: deviceId,
      timestamp,
      telemetry: Object.fromEntries([...readings].map(([key, { value, unit, quality }]) => [key, { value, unit, quality }])),
    }));
  }

  /** Where in the file that stands which the platform refused; one place for each reading that is not stored. */
  placesOf({ index, field, message }: RejectedPoint): RowProblem[] {
    const readings = this.messages[index]?.readings;
    const reading = field === null ? undefined : readings?.get(field);
    if (reading !== undefined) return [{ line: reading.line, column: reading.column, message }];
    const column = field === 'timestamp' ? field : undefined;
    return [...(readings?.values() ?? [])].map(({ line }) => ({ line, column, message }));
  }
}
