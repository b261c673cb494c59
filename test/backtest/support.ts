import type { Backtest, BacktestResult } from '../../src/contracts/backtest.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { Partitions } from '../../src/storage/partitions.ts';
import { Client, eventually, startApi } from '../api/support.ts';
import type { ApiFixture } from '../api/support.ts';

/** The first instant of the stored history. */
export const START_MS = Date.UTC(2025, 0, 10);
export const DAY_MS = 86_400_000;

/** An instant of the history, `seconds` after its start. */
export const at = (seconds: number): string => new Date(START_MS + seconds * 1_000).toISOString();

/** The API with a history behind it, and somebody who may try rules on it. */
export interface Past {
  fixture: ApiFixture;
  admin: Client;
  /** Stores a reading every `everySeconds` from `from` on and before `to` (seconds after the start); `value`: SQL over `s`, these seconds. */
  fill(series: { device: string; key: string; kind?: 'number' | 'boolean' }, points: Points): Promise<void>;
  /** Asks and waits until it is done; fails when it does not end well. */
  result(path: string, question: object): Promise<BacktestResult>;
  /** Asks without waiting. */
  begin(path: string, question: object): Promise<Backtest>;
  get(id: string): Promise<Backtest>;
  /** How many connections of backtests there are. */
  connections(): Promise<number>;
}

export interface Points {
  from?: number;
  to: number;
  everySeconds?: number;
  value: string;
  quality?: string;
}

export async function startPast(days: number): Promise<Past> {
  const fixture = await startApi();
  const admin = await Client.login(fixture, 'admin');
  const partitions = new Partitions({ connection: fixture.database.connection, clock: fixture.clock, logger: silentLogger });
  for (let day = -1; day < days; day++) await partitions.ensureFor(START_MS + day * DAY_MS);
  const get: Past['get'] = async (id) => (await admin.get(`/rules/backtests/${id}`)).body as unknown as Backtest;
  const begin: Past['begin'] = async (path, question) => {
    const answer = await admin.post(path, { wait_seconds: 0, ...question });
    if (answer.status >= 300) throw new Error(`${String(answer.status)} ${answer.text}`);
    return answer.body as unknown as Backtest;
  };
  return {
    fixture,
    admin,
    begin,
    get,
    fill: async ({ device, key, kind = 'number' }, { from = 0, to, everySeconds = 1, value, quality = '100' }) => {
      if (fixture.directory.lookup(device) === undefined) await fixture.devices.create('default', { device_id: device });
      await fixture.sql(
        `with added as (insert into series (tenant_id, device_id, key, kind, unit) values ('default', $1, $2, $3, '°C') on conflict (device_id, key) do update set key = excluded.key returning series_id)
         insert into telemetry (time, value, series_id, quality)
         select $4::timestamptz + s * interval '1 second', ${value}, series_id, ${quality}
           from added, (select (generate_series(0, ceil(($6::float8 - $5) / $7)::int - 1) * $7 + $5)::float8 as s) seconds`,
        [device, key, kind, at(0), from, to, everySeconds],
      );
    },
    result: async (path, question) => {
      const begun = await begin(path, { wait_seconds: 10, ...question });
      const ended = await eventually(async () => {
        const now = begun.status === 'running' ? await get(begun.id) : begun;
        return now.status !== 'running' && now;
      }, 'the backtest to end');
      if (ended.result === null) throw new Error(`${ended.status}: ${String(ended.error)}`);
      return ended.result;
    },
    connections: async () => {
      const rows = await fixture.sql(
        `select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'insa-backtest'`,
      );
      return Number(rows[0]?.['n']);
    },
  };
}

/** A rule as it is sent. */
export function threshold(more: object = {}, conditions: object = {}): object {
  return {
    name: 'Too hot',
    rule_type: 'threshold',
    severity: 'warning',
    conditions: { key: 'temperature', operator: '>', value: 50, ...conditions },
    ...more,
  };
}
