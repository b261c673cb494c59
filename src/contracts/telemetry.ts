import { z } from 'zod';

/** The three kinds of series. A series has the kind of its first value and keeps it. */
export const SERIES_KINDS = ['number', 'boolean', 'text'] as const;
export type SeriesKind = (typeof SERIES_KINDS)[number];

export type PointValue = number | boolean | string;

/** One stored reading as flows see it. */
export interface StoredPoint {
  key: string;
  value: PointValue;
  /** The device's time of the reading, epoch milliseconds (floor of `time_us`). */
  timestamp: number;
  /** The same in whole epoch microseconds; what identifies the point in its series. */
  time_us: number;
  unit: string | null;
  /** 0-100. */
  quality: number;
}

/** `msg.telemetry` behind the ingest node: points of one device that are committed. */
export interface StoredTelemetry {
  tenant_id: string;
  device_id: string;
  points: StoredPoint[];
  /** Which of the ingest lanes stored it, and the number of its batch in that lane; rising within a lane. */
  lane: number;
  batch: number;
  /** When the platform received it, epoch milliseconds. */
  received_at: number;
  /** See `requestIdOf`; absent for what came from no source of the platform, and after a restart. */
  request_id?: string;
  /** True when the points were stored earlier and are sent through the flow again after a crash. */
  replay?: boolean;
  /** True when every point had been stored before: a repeat by the sender. */
  duplicate?: boolean;
}

/** Why a message or a point was refused. Stable words: they are stored, counted and shown. */
export const REJECT_REASONS = [
  'malformed_json',
  'too_deep',
  'too_large',
  'too_many_keys',
  'too_many_points',
  'empty_message',
  'invalid_device_id',
  'unknown_device',
  'invalid_key',
  'invalid_value',
  'nested_value',
  'value_out_of_range',
  'text_too_long',
  'invalid_timestamp',
  'timestamp_in_future',
  'timestamp_too_old',
  'invalid_unit',
  'invalid_quality',
  'kind_mismatch',
  'unit_mismatch',
  'too_many_series',
  'conflict',
  'not_settled',
  'untrusted_source',
  'forbidden',
  'database_refused',
  'invalid_response',
  'unknown_command',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

/** One refused point (or, without `field`, one refused message) of a request. */
export const rejectedPointSchema = z
  .object({
    index: z.int().min(0).meta({ description: 'Position of the message in the batch; 0 for a single message' }),
    field: z.string().nullable().meta({ description: 'The key or field at fault; null when the whole message is' }),
    reason: z.enum(REJECT_REASONS),
    message: z.string().meta({ description: 'What was wrong and what to do, for a person' }),
  })
  .meta({ id: 'RejectedPoint' });
export type RejectedPoint = z.infer<typeof rejectedPointSchema>;

/** The answer to POST /telemetry. */
export const telemetryResultSchema = z
  .object({ stored: z.int().min(0), duplicates: z.int().min(0), rejected: z.array(rejectedPointSchema) })
  .meta({ id: 'TelemetryResult' });
export type TelemetryResult = z.infer<typeof telemetryResultSchema>;

/** One stored point as the API gives it. */
export const telemetryItemSchema = z
  .object({
    device_id: z.string(),
    key: z.string(),
    timestamp: z.string().meta({ description: 'ISO 8601 UTC with six digits', examples: ['2026-01-31T06:30:00.123456Z'] }),
    value: z.union([z.number(), z.boolean(), z.string()]),
    unit: z.string().nullable(),
    quality: z.int().min(0).max(100),
  })
  .meta({ id: 'TelemetryItem' });
export type TelemetryItem = z.infer<typeof telemetryItemSchema>;

/** A message that was refused and kept. */
export const rejectedMessageSchema = z
  .object({
    id: z.string(),
    received_at: z.string(),
    device_id: z.string().nullable(),
    source: z.string().meta({ description: 'mqtt, http or flow' }),
    topic: z.string().nullable(),
    reason: z.enum(REJECT_REASONS),
    message: z.string(),
    field: z.string().nullable(),
    raw: z.string().meta({ description: 'The message as it came, at most 64 KB; bytes that are not UTF-8 are replaced' }),
    size_bytes: z.int(),
  })
  .meta({ id: 'RejectedMessage' });
export type RejectedMessage = z.infer<typeof rejectedMessageSchema>;
