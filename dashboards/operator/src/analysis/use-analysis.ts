import { onScopeDispose, ref, shallowRef, watch } from 'vue';
import type {
  AnalysedTimeSeries,
  Correlation,
  SeriesForecast,
  SeriesStatistics,
  SeriesTrend,
} from '../../../../src/contracts/analytics.ts';
import { textOf } from '../api/problem.ts';
import { localNowMs } from '../clock.ts';
import type { ChartPeriod } from '../charts/chart.ts';
import { rangeOf } from '../charts/use-chart-feed.ts';
import { serverTimeNowMs } from '../live/server-clock.ts';
import { toIso } from '../live/timestamps.ts';
import { useSession } from '../session/session-store.ts';
import { Pace } from './pace.ts';
import { SharedAnswers } from './shared-answers.ts';

/** The API grants a person 30 analyses a minute; what is left is for other pages and programs of the same person. */
const pace = new Pace({
  most: 24,
  perMs: 60_000,
  nowMs: localNowMs,
  pause: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
});

/** The answers of each kind of analysis on this page. */
export const ANSWERS = {
  statistics: new SharedAnswers<SeriesStatistics>(pace, localNowMs),
  trend: new SharedAnswers<SeriesTrend>(pace, localNowMs),
  timeSeries: new SharedAnswers<AnalysedTimeSeries>(pace, localNowMs),
  correlation: new SharedAnswers<Correlation>(pace, localNowMs),
  forecast: new SharedAnswers<SeriesForecast>(pace, localNowMs),
};

/** Periods up to now end at such a round instant, so that equal questions are equal to the letter and share one answer. */
const ROUND_MS = 10_000;

/** Between which instants (ISO 8601) is asked. */
export interface AskedRange {
  start: string;
  end: string;
}

/** An analysis that is to be shown. */
export interface AnalysisQuestion<Answer> {
  answers: SharedAnswers<Answer>;
  /** What is asked, without the period, as a text; undefined while nothing can be asked. */
  about: () => string | undefined;
  period: () => ChartPeriod;
  /** Asked anew so often while somebody looks; left out: only when something else is asked. */
  refreshMs?: () => number | undefined;
  send: (range: AskedRange) => Promise<Answer>;
}

/** The answer to a question, kept current, with what there is to say while there is none. */
export function useAnalysis<Answer>({ answers, about, period, refreshMs = () => undefined, send }: AnalysisQuestion<Answer>) {
  const session = useSession();
  const answer = shallowRef<Answer>();
  const error = ref<string>();
  const isLoading = ref(false);
  const isQueued = ref(false);
  let generation = 0;
  let refreshing: ReturnType<typeof setInterval> | undefined;

  async function load(): Promise<void> {
    const what = about();
    const mine = (generation += 1);
    if (what === undefined) return;
    const every = refreshMs();
    const range = roundRange(period(), every ?? ROUND_MS);
    isLoading.value = true;
    isQueued.value = answers.isBusy;
    try {
      const question = JSON.stringify([session.me?.username, what, range]);
      const answered = await answers.ask(question, { freshMs: every ?? ROUND_MS, send: () => send(range) });
      if (mine !== generation) return;
      answer.value = answered;
      error.value = undefined;
    } catch (problem) {
      if (mine === generation) error.value = textOf(problem);
    } finally {
      if (mine === generation) isLoading.value = false;
    }
  }

  function begin(): void {
    clearInterval(refreshing);
    answer.value = undefined;
    error.value = undefined;
    void load();
    const every = refreshMs();
    if (every === undefined || !('lastMs' in period())) return;
    refreshing = setInterval(() => document.visibilityState === 'visible' && void load(), every);
  }

  watch(() => JSON.stringify([about(), period(), refreshMs()]), begin, { immediate: true });
  onScopeDispose(() => {
    generation += 1;
    clearInterval(refreshing);
  });
  return { answer, error, isLoading, isQueued, reload: () => void load() };
}

/** What `useAnalysis` answers. */
export type AnalysisState<Answer> = ReturnType<typeof useAnalysis<Answer>>;

function roundRange(period: ChartPeriod, roundMs: number): AskedRange {
  const nowMs = Math.floor(serverTimeNowMs() / roundMs) * roundMs;
  const { startMs, endMs } = rangeOf(period, nowMs);
  return { start: toIso(startMs), end: toIso(endMs) };
}
