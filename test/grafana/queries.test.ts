import assert from 'node:assert/strict';
import type pg from 'pg';
import { columnsOf, expand, seriesOf, withVariables } from './plugin.ts';
import type { Choice, View } from './plugin.ts';
import { asReader, dashboards, fillDatabase } from './support.ts';
import type { Dashboard, FilledDatabase, Panel, Target } from './support.ts';

type Answer = pg.QueryResult<Record<string, unknown>>;

/** Every query of every dashboard that asks PostgreSQL, as the reader, in three periods: what the panel needs must come. */
describe('queries of the Grafana dashboards', () => {
  let filled: FilledDatabase;
  let views: Record<string, View>;
  let run: (text: string, view: View, choice: Choice) => Promise<Answer>;
  let close: () => Promise<void>;

  before(async () => {
    filled = await fillDatabase();
    const { nowMs } = filled;
    const toMs = Date.now();
    views = {
      'an hour': { fromMs: nowMs - 3_600_000, toMs, intervalMs: 2_000 },
      'six hours': { fromMs: nowMs - 21_600_000, toMs, intervalMs: 60_000 },
      'two days': { fromMs: nowMs - 172_800_000, toMs, intervalMs: 1_800_000 },
    };
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const session = await new Promise<pg.Client>((resolve, reject) => {
      asReader(filled, async (client) => {
        resolve(client);
        await finished;
      }).catch(reject);
    });
    run = async (text, view, choice) => {
      const sql = expand(text, view, choice);
      try {
        return await session.query<Record<string, unknown>>(sql);
      } catch (error) {
        throw new Error(`${String(error)} in:\n${sql}`, { cause: error });
      }
    };
    close = async () => {
      finish();
      await session.end();
    };
  });
  after(async () => {
    await close();
    await filled.drop();
  });

  /** The choices of each variable, one after the other, as they depend on each other; all of what can be chosen is. */
  async function choose({ templating }: Dashboard, view: View): Promise<Choice> {
    const choice: Record<string, string[]> = {};
    for (const { name, query } of templating.list) {
      const { rows, fields } = await run(query, view, choice);
      const column = fields.some((field) => field.name === '__value') ? '__value' : (fields[0]?.name ?? '');
      choice[name] = rows.map((row) => String(row[column]));
      assert.ok(rows.length > 0, `The variable ${name} has no choice.`);
    }
    return choice;
  }

  const sqlPanels = (dashboard: Dashboard) => dashboard.panels.filter(({ datasource }) => datasource.uid === 'insa-postgres');

  for (const [file, dashboard] of dashboards()) {
    for (const panel of sqlPanels(dashboard)) {
      it(`${file}: "${panel.title}" gets what it needs in every period`, async () => {
        for (const [name, view] of Object.entries(views)) {
          const choice = await choose(dashboard, view);
          const { repeat } = panel;
          const turns = repeat === undefined ? [choice] : (choice[repeat] ?? []).map((value) => ({ ...choice, [repeat]: [value] }));
          assert.ok(turns.length > 0);
          for (const turn of turns) for (const target of panel.targets) await check(panel, target, { view, choice: turn, name });
        }
      });
    }
    for (const { name, target } of dashboard.annotations.list) {
      it(`${file}: the annotation "${name}" has times and a text`, async () => {
        const view = views['six hours'];
        assert.ok(view !== undefined);
        const result = await run(target.rawSql ?? '', view, await choose(dashboard, view));
        assert.ok(result.rows.length > 0);
        assert.deepEqual(columnsOf(result), [
          { name: 'time', type: 'time' },
          { name: 'timeend', type: 'time' },
          { name: 'text', type: 'text' },
          { name: 'tags', type: 'text' },
        ]);
      });
    }
  }

  async function check(panel: Panel, target: Target, { view, choice, name }: { view: View; choice: Choice; name: string }): Promise<void> {
    const where = `${panel.title}, ${name}`;
    const result = await run(target.rawSql ?? '', view, choice);
    assert.ok(result.rows.length > 0, `${where}: no rows`);
    if (target.format === 'time_series') {
      const series = seriesOf(result);
      assert.ok(series.size > 0 && [...series.values()].every((points) => points > 0), where);
    }
    const columns = columnsOf(result);
    for (const { name: column, type } of columns) assert.ok(!type.startsWith('type '), `${where}: ${column} is of ${type}`);
    checkShape(panel, result, where);
    checkOverrides(panel, result, where);
  }

  /** A figure needs one number; a pie and a ranking a text and a number in each row, with texts that differ. */
  function checkShape(panel: Panel, result: Answer, where: string): void {
    const columns = columnsOf(result);
    const types = columns.map(({ type }) => type);
    const names = result.rows.map((row) => row[columns[0]?.name ?? '']);
    switch (panel.type) {
      case 'stat':
        assert.deepEqual([result.rows.length, types], [1, ['number']], where);
        assert.ok(names[0] !== null && Number.isFinite(Number(names[0])), `${where}: ${String(names[0])}`);
        return;
      case 'piechart':
      case 'bargauge':
        assert.deepEqual(types, ['text', 'number'], where);
        if (panel.type === 'piechart') assert.equal(new Set(names).size, names.length, where);
        return;
      default:
    }
  }

  /** Settings for a field that there is not would do nothing, and a link to one would lead nowhere. */
  function checkOverrides(panel: Panel, result: Answer, where: string): void {
    const columns = columnsOf(result).map(({ name }) => name);
    const known = panel.targets.some(({ format }) => format === 'time_series') ? [...columns, ...seriesOf(result).keys()] : columns;
    if (panel.type === 'piechart') known.push(...result.rows.map((row) => String(row[columns[0] ?? ''])));
    for (const { matcher } of panel.fieldConfig.overrides) {
      if (['online', 'offline', 'error', 'unknown', 'critical', 'warning', 'info'].includes(matcher.options)) continue;
      assert.ok(known.includes(matcher.options), `${where}: no field ${matcher.options}`);
    }
    for (const [, field = ''] of JSON.stringify(panel.fieldConfig.overrides).matchAll(/__data\.fields(?:\.(\w+)|\[\\"([^\\]+)\\"\])/g))
      assert.ok(field === '' || columns.includes(field), `${where}: a link names ${field}`);
  }

  it('answer the figures of the reader’s own tenant', async () => {
    const overview = dashboards().get('device-overview.json');
    const view = views['six hours'];
    assert.ok(overview !== undefined && view !== undefined);
    const figures: Record<string, number> = {};
    for (const panel of overview.panels.filter(({ type }) => type === 'stat')) {
      const { rows } = await run(panel.targets[0]?.rawSql ?? '', view, {});
      figures[panel.title] = Number(Object.values(rows[0] ?? {})[0]);
    }
    assert.deepEqual(figures, { Devices: 5, Online: 2, 'Not online': 2, 'Open alerts': 6, Critical: 2, 'Active rules': 3 });
    const alerts = dashboards().get('alerts-and-rules.json');
    const rate = alerts?.panels.find(({ title }) => title === 'Acknowledged')?.targets[0]?.rawSql ?? '';
    const { rows } = await run(rate, view, { severity: ['critical', 'warning', 'info'] });
    assert.ok(Math.abs(Number(rows[0]?.['Acknowledged']) - 6 / 9) < 1e-12);
  });

  it('agree on the mean of a period, from readings and from the roll-up', async () => {
    const panel = dashboards()
      .get('telemetry.json')
      ?.panels.find(({ repeat }) => repeat === 'key');
    const text = panel?.targets[0]?.rawSql ?? '';
    const choice = { device: ['default-0'], key: ['temperature'] };
    // One bucket of an hour, which ends before what is not rolled up yet.
    const fromMs = Math.floor(filled.nowMs / 3_600_000) * 3_600_000 - 3_600_000;
    const hour = { fromMs, toMs: fromMs + 3_599_999, intervalMs: 3_600_000 };
    const rolledUp = await run(text, hour, choice);
    const raw = await run(text.replaceAll('60000', '999999999'), hour, choice);
    assert.equal(rolledUp.rows.length, 1);
    assert.equal(raw.rows.length, 1);
    assert.ok(Math.abs(Number(rolledUp.rows[0]?.['value']) - Number(raw.rows[0]?.['value'])) < 1e-9);
  });

  it('lead to the platform that the reader was made for', async () => {
    for (const [file, dashboard] of dashboards()) {
      if (dashboard.templating.list.length === 0) continue;
      const view = views['an hour'];
      assert.ok(view !== undefined);
      const choice = await choose(dashboard, view);
      assert.deepEqual(choice['platform'], ['https://plant.example.com'], file);
      const link = dashboard.links.find(({ title }) => title === 'Open the platform');
      assert.equal(withVariables(link?.url ?? '', choice), 'https://plant.example.com');
    }
  });
});
