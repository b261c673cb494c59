import assert from 'node:assert/strict';
import mqtt from 'mqtt';
import { startPrometheus } from '../metrics/prometheus-process.ts';
import type { RunningPrometheus } from '../metrics/prometheus-process.ts';
import { storedNames, typesOf } from '../metrics/samples.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { dashboards } from './support.ts';
import type { Panel, Target } from './support.ts';

const TOKEN = 'a-token-that-only-tests-have';
/** Grafana takes four scrapes at least; here there is one each second. */
const RATE_INTERVAL = '30s';

interface Series {
  metric: Record<string, string>;
  value?: [number, string];
  values?: [number, string][];
}

/** Every query of the dashboard on Prometheus, asked of a real one that reads a real platform with work to do. */
describe('queries of Platform Health', () => {
  const program = needsProgram('prometheus');
  const panels = dashboards().get('platform-health.json')?.panels ?? [];
  let platform: RunningPlatform;
  let prometheus: RunningPrometheus;
  let api: ApiClient;
  let work: () => Promise<void>;
  let finish: () => Promise<void>;

  before(async () => {
    platform = await startPlatform({ env: { METRICS_TOKEN: TOKEN } });
    prometheus = await startPrometheus(program, { url: platform.httpUrl, token: TOKEN });
    api = await ApiClient.login(platform);
    const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(platform.mqttPort)}`, {
      username: 'pump-01',
      password: await api.createDevice('pump-01'),
    });
    work = async () => {
      await device.publishAsync('insa/devices/pump-01/telemetry', JSON.stringify({ temperature: 20 + Math.random() }), { qos: 1 });
      assert.equal((await api.call('GET', '/devices')).status, 200);
    };
    finish = () => device.endAsync();
  });
  after(async () => {
    await finish();
    await prometheus.stop();
    await platform.dispose();
  });

  async function answerOf(target: Target): Promise<Series[]> {
    const query = (target.expr ?? '').replaceAll('$__rate_interval', RATE_INTERVAL);
    const now = Date.now() / 1_000;
    const range = { query, start: String(now - 60), end: String(now), step: '1' };
    const { result } = (await (target.instant === true ? prometheus.ask('query', { query }) : prometheus.ask('query_range', range))) as {
      result: Series[];
    };
    return result;
  }

  const isFigure = ([, value]: [number, string]): boolean => Number.isFinite(Number(value));
  /** Series that have a figure: a quantile of nothing is NaN, which Grafana shows as no data. */
  const withFigures = (result: Series[]) =>
    result.filter(({ value, values }) => (value === undefined ? (values ?? []).some(isFigure) : isFigure(value)));

  it('are there', () => {
    assert.ok(panels.length >= 20);
    assert.ok(panels.every(({ datasource, targets }) => datasource.uid === 'insa-prometheus' && targets.length > 0));
  });

  for (const panel of panels) {
    it(`"${panel.title}" has figures for every line, under the names that it expects`, async () => {
      for (const target of panel.targets) {
        const answer = async (): Promise<Series[] | undefined> => {
          await work();
          const found = withFigures(await answerOf(target));
          return found.length > 0 ? found : undefined;
        };
        const series = await eventually(answer, `figures of ${target.expr ?? ''}`);
        for (const [, label = ''] of (target.legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g))
          for (const { metric } of series) assert.ok(metric[label] !== undefined, `${panel.title}: no label ${label} in ${JSON.stringify(metric)}`); // prettier-ignore
        if (panel.type === 'stat') assert.equal(series.length, 1, panel.title);
      }
      checkOverrides(panel);
    });
  }

  function checkOverrides({ title, targets, fieldConfig }: Panel): void {
    const names = targets.map(({ legendFormat }) => legendFormat);
    const words = ['online', 'offline', 'error', 'unknown', 'critical', 'warning', 'info'];
    for (const { matcher } of fieldConfig.overrides)
      assert.ok(names.includes(matcher.options) || words.includes(matcher.options), `${title}: nothing is called ${matcher.options}`); // prettier-ignore
  }

  it('name only metrics that the platform has', async () => {
    const response = await fetch(`${platform.httpUrl}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const known = storedNames(typesOf(await response.text()));
    const asked = panels.flatMap(({ targets }) => targets).flatMap(({ expr = '' }) => expr.match(/\b(?:insa|nodejs|process)_\w+/g) ?? []);
    assert.ok(asked.length > 30);
    assert.deepEqual(asked.filter((name) => !known.has(name)), []); // prettier-ignore
  });
});
