import { useI18n } from 'vue-i18n';
import { MODELS } from './forecast-choices.ts';
import { secondsOf } from './numbers.ts';
import { useAnalysisWords } from './use-analysis-words.ts';

/** What may be chosen of an analysis, as a list of choices shows it, in the language of the person looking. */
export function useChoiceItems() {
  const { t } = useI18n();
  const { span } = useAnalysisWords();
  return {
    /** Times such as `15m`; plain numbers are so many readings. */
    timed: (texts: readonly string[]) =>
      texts.map((value) => {
        const seconds = secondsOf(value);
        return { value, title: seconds === undefined ? t('analysis.tab.readings', { n: value }, Number(value)) : span(seconds) };
      }),
    /** How sure a band is, percent. */
    confidences: (values: readonly number[]) => values.map((value) => ({ value, title: `${String(value)} %` })),
    models: () => MODELS.map((value) => ({ value, title: t(`analysis.tab.models.${value}`) })),
  };
}
