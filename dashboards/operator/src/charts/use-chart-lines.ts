import { computed } from 'vue';
import type { ComputedRef, Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { useTheme } from 'vuetify';
import type { PointValue } from '../../../../src/contracts/telemetry.ts';
import { useFormats } from '../components/use-formats.ts';
import { isStale } from '../live/age.ts';
import { formatUnit } from '../live/format-value.ts';
import type { LatestValue } from '../live/latest-values.ts';
import { useLive } from '../live/live-store.ts';
import { serverNowMs } from '../live/server-clock.ts';
import { staleAfterMs } from '../live/staleness.ts';
import type { ChartProps, ChartSeries } from './chart.ts';
import { breakAfterMs, stateSegments, summaryOf } from './chart-data.ts';
import type { StateSegment } from './chart-data.ts';
import type { LoadedLine } from './chart-feed.ts';
import { seriesId } from './chart-loader.ts';
import { drawnLines, lineId, pointAt } from './drawn.ts';
import type { ChartLine, LegendEntry, ShownRange } from './drawn-line.ts';
import { lookAt } from './looks.ts';
import type { LineLook } from './looks.ts';

/** What the lines of a chart are made of. */
export interface LineSources {
  props: ChartProps;
  loaded: Ref<readonly LoadedLine[]>;
  /** The period. */
  range: ComputedRef<ShownRange>;
  /** What the axis of time shows: the period, of bars in whole buckets. */
  extent: ComputedRef<ShownRange>;
  widthPx: Ref<number>;
  hidden: Ref<ReadonlySet<string>>;
  /** The instant under the pointer. */
  hoverMs: Ref<number | undefined>;
}

/** The strip of a text series. */
export interface Strip {
  id: string;
  label: string;
  segments: StateSegment[];
}

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
/** A description that names more lines than this is no help any more. */
const MOST_DESCRIBED = 10;

/** What a chart draws and says of its lines. */
export function useChartLines(sources: LineSources) {
  const { props, loaded, range, widthPx, hidden } = sources;
  const theme = useTheme();
  const words = useLineWords(props);

  const looks = computed(() => {
    const name = theme.current.value.dark ? 'dark' : 'light';
    return new Map(props.series.map((one, place) => [seriesId(one), lookAt(place, name)]));
  });
  const shownLooks = computed(() => new Map([...looks.value].filter(([id]) => !hidden.value.has(id))));
  const drawn = computed(() => {
    const lines = loaded.value.map((line) => ({ ...line, unit: words.unitOf(line) }));
    const { startMs, endMs } = range.value;
    return drawnLines(lines, {
      kind: props.kind ?? 'line',
      aggregation: props.aggregation ?? 'auto',
      periodMs: endMs - startMs,
      widthPx: Math.max(100, widthPx.value),
      nowMs: endMs,
      looks: shownLooks.value,
    });
  });
  const strips = computed(() =>
    loaded.value.flatMap((line): Strip[] => {
      const segments = hidden.value.has(line.id) ? [] : segmentsOf(line, range.value.endMs);
      return segments.length === 0 ? [] : [{ id: lineId(line), label: words.nameOf(line), segments }];
    }),
  );
  return { drawn, strips, ...useLineValues(sources, { words, looks, drawn, strips }) };
}

interface Drawn {
  words: ReturnType<typeof useLineWords>;
  looks: ComputedRef<ReadonlyMap<string, LineLook>>;
  drawn: ComputedRef<readonly ChartLine[]>;
  strips: ComputedRef<readonly Strip[]>;
}

/** The legend, and everything in words. */
function useLineValues({ props, loaded, extent, hidden, hoverMs }: LineSources, { words, looks, drawn, strips }: Drawn) {
  const { t } = useI18n();
  const live = useLive();
  const { ageText } = useFormats();
  const drawnById = computed(() => new Map(drawn.value.map((line) => [line.id, line])));

  const { newestText, textAt, newestOf } = useLineTexts({ props, extent }, { words, drawnById, strips });

  const entries = computed(() => {
    const units = [...new Set(drawn.value.filter(({ kind }) => kind === 'number').map(({ unit }) => unit))];
    const lines = loaded.value.length > 0 ? loaded.value : props.series.map((one) => placeholder(seriesId(one)));
    return lines.map((line): LegendEntry => {
      const value = hoverMs.value === undefined ? newestText(line) : textAt(line, hoverMs.value);
      return {
        id: line.id,
        label: words.nameOf(line),
        look: looks.value.get(line.id) ?? lookAt(0, 'light'),
        isShown: !hidden.value.has(line.id),
        isState: line.kind === 'text',
        isComparison: line.shiftMs > 0,
        value: value ?? t('chart.noValue'),
        unit: value === undefined ? '' : words.unitOf(line),
        ...ageOf(hoverMs.value === undefined ? newestOf(line) : undefined, line),
        hasOwnScale: line.kind === 'number' && units.indexOf(words.unitOf(line)) >= 2,
      };
    });
  });

  /** The value that is the newest of all says how old it is, as everywhere. */
  function ageOf(newest: LatestValue | undefined, { id }: LoadedLine): Pick<LegendEntry, 'age' | 'isStale'> {
    if (newest === undefined) return { age: '', isStale: false };
    const [deviceId = '', key = ''] = id.split('\n');
    const afterMs = staleAfterMs(live.looks.get(deviceId)?.get(key), live.devices.get(deviceId));
    return { age: ageText(newest.timeMs, serverNowMs.value), isStale: isStale(newest.timeMs, serverNowMs.value, afterMs) };
  }

  const description = computed(() => {
    const described = loaded.value.slice(0, MOST_DESCRIBED);
    const rest = loaded.value.length - described.length;
    const lines = described.map((line) => {
      const name = words.nameOf(line);
      const last = newestText(line);
      if (line.kind === 'text') return t(last === undefined ? 'chart.ariaNone' : 'chart.ariaState', { line: name, last });
      const summary = summaryOf(drawnById.value.get(lineId(line))?.points ?? [], extent.value.startMs, extent.value.endMs);
      if (summary === undefined) return t('chart.ariaNone', { line: name });
      const [min, max, mean] = [summary.min, summary.max, summary.mean].map((value) =>
        `${words.textOf(line, value)} ${words.unitOf(line)}`.trim(),
      );
      return t('chart.ariaLine', { line: name, last, min, max, mean });
    });
    return [...lines, ...(rest > 0 ? [t('chart.ariaMore', { n: rest })] : [])].join(' ');
  });

  return { entries, description };
}

/** The newest value of a line, and its value at an instant, as texts. */
function useLineTexts(
  { props, extent }: Pick<LineSources, 'props' | 'extent'>,
  { words, drawnById, strips }: Pick<Drawn, 'words' | 'strips'> & { drawnById: ComputedRef<ReadonlyMap<string, ChartLine>> },
) {
  const live = useLive();

  /** The live value, where the chart ends with it. */
  function newestOf(line: LoadedLine): LatestValue | undefined {
    const isNow = 'lastMs' in props.period && (props.aggregation ?? 'auto') === 'auto' && line.shiftMs === 0;
    const [deviceId = '', key = ''] = line.id.split('\n');
    return isNow ? live.values.get(deviceId)?.get(key) : undefined;
  }

  function newestText(line: LoadedLine): string | undefined {
    const newest = newestOf(line);
    if (newest !== undefined) return words.textOf(line, newest.value);
    if (line.kind === 'text') return line.readings?.at(-1)?.value.toString();
    const drawnLine = drawnById.value.get(lineId(line));
    const last = drawnLine?.points.findLast(({ timeMs }) => timeMs <= extent.value.endMs);
    return last === undefined ? undefined : words.textOf(line, shownValue(drawnLine, last.value));
  }

  function textAt(line: LoadedLine, timeMs: number): string | undefined {
    if (line.kind === 'text') {
      const strip = strips.value.find(({ id }) => id === lineId(line));
      return strip?.segments.findLast(({ startMs, endMs }) => startMs <= timeMs && endMs >= timeMs)?.value;
    }
    const drawnLine = drawnById.value.get(lineId(line));
    if (drawnLine === undefined) return undefined;
    const point = pointAt(drawnLine, timeMs);
    return point === undefined ? undefined : words.textOf(line, shownValue(drawnLine, point.value));
  }

  return { newestText, textAt, newestOf };
}

/** Truth values as such; a share of them as a number. */
function shownValue(line: ChartLine | undefined, value: number): PointValue {
  return line?.isStep === true ? value === 1 : value;
}

/** Names, units and values of lines as a person reads them. */
function useLineWords(props: ChartProps) {
  const { t } = useI18n();
  const live = useLive();
  const { valueText } = useFormats();
  const labels = computed(() => new Map(props.series.map((one) => [seriesId(one), labelOf(one)])));

  function labelOf({ deviceId, key, label }: ChartSeries): string {
    if (label !== undefined) return label;
    const device = live.devices.get(deviceId)?.name ?? deviceId;
    const quantity = live.looks.get(deviceId)?.get(key)?.display_name ?? key;
    if (props.series.every((other) => other.deviceId === deviceId)) return quantity;
    return props.series.every((other) => other.key === key) ? device : t('chart.device', { device, key: quantity });
  }

  function nameOf({ id, shiftMs }: LoadedLine): string {
    const line = labels.value.get(id) ?? id;
    if (shiftMs === 0) return line;
    if (shiftMs % DAY_MS === 0) return t('chart.earlier', { line, days: shiftMs / DAY_MS });
    return t('chart.earlierHours', { line, hours: Math.round((shiftMs / HOUR_MS) * 10) / 10 });
  }

  function unitOf(line: LoadedLine): string {
    return props.aggregation === 'count' ? t('chart.count') : formatUnit(line.unit);
  }

  function textOf({ id }: LoadedLine, value: PointValue): string {
    const [deviceId = '', key = ''] = id.split('\n');
    return valueText(value, props.aggregation === 'count' ? 0 : (live.looks.get(deviceId)?.get(key)?.decimals ?? null));
  }

  return { nameOf, unitOf, textOf };
}

/** The states of a text series; none for others. The newest one lasts, until it has been silent for too long. */
function segmentsOf({ kind, readings = [], shiftMs }: LoadedLine, untilMs: number): StateSegment[] {
  if (kind !== 'text') return [];
  const breakMs = breakAfterMs(readings.map(({ timeUs }) => timeUs / 1_000));
  const segments = stateSegments(readings, breakMs).map(({ value, startMs, endMs }) => ({
    value,
    startMs: startMs + shiftMs,
    endMs: endMs + shiftMs,
  }));
  const last = segments.at(-1);
  if (last !== undefined) last.endMs = Math.min(untilMs, last.endMs + breakMs);
  return segments;
}

function placeholder(id: string): LoadedLine {
  return { id, kind: 'number', unit: null, shiftMs: 0, readings: [], buckets: undefined, bucketMs: undefined };
}
