/*
 * What Grafana does with a query before PostgreSQL sees it, and what it makes of the answer: as its PostgreSQL data source does it (versions 11 to 13,
 * pkg/tsdb/grafana-postgresql-datasource: macros.go and sqleng/sql_engine.go), written anew here from its rules.
 */
import assert from 'node:assert/strict';
import type pg from 'pg';

/** The period of a dashboard and the interval that follows from it and the width of a panel. */
export interface View {
  fromMs: number;
  toMs: number;
  intervalMs: number;
}

/** What people chose: each variable with its values. */
export type Choice = Readonly<Record<string, readonly string[]>>;

/** The text that the database gets. */
export function expand(text: string, view: View, choice: Choice): string {
  return withMacros(withIntervals(withVariables(text, choice), view), view);
}

/** `${name:sqlstring}` is every value in quotes; `$name` and `${name}` the value itself, of a variable that has one. */
export function withVariables(text: string, choice: Choice): string {
  return text.replaceAll(/\$\{(\w+):sqlstring\}|\$\{(\w+)\}|\$(?!__)([a-z]\w*)/g, (match, quoted: string, braced: string, bare: string) => {
    const name = [quoted, braced, bare].find((part) => part !== undefined) ?? '';
    const values = choice[name];
    if (values === undefined) throw new Error(`${match}: there is no variable ${name}.`);
    if (quoted !== undefined) return values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',');
    assert.equal(values.length, 1, `${match} stands for ${String(values.length)} values; write \${${name}:sqlstring}.`);
    return values[0] ?? '';
  });
}

function withIntervals(text: string, { intervalMs }: View): string {
  return text.replaceAll('$__interval_ms', String(intervalMs)).replaceAll('$__interval', intervalText(intervalMs));
}

/** As Grafana writes it, rounded down to one unit. */
function intervalText(ms: number): string {
  const units = [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1_000]] as const; // prettier-ignore
  const found = units.find(([, size]) => ms >= size);
  return found === undefined ? `${String(ms)}ms` : `${String(Math.floor(ms / found[1]))}${found[0]}`;
}

function secondsOf(interval: string): number {
  const found = /^(\d+)(ms|s|m|h|d)$/.exec(interval);
  assert.ok(found !== null, `${interval} is no interval.`);
  const size = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 }[found[2] ?? ''] ?? Number.NaN;
  return Number(found[1]) * size;
}

function withMacros(text: string, view: View): string {
  const [from, to] = [new Date(view.fromMs).toISOString(), new Date(view.toMs).toISOString()];
  const group = (column: string, interval = '', fill = '0'): string => {
    assert.ok(fill === 'NULL' || fill === 'previous' || Number.isFinite(Number(fill)), `${fill} is no value to fill with.`);
    const seconds = secondsOf(interval.replaceAll("'", ''));
    return `floor(extract(epoch from ${column})/${String(seconds)})*${String(seconds)}`;
  };
  const macros: Record<string, (...args: string[]) => string> = {
    __time: (column = '') => `${column} AS "time"`,
    __timeFilter: (column = '') => `${column} BETWEEN '${from}' AND '${to}'`,
    __timeFrom: () => `'${from}'`,
    __timeTo: () => `'${to}'`,
    __timeGroup: (column = '', interval, fill) => group(column, interval, fill),
    __timeGroupAlias: (column = '', interval, fill) => `${group(column, interval, fill)} AS "time"`,
  };
  return text.replaceAll(/\$(\w+)\(([^)]*)\)(,?)/g, (match, name: string, given: string, comma: string) => {
    // The plugin takes a group with a comma right behind it for the old way of writing it, and names the column itself.
    const macro = macros[name === '__timeGroup' && comma === ',' ? '__timeGroupAlias' : name];
    if (macro === undefined) throw new Error(`${match}: the data source knows no such macro.`);
    return macro(...given.split(',').map((part) => part.trim())) + comma;
  });
}

/** Object ids of types that Grafana takes for numbers, times and texts. */
const TYPES: Record<number, 'number' | 'time' | 'text' | 'boolean'> = {
  16: 'boolean', 20: 'number', 21: 'number', 23: 'number', 700: 'number', 701: 'number', 1700: 'number',
  1082: 'time', 1114: 'time', 1184: 'time', 19: 'text', 25: 'text', 1043: 'text', 2950: 'text',
}; // prettier-ignore

/** The columns of an answer with what Grafana takes them for. */
export function columnsOf(result: pg.QueryResult): { name: string; type: string }[] {
  return result.fields.map(({ name, dataTypeID }) => ({ name, type: TYPES[dataTypeID] ?? `type ${String(dataTypeID)}` }));
}

/** Series by name, each with its number of points, as a panel over time draws them; fails where Grafana shows an error. */
export function seriesOf(result: pg.QueryResult<Record<string, unknown>>): Map<string, number> {
  const columns = columnsOf(result);
  const types = Object.fromEntries(columns.map(({ name, type }) => [name, type]));
  assert.ok(types['time'] === 'time' || types['time'] === 'number', `A column "time" is needed; there are ${JSON.stringify(columns)}.`);
  const times = result.rows.map(({ time }) => (time instanceof Date ? time.getTime() / 1_000 : Number(time)));
  assert.ok(times.every((time) => Number.isFinite(time)), 'Times must be there in every row.'); // prettier-ignore
  assert.deepEqual(times, [...times].sort((a, b) => a - b), 'Rows must be in the order of time.'); // prettier-ignore
  const values = columns.filter(({ name, type }) => name !== 'time' && type === 'number').map(({ name }) => name);
  assert.ok(values.length > 0, 'There is no column with numbers.');
  const metric = columns.find(({ name, type }) => name === 'metric' || type === 'text')?.name;
  const seen = new Set<string>();
  const series = new Map<string, number>();
  for (const [index, row] of result.rows.entries()) {
    for (const value of values) {
      const name = metric === undefined ? value : String(row[metric]);
      const point = `${name} ${String(times[index])}`;
      assert.ok(!seen.has(point), `Two values of ${name} at one time: Grafana would keep one.`);
      seen.add(point);
      series.set(name, (series.get(name) ?? 0) + 1);
    }
  }
  return series;
}
