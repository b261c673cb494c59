import type { SeriesKind } from '../../../contracts/telemetry.ts';
import type { ReadingChunk, TelemetrySeries } from '../../ports.ts';
import { isoTimes } from './iso-times.ts';

/** How readings leave as a file. */
export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The first line of a CSV file. */
export const csvHead = 'device_id,key,timestamp,value,unit,quality\r\n';

/** Writes readings of one series as lines of a file. */
export function formatOf(format: ExportFormat, series: TelemetrySeries): (chunk: ReadingChunk) => string {
  return format === 'csv' ? csvOf(series) : ndjsonOf(series);
}

/** The value of a reading in the kind of its series. */
export function valueOf(kind: SeriesKind, chunk: ReadingChunk, place: number): number | boolean | string {
  switch (kind) {
    case 'number':
      return chunk.numbers[place] ?? 0;
    case 'boolean':
      return chunk.numbers[place] === 1;
    case 'text':
      return chunk.texts[place] ?? '';
  }
}

function csvOf({ device_id, key, kind, unit }: TelemetrySeries): (chunk: ReadingChunk) => string {
  const before = `${csvCell(device_id)},${csvCell(key)},`;
  const after = `,${csvCell(unit ?? '')},`;
  const iso = isoTimes();
  return (chunk) => {
    let text = '';
    for (let place = 0; place < chunk.count; place += 1) {
      const value = valueOf(kind, chunk, place);
      const cell = typeof value === 'string' ? csvCell(value) : String(value);
      text += `${before}${iso(chunk.timesUs[place] ?? 0)},${cell}${after}${String(chunk.qualities[place] ?? 100)}\r\n`;
    }
    return text;
  };
}

function ndjsonOf({ device_id, key, kind, unit }: TelemetrySeries): (chunk: ReadingChunk) => string {
  const before = `{"device_id":${JSON.stringify(device_id)},"key":${JSON.stringify(key)},"timestamp":"`;
  const after = `,"unit":${JSON.stringify(unit)},"quality":`;
  const iso = isoTimes();
  return (chunk) => {
    let text = '';
    for (let place = 0; place < chunk.count; place += 1) {
      const value = JSON.stringify(valueOf(kind, chunk, place));
      text += `${before}${iso(chunk.timesUs[place] ?? 0)}","value":${value}${after}${String(chunk.qualities[place] ?? 100)}}\n`;
    }
    return text;
  };
}

/**
 * A text as a cell of RFC 4180. One that a spreadsheet would take for a formula gets an apostrophe in front: what a device sends must not run on the
 * computer of whoever opens the file (OWASP, CSV injection).
 */
export function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
