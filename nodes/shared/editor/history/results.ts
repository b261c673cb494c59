import type { BacktestAlert, BacktestResult, BacktestSummary } from '../../../../src/contracts/backtest.ts';
import { wholeTime } from '../../history/times.ts';
import { lasted, percent, rate, reading } from '../../history/words.ts';
import { button, element } from './element.ts';
import type { RuleForm } from './rule-form.ts';

/** So many alerts are listed. */
const LISTED = 50;
const DAY_MS = 86_400_000;

const FIGURES: readonly { name: string; of: (summary: BacktestSummary) => string }[] = [
  { name: 'alerts', of: ({ alerts }) => String(alerts) },
  { name: 'perDay', of: ({ alerts_per_day: perDay }) => rate(perDay) },
  { name: 'longest', of: ({ longest_seconds: longest }) => (longest === 0 ? '–' : lasted(longest)) },
  { name: 'share', of: ({ alarm_share: share }) => percent(share) },
  { name: 'chatter', of: ({ chatter }) => String(chatter) },
];

/** The figures of a result, each with that of the deployed version where it is another one. */
export function figuresOf({ run, compared }: BacktestResult, text: RuleForm['text']): HTMLElement {
  return element(
    'dl',
    { class: 'insa-history-figures' },
    ...FIGURES.map(({ name, of }) => {
      const value = of(run.summary);
      const former = compared === null ? undefined : of(compared.summary);
      return element(
        'div',
        { 'data-figure': name, title: name === 'chatter' ? text('figure.chatterMeans') : undefined },
        element('dt', {}, text(`figure.${name}`)),
        element('dd', {}, value),
        former === undefined ? undefined : element('dd', { class: 'insa-history-former' }, text('figure.deployed', { value: former })),
      );
    }),
  );
}

/** What changes from the deployed version to that of the form, in words; undefined when nothing was compared. */
export function differenceOf({ difference }: BacktestResult, text: RuleForm['text']): HTMLElement | undefined {
  if (difference === null) return undefined;
  return element('p', { class: 'insa-history-difference' }, `${text('withDeployed')} `, element('strong', {}, difference.text));
}

/** The result as one sentence, for those who listen instead of looking. */
export function sentenceOf(result: BacktestResult, text: RuleForm['text']): string {
  const { alerts, longest_seconds: longest, alarm_share: share } = result.run.summary;
  const days = (Date.parse(result.end) - Date.parse(result.start)) / DAY_MS;
  const sentence = text('result', {
    alerts: alerts === 1 ? text('oneAlert') : text('alertCount', { count: String(alerts) }),
    days: rate(days),
    longest: lasted(longest),
    share: percent(share),
  });
  return result.difference === null ? sentence : `${sentence} ${text('withDeployed')} ${result.difference.text}`;
}

/** What the list of alerts needs beside them. */
export interface ListOptions {
  text: RuleForm['text'];
  unit: string;
  /** The device in the chart; alerts of others cannot be shown there. */
  deviceId: string | undefined;
  severalDevices: boolean;
  show: (fromMs: number, toMs: number) => void;
}

/** The first alerts as a table, folded away; undefined when there are none. */
export function listOf({ run, end }: BacktestResult, options: ListOptions): HTMLElement | undefined {
  const count = run.summary.alerts;
  if (count === 0) return undefined;
  const { text, severalDevices } = options;
  const shown = run.alerts.slice(0, LISTED);
  const title = shown.length === count ? text('list.title', { count: String(count) }) : firstOf(shown.length, count, text);
  const heads = ['raised', 'lasted', 'value', ...(severalDevices ? ['device'] : [])];
  return element(
    'details',
    { class: 'insa-history-list' },
    element('summary', {}, title),
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, text(`list.${head}`))))),
      element('tbody', {}, ...shown.map((alert) => rowOf(alert, Date.parse(end), options))),
    ),
  );
}

function firstOf(shown: number, count: number, text: RuleForm['text']): string {
  return text('list.first', { shown: String(shown), count: String(count) });
}

function rowOf(alert: BacktestAlert, endMs: number, { text, unit, deviceId, severalDevices, show }: ListOptions): HTMLElement {
  const raisedMs = Date.parse(alert.raised_at);
  const clearedMs = alert.cleared_at === null ? endMs : Date.parse(alert.cleared_at);
  const length = lasted((clearedMs - raisedMs) / 1_000);
  const time = wholeTime(raisedMs);
  const inChart = alert.device_id === deviceId;
  const raised = inChart
    ? button(time, () => show(raisedMs, clearedMs), { class: 'insa-history-link', 'aria-label': text('list.show', { time }) })
    : time;
  return element(
    'tr',
    {},
    element('td', {}, raised),
    element('td', {}, alert.cleared_at === null ? text('list.still', { lasted: length }) : length),
    element('td', {}, reading(alert.value, unit)),
    severalDevices ? element('td', {}, alert.device_id) : undefined,
  );
}
