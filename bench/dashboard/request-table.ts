import { HOT } from './request-recording.ts';
import type { SentRequest } from './request-recording.ts';

/** What is asked for within this time belongs to the opening of a page: the first repetition is 3 s later. */
const OPENING_SECONDS = 2.5;
/** Nobody stays there: all that follows until the first click belongs to the beginning. */
const LOGIN = 'login';
const SHOWN_TIMES = 10;
const PERIOD = ['start', 'end', 'cursor'];
const DAY = 86_400;
/** Lengths that instants may be whole multiples of, the longest first. */
const GRIDS = [DAY, 3_600, 300, 120, 60, 10, 1];

/** The lines of a table: by page, what was asked for when it was opened and how often again in a minute. */
export function askedTable(requests: readonly SentRequest[], staySeconds: number): string[] {
  const groups = new Map<string, SentRequest[]>();
  for (const request of requests) {
    const isOpening = isOfOpening(request);
    // How much is asked for anew is another question than how much at first.
    const name = [request.page, patternOf(request), request.query.has('start') && !isOpening ? 'again' : ''].join('\n');
    groups.set(name, [...(groups.get(name) ?? []), request]);
  }
  return [
    '| page | request | at opening | again a minute | seconds after the opening | asked for |',
    '|---|---|---|---|---|---|',
    ...[...groups].map(([name, group]) => lineOf(name, group, staySeconds)),
  ];
}

function isOfOpening({ page, afterSeconds }: SentRequest): boolean {
  return page === LOGIN || afterSeconds < OPENING_SECONDS;
}

function lineOf(name: string, group: readonly SentRequest[], staySeconds: number): string {
  const [page = '', pattern = ''] = name.split('\n');
  const opening = group.filter(isOfOpening).length;
  const again = ((group.length - opening) * 60) / (staySeconds - OPENING_SECONDS);
  const times = group.slice(0, SHOWN_TIMES).map(({ afterSeconds }) => afterSeconds.toFixed(1));
  const shown = times.join(', ') + (group.length > SHOWN_TIMES ? ', ...' : '');
  const failed = group.filter(({ status = 0 }) => status >= 400).map(({ status }) => String(status));
  const range = [rangeOf(group), failed.length === 0 ? '' : `answered ${[...new Set(failed)].join(', ')}`].filter((text) => text !== '');
  return `| ${[page, pattern, String(opening), page === LOGIN ? '' : again.toFixed(1), shown, range.join('; ')].join(' | ')} |`;
}

/** The request without what differs from one time to the next. */
function patternOf({ method, path, query }: SentRequest): string {
  const fields = [...query].map(([field, value]) => `${field}=${PERIOD.includes(field) ? '..' : anonymous(value)}`);
  return `${method} ${anonymous(path)}${fields.length === 0 ? '' : `?${fields.join('&')}`}`;
}

function anonymous(text: string): string {
  return text
    .replaceAll(/pump-\d+/g, (device) => (device === HOT ? '{device}' : '{other device}'))
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}');
}

/** How long the periods are, how far from now they end, and on what grid their instants lie. */
function rangeOf(group: readonly SentRequest[]): string {
  const ranges = group.flatMap(({ query, atMs }) => {
    const [start, end] = [query.get('start'), query.get('end')].map((text) => (text === null ? Number.NaN : Date.parse(text) / 1_000));
    return start === undefined || end === undefined || Number.isNaN(start + end) ? [] : [{ start, end, now: atMs / 1_000 }];
  });
  if (ranges.length === 0) return '';
  const length = spanOf(ranges.map(({ start, end }) => end - start));
  const ahead = spanOf(ranges.map(({ end, now }) => end - now));
  return `${length} s until ${ahead} s from now; start to ${gridOf(ranges.map(({ start }) => start))}, end to ${gridOf(ranges.map(({ end }) => end))}`;
}

function spanOf(figures: readonly number[]): string {
  const [least, most] = [Math.min(...figures).toFixed(1), Math.max(...figures).toFixed(1)];
  return least === most ? least : `${least} to ${most}`;
}

function gridOf(instants: readonly number[]): string {
  const grid = GRIDS.find((seconds) => instants.every((instant) => instant % seconds === 0));
  return grid === undefined ? 'the ms' : `${String(grid)} s`;
}
