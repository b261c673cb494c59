import type { SeriesChange, SeriesItem } from '../../../../../src/contracts/devices.ts';

/** How a quantity is shown, as fields of a form. */
export interface LookForm {
  key: string;
  kind: SeriesItem['kind'];
  hasUnit: boolean;
  display_name: string;
  unit: string;
  decimals: string;
  lower_limit: string;
  upper_limit: string;
}

const MOST_DECIMALS = 10;

/** The form of a quantity. */
export function lookForm({ key, kind, unit, display_name: name, decimals, lower_limit: lower, upper_limit: upper }: SeriesItem): LookForm {
  const text = (value: number | string | null): string => (value === null ? '' : String(value));
  return {
    key,
    kind,
    hasUnit: unit !== null,
    display_name: text(name),
    unit: text(unit),
    decimals: text(decimals),
    lower_limit: text(lower),
    upper_limit: text(upper),
  };
}

/** True for what a limit may be; nothing is none. A comma is taken for the point. */
export function isLimit(text: string): boolean {
  return limitOf(text) !== undefined;
}

/** True for what decimals may be; nothing is as many as fit. */
export function isDecimals(text: string): boolean {
  return text.trim() === '' || (/^\d+$/.test(text.trim()) && Number(text) <= MOST_DECIMALS);
}

/** What a form changes of a quantity; undefined when it changes nothing, `wrong` while it cannot be sent. */
export function lookChange(form: LookForm, before: SeriesItem): SeriesChange | 'wrong' | undefined {
  const [lower, upper] = [limitOf(form.lower_limit), limitOf(form.upper_limit)];
  if (lower === undefined || upper === undefined || !isDecimals(form.decimals)) return 'wrong';
  const decimals = form.decimals.trim() === '' ? null : Number(form.decimals);
  const name = form.display_name.trim() === '' ? null : form.display_name.trim();
  const change: SeriesChange = { key: form.key };
  if (name !== before.display_name) change.display_name = name;
  if (!form.hasUnit && form.unit.trim() !== '') change.unit = form.unit.trim();
  if (decimals !== before.decimals) change.decimals = decimals;
  if (lower !== before.lower_limit) change.lower_limit = lower;
  if (upper !== before.upper_limit) change.upper_limit = upper;
  return Object.keys(change).length === 1 ? undefined : change;
}

function limitOf(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const value = Number(text.trim().replace(',', '.'));
  return Number.isFinite(value) ? value : undefined;
}
