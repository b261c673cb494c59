import { useI18n } from 'vue-i18n';

/** A length of time in the largest unit that leaves no rest. */
export function wholeSpan(seconds: number): { unit: 'seconds' | 'minutes' | 'hours' | 'days'; count: number } {
  if (seconds > 0 && seconds % 86_400 === 0) return { unit: 'days', count: seconds / 86_400 };
  if (seconds > 0 && seconds % 3_600 === 0) return { unit: 'hours', count: seconds / 3_600 };
  if (seconds > 0 && seconds % 60 === 0) return { unit: 'minutes', count: seconds / 60 };
  return { unit: 'seconds', count: seconds };
}

/** Lengths of time in the language of the person looking. */
export function useSpans() {
  const { t } = useI18n();
  /** `5 min`, `90 s` */
  function spanText(seconds: number): string {
    const { unit, count } = wholeSpan(seconds);
    return t(`devicePages.unit.${unit}`, { n: count });
  }
  return { spanText };
}
