import type { Dashboard } from '../../../../../../src/contracts/dashboards.ts';

/** What a file of a dashboard says of itself. */
export const FORMAT = 'insa-dashboard';
/** Rises when an older platform could not read it any more. */
export const FORMAT_VERSION = 1;
/** What the server keeps beside: of another installation it means nothing here. */
const KEPT_BY_SERVER = ['id', 'owner', 'owner_id', 'version', 'created_at', 'updated_at', 'updated_by', 'format'];
/** More cannot be a dashboard: 60 widgets with 4,096 characters of options are far below. */
const MOST_CHARACTERS = 2_000_000;

/** Why a text is no dashboard. */
export type FileFault = 'too-long' | 'no-json' | 'no-object' | 'other-format' | 'newer-version' | 'no-name';

/** What a file holds, as it is sent to the server, which says what is wrong with it; and the devices it names. */
export interface BoardFile {
  body: Record<string, unknown>;
  name: string;
  widgetCount: number;
  deviceIds: readonly string[];
}

/** A dashboard as a file: without what only the server knows. */
export function toFile({
  name,
  description,
  is_public,
  widgets,
  layout,
}: Pick<Dashboard, 'name' | 'description' | 'is_public' | 'widgets' | 'layout'>): string {
  return `${JSON.stringify({ format: FORMAT, version: FORMAT_VERSION, name, description, is_public, widgets, layout }, null, 2)}\n`;
}

/** A name for the file that every system takes. */
export function fileNameOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/[^\w -]+/g, '')
    .trim()
    .replaceAll(/\s+/g, '-')
    .slice(0, 60);
  return `${plain === '' ? 'dashboard' : plain}.json`;
}

/** Reads a file as far as is needed to send it; what its fields say is judged by the server. */
export function fromFile(text: string): BoardFile | { fault: FileFault; detail?: string } {
  if (text.length > MOST_CHARACTERS) return { fault: 'too-long' };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { fault: 'no-json', detail: error instanceof Error ? error.message : String(error) };
  }
  if (!isRecord(parsed)) return { fault: 'no-object' };
  const { format } = parsed;
  if (format !== undefined && format !== FORMAT) return { fault: 'other-format', detail: asText(format) };
  if (format === FORMAT && parsed['version'] !== FORMAT_VERSION) return { fault: 'newer-version', detail: asText(parsed['version']) };
  if (typeof parsed['name'] !== 'string') return { fault: 'no-name' };
  const body = Object.fromEntries(Object.entries(parsed).filter(([field]) => !KEPT_BY_SERVER.includes(field)));
  const widgets: unknown[] = Array.isArray(parsed['widgets']) ? parsed['widgets'] : [];
  return { body, name: parsed['name'], widgetCount: widgets.length, deviceIds: [...new Set(widgets.flatMap(devicesOf))] };
}

function devicesOf(widget: unknown): string[] {
  if (!isRecord(widget) || !Array.isArray(widget['series'])) return [];
  return widget['series'].flatMap((one: unknown) => (isRecord(one) && typeof one['device_id'] === 'string' ? [one['device_id']] : []));
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
