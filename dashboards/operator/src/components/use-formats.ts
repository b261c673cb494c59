import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { PointValue } from '../../../../src/contracts/telemetry.ts';
import { ageOf } from '../live/age.ts';
import { formatUnit, formatValue } from '../live/format-value.ts';
import { serverNowMs } from '../live/server-clock.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Values, ages and times in the language and zone of the person looking. */
export function useFormats() {
  const { t, locale } = useI18n();
  const clockTime = computed(() => new Intl.DateTimeFormat(locale.value, { timeStyle: 'medium' }));
  const dateTime = computed(() => new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'medium' }));
  const words = computed(() => ({ yes: t('value.true'), no: t('value.false') }));

  /** `58.24 °C` */
  function valueWithUnit(value: PointValue, unit: string | null, decimals: number | null = null): string {
    const shownUnit = formatUnit(unit);
    return shownUnit === '' ? valueText(value, decimals) : `${valueText(value, decimals)} ${shownUnit}`;
  }

  function valueText(value: PointValue, decimals: number | null = null): string {
    return formatValue(value, locale.value, words.value, decimals);
  }

  /** `3 s`; `+2 min` for a reading from the future. */
  function ageText(timestampMs: number, nowMs: number): string {
    const age = ageOf(timestampMs, nowMs);
    const text = t(`age.${age.kind}`, { n: age.count });
    return age.ahead ? t('age.ahead', { age: text }) : text;
  }

  /** The time of day, with the date when it was not today or yesterday. */
  function timeText(timestampMs: number): string {
    const isRecent = Math.abs(serverNowMs.value - timestampMs) < DAY_MS;
    return (isRecent ? clockTime.value : dateTime.value).format(timestampMs);
  }

  function fullTimeText(timestampMs: number): string {
    return dateTime.value.format(timestampMs);
  }

  return { valueWithUnit, valueText, ageText, timeText, fullTimeText };
}
