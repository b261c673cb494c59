import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { dashboardFiles } from '../../scripts/grafana/files.ts';
import { GRAFANA, dashboards } from './support.ts';
import type { Panel } from './support.ts';

const ROOT = path.join(GRAFANA, '..', '..');

describe('files for Grafana', () => {
  const all = dashboards();

  it('are what their descriptions make; "npm run grafana-dashboards" writes them', async () => {
    const files = await dashboardFiles(ROOT);
    assert.deepEqual(files.map(({ path: file }) => path.basename(file)).sort(), [...all.keys()].sort());
    for (const { path: file, text } of files)
      assert.equal(readFileSync(path.join(ROOT, file), 'utf8').replaceAll('\r\n', '\n'), text, file);
  });

  it('are four dashboards with addresses that stay, that look again every 30 s', () => {
    assert.deepEqual([...all.values()].map(({ uid, title, refresh }) => [uid, title, refresh]).sort(), [
      ['insa-alerts-and-rules', 'Alerts and Rules', '30s'],
      ['insa-device-overview', 'Device Overview', '30s'],
      ['insa-platform-health', 'Platform Health', '30s'],
      ['insa-telemetry', 'Telemetry', '30s'],
    ]);
    for (const { schemaVersion, tags } of all.values()) assert.deepEqual([schemaVersion, tags], [42, ['insa']]);
  });

  for (const [file, { panels }] of all) {
    it(`${file}: panels have titles, explanations and numbers of their own, and lie beside each other`, () => {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
      for (const panel of panels) {
        assert.ok(panel.title.length > 2 && panel.description.length > 10, `${panel.title}: ${panel.description}`);
        assert.ok(panel.gridPos.x + panel.gridPos.w <= 24, panel.title);
        const over = panels.find((other) => other !== panel && overlap(panel, other));
        assert.equal(over, undefined, `${panel.title} lies over ${over?.title ?? ''}`);
        assert.equal(new Set(panel.targets.map(({ refId }) => refId)).size, panel.targets.length, panel.title);
      }
    });
  }

  it('name data sources that are provisioned, of the kind that they are', () => {
    const text = readFileSync(path.join(GRAFANA, 'provisioning', 'datasources', 'insa.yml'), 'utf8');
    const provisioned = [...text.matchAll(/uid: (\S+)\n\s+type: (\S+)/g)].map(([, uid, type]) => `${String(uid)} ${String(type)}`).sort();
    assert.deepEqual(provisioned, ['insa-postgres grafana-postgresql-datasource', 'insa-prometheus prometheus']);
    for (const [file, { panels, annotations }] of all) {
      const sources = [...panels.flatMap((panel) => [panel.datasource, ...panel.targets.map(({ datasource }) => datasource)]), ...annotations.list.map(({ datasource }) => datasource)]; // prettier-ignore
      for (const { uid } of sources) assert.ok(provisioned.some((known) => known.startsWith(`${uid} `)), `${file}: ${uid}`); // prettier-ignore
    }
  });

  it('take every address and secret from variables that the guide explains', () => {
    const guide = readFileSync(path.join(ROOT, 'docs', 'grafana.md'), 'utf8');
    const folder = path.join(GRAFANA, 'provisioning');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yml'));
    assert.equal(files.length, 2);
    const names = files.flatMap((name) => [...readFileSync(path.join(folder, name), 'utf8').matchAll(/\$([A-Z_]+)/g)].map(([, variable]) => String(variable))); // prettier-ignore
    assert.ok(names.length >= 6);
    for (const name of names) assert.ok(guide.includes(`\`${name}\``), name);
    const secrets = files.flatMap((name) => [...readFileSync(path.join(folder, name), 'utf8').matchAll(/(?:password|url|user): (\S+)/g)].map(([, value]) => String(value))); // prettier-ignore
    for (const value of secrets) assert.match(value, /^\$[A-Z_]+$/);
  });

  it('are explained: the guide names every view', () => {
    const guide = readFileSync(path.join(ROOT, 'docs', 'grafana.md'), 'utf8');
    const migration = readFileSync(path.join(ROOT, 'src', 'storage', 'migrations', '0031_grafana_views.sql'), 'utf8');
    const views = [...migration.matchAll(/create view (\w+)/g)].map(([, name]) => String(name));
    assert.equal(views.length, 10);
    for (const name of views) assert.ok(guide.includes(`\`${name}\``), name);
    assert.ok(existsSync(path.join(GRAFANA, 'README.md')));
  });
});

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
