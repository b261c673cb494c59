/** SQL for a timestamptz as ISO 8601 UTC text with milliseconds; made by PostgreSQL, so that no driver setting changes it. */
export function isoMs(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** The same with the six digits that identify a reading. */
export function isoUs(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** SQL for whole epoch microseconds as text (an int8; JavaScript numbers are exact for these). */
export function epochUs(column: string): string {
  return `(extract(epoch from ${column}) * 1000000)::int8::text`;
}

/** SQL for the instant that a bound parameter of whole epoch microseconds names, exactly: never through a double of seconds. */
export function fromEpochUs(parameter: string): string {
  return `('epoch'::timestamptz + ${parameter}::int8 * interval '1 microsecond')`;
}
