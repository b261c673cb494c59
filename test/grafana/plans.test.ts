import assert from 'node:assert/strict';
import { expand } from './plugin.ts';
import { asReader, fillDatabase } from './support.ts';
import type { FilledDatabase } from './support.ts';

const DAY_MS = 86_400_000;

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** How PostgreSQL answers the views: periods reach the partitions, devices and quantities the series. */
describe('views for Grafana', () => {
  let filled: FilledDatabase;
  before(async () => (filled = await fillDatabase()));
  after(() => filled.drop());

  /** The tables of which a query really looked at a row. */
  async function readTables(text: string, fromMs: number, toMs: number): Promise<string[]> {
    const sql = expand(text, { fromMs, toMs, intervalMs: 60_000 }, { device: ['default-0'], key: ['temperature'] });
    const rows = await asReader(filled, async (client) => (await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(`explain (analyze, format json) ${sql}`)).rows); // prettier-ignore
    const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
    assert.ok(plan !== undefined);
    const found = new Set<string>();
    const visit = (node: PlanNode): void => {
      const rows = (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0);
      if (node['Relation Name'] !== undefined && rows > 0) found.add(node['Relation Name']);
      node.Plans?.forEach(visit);
    };
    visit(plan);
    return [...found].sort();
  }

  const partition = (parent: string, timeMs: number) => `${parent}_${new Date(timeMs).toISOString().slice(0, 10).replaceAll('-', '')}`;
  const CHOSEN = 'device_id in (${device:sqlstring}) and key in (${key:sqlstring})';

  it('of readings look only at the days of the period', async () => {
    const dayMs = Math.floor(filled.nowMs / DAY_MS) * DAY_MS - DAY_MS;
    for (const [view, parent] of [
      ['grafana_telemetry', 'telemetry'],
      ['grafana_telemetry_text', 'telemetry_text'],
    ] as const) {
      const key = view === 'grafana_telemetry' ? 'temperature' : 'mode';
      const text = `select count(*) from ${view} where $__timeFilter(time) and device_id in (\${device:sqlstring}) and key = '${key}'`;
      const tables = await readTables(text, dayMs, dayMs + DAY_MS - 1);
      assert.deepEqual(tables.filter((name) => name.startsWith('telemetry')), [partition(parent, dayMs)]); // prettier-ignore
    }
  });

  it('of minutes take rolled-up days from the roll-up alone', async () => {
    const dayMs = Math.floor(filled.nowMs / DAY_MS) * DAY_MS - DAY_MS;
    const text = `select sum(n) from grafana_telemetry_minutes where $__timeFilter(time) and ${CHOSEN}`;
    const tables = await readTables(text, dayMs, dayMs + DAY_MS - 1);
    assert.deepEqual(tables.filter((name) => name.startsWith('telemetry')), [partition('telemetry_1m', dayMs)]); // prettier-ignore
  });

  it('of minutes and of readings count every reading once', async () => {
    const counts = await asReader(filled, async (client) => {
      const from = new Date(filled.nowMs - 3 * DAY_MS);
      const { rows } = await client.query<{ minutes: string; readings: string; rolledUp: string }>(
        `select (select sum(n) from grafana_telemetry_minutes where time >= $1) as minutes, (select count(*) from grafana_telemetry where time >= $1) as readings,
                (select count(*) from grafana_telemetry_minutes where time >= $1 and n > 1) as "rolledUp"`,
        [from],
      );
      return rows[0];
    });
    assert.ok(Number(counts?.rolledUp) > 1_000);
    assert.ok(Number(counts?.readings) > 8_000);
    assert.equal(counts?.minutes, counts?.readings);
  });

  it('of minutes show single readings while nothing is rolled up yet', async () => {
    await filled.database.db.system.query('delete from rollup_state');
    const counts = await asReader(filled, async (client) => {
      const { rows } = await client.query<{ minutes: string; readings: string }>(
        `select (select sum(n) from grafana_telemetry_minutes) as minutes, (select count(*) from grafana_telemetry) as readings`,
      );
      return rows[0];
    });
    assert.ok(Number(counts?.readings) > 8_000);
    assert.equal(counts?.minutes, counts?.readings);
  });
});
