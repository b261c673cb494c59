import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { ApiClient, startPlatform } from '../../test/support/platform.ts';
import type { RunningPlatform } from '../../test/support/platform.ts';
import { submitLogin, visit, waitUntilLive } from '../../test/dashboard/support.ts';
import { createDevices } from '../api/seed.ts';
import { startDatabase } from '../rules/bench-database.ts';
import { drive } from '../rules/load.ts';

/** How much of what; see `npm run bench:dashboard`. */
export interface WallOptions {
  /** How long the dashboard is watched, seconds. */
  watchSeconds: number;
  /** Messages a second to each of the 60 devices; each has four values, and all of them change. */
  messagesPerDevice: number;
}

const TABLES = 12;
const DEVICES_A_TABLE = 5;
const KEYS = ['temperature', 'humidity', 'pressure', 'sent_ms'] as const;
/** How often memory is read while the dashboard is watched. */
const SAMPLES = 10;
const WARM_UP_MS = 10_000;

/** Counts what changes within the cells of values, each text once, and the frames. */
const WATCH = `(() => {
  const seen = { changes: 0, frames: 0 };
  const isValue = ({ target }) => (target.nodeType === 1 ? target : target.parentElement)?.closest('td[data-key]') != null;
  new MutationObserver((changes) => { seen.changes += changes.filter(isValue).length; })
    .observe(document.body, { subtree: true, characterData: true, childList: true });
  const frame = () => { seen.frames += 1; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  globalThis.benchSeen = seen;
})()`;

interface Sample {
  atSeconds: number;
  heapMiB: number;
  nodes: number;
  listeners: number;
  changes: number;
  frames: number;
}

/** A dashboard of tables with 240 values that all change several times a second: how many change, how smoothly, and whether memory stays flat. */
export async function measureWall(browserOf: () => Promise<Browser>, options: WallOptions): Promise<void> {
  const database = await startDatabase();
  try {
    const devices = await createDevices(database, TABLES * DEVICES_A_TABLE);
    const platform = await startPlatform({ env: { DATABASE_URL: database.url, LOG_LEVEL: 'warn' } });
    const browser = await browserOf();
    try {
      const board = await makeBoard(
        platform,
        devices.map(({ id }) => id),
      );
      const seconds = options.watchSeconds + WARM_UP_MS / 1_000 + 15;
      const driving = drive({
        ...{ port: platform.mqttPort, seconds, window: 1, rate: options.messagesPerDevice * devices.length, stamped: true },
        clients: devices.map(({ id, key }) => ({ id, username: id, password: key, topic: `insa/devices/${id}/telemetry` })),
      });
      const opened = await visit(browser, platform, `/login?next=/dashboards/${board}`, { viewport: { width: 2_560, height: 1_440 } });
      await submitLogin(opened.page, platform.adminUsername, platform.adminPassword);
      await waitUntilLive(opened.page);
      await opened.page.locator('td[data-key]').nth(239).waitFor();
      tell(await watch(opened.page, options.watchSeconds));
      await opened.close();
      await driving;
    } finally {
      await browser.close();
      await platform.dispose();
    }
  } finally {
    await database.remove();
  }
}

/** Tables side by side, each with its own devices; answers the id of the dashboard. */
async function makeBoard(platform: RunningPlatform, ids: readonly string[]): Promise<string> {
  const tables = Array.from({ length: TABLES }, (_, table) => ({
    id: `table-${String(table)}`,
    type: 'table',
    title: `Hall ${String(table + 1)}`,
    series: ids.slice(table * DEVICES_A_TABLE, (table + 1) * DEVICES_A_TABLE).flatMap((id) => KEYS.map((key) => ({ device_id: id, key }))),
  }));
  const layout = Object.fromEntries(tables.map(({ id }, table) => [id, { x: (table % 4) * 3, y: Math.floor(table / 4) * 6, w: 3, h: 6 }]));
  const admin = await ApiClient.login(platform);
  const made = await admin.call('POST', '/dashboards', { name: 'Wall', widgets: tables, layout });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return String(made.body['id']);
}

async function watch(page: Page, watchSeconds: number): Promise<Sample[]> {
  await delay(WARM_UP_MS);
  await page.evaluate(WATCH);
  const startedAt = performance.now();
  const samples = [await sample(page, startedAt)];
  for (let next = 1; next <= SAMPLES; next += 1) {
    await delay(Math.max(0, startedAt + (next * watchSeconds * 1_000) / SAMPLES - performance.now()));
    samples.push(await sample(page, startedAt));
  }
  return samples;
}

/** What the page holds now, after collecting garbage, and what it has counted. */
async function sample(page: Page, startedAt: number): Promise<Sample> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
  await session.detach();
  const seen = await page.evaluate<{ changes: number; frames: number }>('({ ...globalThis.benchSeen })');
  return { atSeconds: (performance.now() - startedAt) / 1_000, heapMiB: usedSize / 1_048_576, nodes, listeners: jsEventListeners, ...seen };
}

function tell(samples: readonly Sample[]): void {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return;
  const seconds = last.atSeconds - first.atSeconds;
  const changes = (last.changes - first.changes) / seconds;
  const frames = (last.frames - first.frames) / seconds;
  console.log(
    `a dashboard with 240 values for ${seconds.toFixed(0)} s: ${changes.toFixed(0)} changed texts a second (goal 1000: ${held(changes >= 1_000)}), ` +
      `${frames.toFixed(0)} frames a second (goal 30: ${held(frames >= 30)})`,
  );
  const list = (of: (one: Sample) => number, digits: number): string => samples.map((one) => of(one).toFixed(digits)).join(', ');
  console.log(`  heap after collecting garbage, MiB, every ${(seconds / SAMPLES).toFixed(0)} s: ${list(({ heapMiB }) => heapMiB, 1)}`);
  console.log(`  nodes of the page: ${list(({ nodes }) => nodes, 0)}; listeners: ${list(({ listeners }) => listeners, 0)}`);
}

function held(isHeld: boolean): string {
  return isHeld ? 'held' : 'missed';
}
