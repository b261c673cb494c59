import { computed } from 'vue';
import type { WritableComputedRef } from 'vue';
import type { ChartPeriod } from '../../charts/chart.ts';
import { PERIODS, readPeriod, writePeriod } from './period.ts';
import type { PeriodName } from './period.ts';
import { useQuery } from './use-query.ts';

/** The period in the address. */
export function usePeriod(usual: PeriodName): WritableComputedRef<ChartPeriod> {
  const text = useQuery('period');
  return computed({
    get: () => readPeriod(text.value) ?? { lastMs: PERIODS[usual] },
    set: (period) => {
      const written = writePeriod(period);
      text.value = written === usual ? '' : written;
    },
  });
}
