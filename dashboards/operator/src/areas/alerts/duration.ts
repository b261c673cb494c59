import { pageLanguage } from '../../language.ts';

const UNITS = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
  { ms: 1_000, name: 's' },
] as const;

const ONE_DIGIT = { minimumFractionDigits: 1, maximumFractionDigits: 1 };

/** `2 d 3 h`, `5 min`, `0.4 s`: a stretch of time in its two largest units; their signs are the same in every language of the page. */
export function durationText(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < 1_000) return ms === 0 ? '0 s' : `${new Intl.NumberFormat(pageLanguage(), ONE_DIGIT).format(ms / 1_000)} s`;
  const at = UNITS.findIndex((unit) => ms >= unit.ms);
  const [large, small] = [UNITS[at], UNITS[at + 1]];
  if (large === undefined) return '0 s';
  const count = Math.floor(ms / large.ms);
  const rest = small === undefined ? 0 : Math.floor((ms % large.ms) / small.ms);
  return small === undefined || rest === 0
    ? `${String(count)} ${large.name}`
    : `${String(count)} ${large.name} ${String(rest)} ${small.name}`;
}
