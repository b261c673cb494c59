import { addressOf } from '../../api/http-client.ts';
import { errorFrom, noAnswer } from '../../api/problem.ts';

/** What is exported. */
export interface ExportWants {
  deviceId: string;
  keys: readonly string[];
  startMs: number;
  endMs: number;
  format: 'csv' | 'ndjson';
}

/** Reads an export while telling how many bytes have come. Throws `ApiError` for a refusal, and when it breaks off. */
export async function readExport(
  wants: ExportWants,
  { token, signal, onBytes }: { token: string | undefined; signal: AbortSignal; onBytes: (bytes: number) => void },
): Promise<Blob> {
  const response = await fetch(exportAddress(wants), {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    cache: 'no-store',
    credentials: 'same-origin',
    signal,
  });
  if (!response.ok) throw errorFrom(response.status, await response.text(), response.headers.get('retry-after'));
  const reader = response.body?.getReader();
  if (reader === undefined) throw noAnswer();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    parts.push(piece.value);
    bytes += piece.value.length;
    onBytes(bytes);
  }
  return new Blob(parts, { type: response.headers.get('content-type') ?? 'text/plain' });
}

/** Where an export is read. */
export function exportAddress({ deviceId, keys, startMs, endMs, format }: ExportWants): string {
  const query = {
    device_id: deviceId,
    // Given once, commas separate names; given twice, a name may have commas itself.
    ...(keys.length === 0 ? {} : { keys: keys.length === 1 ? [...keys, ...keys] : keys }),
    start: new Date(startMs).toISOString(),
    end: new Date(endMs).toISOString(),
    format,
  };
  return `/api/v1${addressOf('/telemetry/export', { query })}`;
}
