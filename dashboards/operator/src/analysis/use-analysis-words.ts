import { useI18n } from 'vue-i18n';
import { addTexts } from '../i18n.ts';
import { formatUnit } from '../live/format-value.ts';
import { figureText, percentText, probabilityText, ROUGH_DIGITS, readableSlope, slopePer, spanText } from './numbers.ts';
import type { SlopeTime } from './numbers.ts';
import { knownReason } from './reasons.ts';
import { texts } from './texts.ts';

/** What analyses say, in the language of the person looking. */
export function useAnalysisWords() {
  addTexts(texts);
  const { t, locale } = useI18n();

  /** `21.457 °C`; units as people write them. */
  function withUnit(value: number, unit: string | null, digits?: number): string {
    return `${figureText(value, locale.value, digits)} ${formatUnit(unit)}`.trim();
  }

  /** `4.2 °C²`, `9 (l/min)²` */
  function squared(value: number, unit: string | null): string {
    const shown = formatUnit(unit);
    if (shown === '') return figureText(value, locale.value);
    return `${figureText(value, locale.value)} ${/^[^\s/·]+$/.test(shown) ? shown : `(${shown})`}²`;
  }

  /** `1.2 °C per h`; a quantity without unit just per hour. */
  function slopeText(perMinute: number, unit: string | null, time: SlopeTime, digits?: number): string {
    return t(`analysis.per.${time}`, { value: withUnit(slopePer(time, perMinute), unit, digits) });
  }

  return {
    withUnit,
    squared,
    /** For sentences. */
    roughly: (value: number, unit: string | null): string => withUnit(value, unit, ROUGH_DIGITS),
    slopeText,
    /** In the time in which it is no tiny number. */
    readableSlopeText: (perMinute: number, unit: string | null): string =>
      slopeText(perMinute, unit, readableSlope(perMinute).time, ROUGH_DIGITS),
    plain: (value: number): string => figureText(value, locale.value),
    percent: (share: number): string => percentText(share, locale.value),
    chance: (p: number): string => probabilityText(p, locale.value),
    span: (fromSeconds: number, toSeconds?: number): string => spanText(locale.value, fromSeconds, toSeconds),
    count: (n: number): string => new Intl.NumberFormat(locale.value).format(n),
    /** Why something is not there: in our words where we have some, otherwise in those of the server. */
    because: (sentence: string): string => {
      const known = knownReason(sentence);
      return known === undefined ? sentence : t(`analysis.because.${known.text}`, known.values);
    },
  };
}
