import { HISTORY } from '../api/seed.ts';
import type { BenchDatabase } from '../rules/bench-database.ts';

/** A second quantity of the device with the long history: what the first was three minutes before, with noise of its own. */
export const SECOND_KEY = 'pressure';
const DAY_SECONDS = 86_400;

/** Gives the device with the long history its second quantity, over the same days; answers the series of both. */
export async function createSecond({ db }: BenchDatabase, startMs: number, days: number): Promise<{ first: number; second: number }> {
  const { system } = db;
  const { rows } = await system.query<{ first: number; second: number }>(
    `with made as (
       insert into series (tenant_id, device_id, key, kind, unit) values ('default', $1, $3, 'number', 'bar') returning series_id
     ) select s.series_id as first, made.series_id as second from series s, made where s.device_id = $1 and s.key = $2`,
    [HISTORY.deviceId, HISTORY.key, SECOND_KEY],
  );
  const [made] = rows;
  if (made === undefined) throw new Error('The device with the long history has to be there before its second quantity.');
  for (let day = 0; day < days; day += 1) {
    await system.query(
      `insert into telemetry (time, value, series_id, quality)
       select to_timestamp($1::float8) + s * interval '1 second', 5 + 2 * sin((s - 180) / 3000.0) + (s * 7877 % 1000) / 1000.0, $2, 100
         from generate_series(0, 86399) s`,
      [startMs / 1_000 + day * DAY_SECONDS, made.second],
    );
  }
  await system.query('analyze telemetry');
  return made;
}
