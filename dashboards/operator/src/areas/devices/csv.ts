import type { ImportedDevice } from '../../../../../src/contracts/devices.ts';

/** The new keys of an import as the API writes them, safe for spreadsheets. */
export function keysCsv(items: readonly ImportedDevice[]): string {
  const lines = items
    .filter(({ key }) => key !== null)
    .map(({ line, device_id, name, result, credential_id, key }) => [
      String(line),
      device_id,
      name,
      result,
      credential_id ?? '',
      key ?? '',
    ]);
  const header = ['line', 'device_id', 'name', 'result', 'credential_id', 'key'];
  return [header, ...lines].map((cells) => cells.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** A text that a spreadsheet would take for a formula gets an apostrophe in front. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
