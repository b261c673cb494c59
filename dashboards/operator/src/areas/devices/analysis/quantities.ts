import type { LatestValue } from '../../../live/latest-values.ts';

/** A quantity that a device has sent. */
export interface Quantity {
  key: string;
  /** Texts have no figures. */
  isText: boolean;
}

/** The quantities of a device, numbers first, then truth values, then texts; each kind by name. */
export function quantitiesOf(values: ReadonlyMap<string, Pick<LatestValue, 'value'>> | undefined, language: string): Quantity[] {
  const kinds = ['number', 'boolean', 'string'];
  const byName = new Intl.Collator(language, { numeric: true }).compare;
  return [...(values ?? [])]
    .map(([key, { value }]) => ({ key, kind: kinds.indexOf(typeof value) }))
    .sort((left, right) => left.kind - right.kind || byName(left.key, right.key))
    .map(({ key, kind }) => ({ key, isText: kinds[kind] === 'string' }));
}
