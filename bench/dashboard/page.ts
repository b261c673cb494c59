import { gzipSync } from 'node:zlib';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import { eventually, startPlatform } from '../../test/support/platform.ts';
import type { RunningPlatform } from '../../test/support/platform.ts';
import { launch, submitLogin, valueOf, visit, waitUntilLive } from '../../test/dashboard/support.ts';
import { createDevices } from '../api/seed.ts';
import type { BenchDevice } from '../api/seed.ts';
import { startDatabase } from '../rules/bench-database.ts';
import { drive } from '../rules/load.ts';
import { quantile } from '../rules/row.ts';

/** How much of what; see `npm run bench:dashboard`. */
export interface PageOptions {
  /** Messages a second to each of the 24 devices on the screen; each has four values. */
  messagesPerDevice: number;
  /** How long values are watched, seconds. */
  watchSeconds: number;
  /** How many readings are followed to the screen. */
  samples: number;
}

/** As many as the overview shows on one page. */
const DEVICES = 24;
const PIXEL_KEY = 'pixel';
const FIRST_PIXEL = 1_000_000;
/** What the page counts by itself, in its own time. */
const WATCH = `(() => {
  const seen = { changes: 0, frames: 0, shownAt: {} };
  new MutationObserver((changes) => { seen.changes += changes.length; }).observe(document.body, { subtree: true, characterData: true, childList: true });
  const target = document.querySelector('[data-key="${PIXEL_KEY}"] [data-testid=value]');
  new MutationObserver(() => {
    const text = target.textContent.replace(/\\D/g, '');
    requestAnimationFrame(() => { seen.shownAt[text] ??= performance.timeOrigin + performance.now(); });
  }).observe(target, { subtree: true, characterData: true, childList: true });
  const frame = () => { seen.frames += 1; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  globalThis.benchSeen = seen;
})()`;

interface Seen {
  changes: number;
  frames: number;
  shownAt: Record<string, number>;
}

/** What a person at a browser gets: the first load, many values a second, and from PUBLISH to pixel. Prints a line for each. */
export async function measurePage(browserOf: () => Promise<Browser>, options: PageOptions): Promise<void> {
  const database = await startDatabase();
  try {
    const devices = await createDevices(database, DEVICES);
    const platform = await startPlatform({ env: { DATABASE_URL: database.url, LOG_LEVEL: 'warn' } });
    const browser = await browserOf();
    try {
      await load(platform, devices, options.messagesPerDevice, 3);
      await measureFirstLoad(browser, platform);
      await measureWatching(browser, platform, devices, options);
    } finally {
      await browser.close();
      await platform.dispose();
    }
  } finally {
    await database.remove();
  }
}

/** A browser that has to run for the bench. */
export function chromium(path: string): () => Promise<Browser> {
  return () => launch(path);
}

function load({ mqttPort }: RunningPlatform, devices: readonly BenchDevice[], perDevice: number, seconds: number) {
  return drive({
    ...{ port: mqttPort, seconds, window: 1, rate: perDevice * devices.length, stamped: true },
    clients: devices.map(({ id, key }) => ({ id, username: id, password: key, topic: `insa/devices/${id}/telemetry` })),
  });
}

async function measureFirstLoad(browser: Browser, platform: RunningPlatform): Promise<void> {
  const first = await visit(browser, platform, '/');
  const { page, scripts } = first;
  await page.getByLabel('User name or e-mail').waitFor();
  await submitLogin(page, platform.adminUsername, platform.adminPassword);
  await waitUntilLive(page);
  const tokens = await page.context().storageState();
  await first.close();
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const context = await browser.newContext({ storageState: tokens });
    const again = await context.newPage();
    const startedAt = performance.now();
    await again.goto(`${platform.httpUrl}/`);
    await again.locator('[data-testid=value]').first().waitFor();
    await waitUntilLive(again);
    times.push(performance.now() - startedAt);
    Object.assign(tokens, await context.storageState());
    await context.close();
  }
  const bytes = await Promise.all(
    [...new Set(scripts)].map(async (url) => gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer())).length),
  );
  const kilobytes = bytes.reduce((sum, one) => sum + one, 0) / 1_000;
  const usable = quantile(times, 0.5);
  console.log(
    `first load: ${kilobytes.toFixed(0)} KB of compressed scripts, chart included (goal before the first chart 300 KB: ${held(kilobytes < 300)}); ` +
      `live values after ${times.map((ms) => ms.toFixed(0)).join(', ')} ms with an empty cache (goal 2000 ms: ${held(usable < 2_000)})`,
  );
}

async function measureWatching(
  browser: Browser,
  platform: RunningPlatform,
  devices: readonly BenchDevice[],
  options: PageOptions,
): Promise<void> {
  const [first, ...others] = devices;
  if (first === undefined) return;
  const pixel = await pixelSender(platform, first);
  await pixel.send(FIRST_PIXEL);
  const opened = await visit(browser, platform, '/');
  const { page } = opened;
  await submitLogin(page, platform.adminUsername, platform.adminPassword);
  await waitUntilLive(page);
  await valueOf(page, first.id, PIXEL_KEY).waitFor();
  await page.evaluate(WATCH);
  const heapBefore = await heapMiB(page);
  const driving = load(platform, others, options.messagesPerDevice, options.watchSeconds + 4);
  await delay(3_000);
  const before = await seenBy(page);
  const startedAt = performance.now();
  const sentAt = await sendPixels(pixel.send, options);
  const after = await seenBy(page);
  const seconds = (performance.now() - startedAt) / 1_000;
  await driving;
  const last = String(FIRST_PIXEL + options.samples);
  await eventually(async () => ((await seenBy(page)).shownAt[last] === undefined ? undefined : true), 'the last reading on the screen');
  const { shownAt } = await seenBy(page);
  const heapAfter = await heapMiB(page);
  await opened.close();
  await pixel.end();
  const framesPerSecond = (after.frames - before.frames) / seconds;
  console.log(
    `watching for ${seconds.toFixed(0)} s: ${((after.changes - before.changes) / seconds).toFixed(0)} changed texts a second, ` +
      `${framesPerSecond.toFixed(0)} frames a second (goal 30: ${held(framesPerSecond >= 30)}), ` +
      `heap ${heapBefore.toFixed(1)} MiB before and ${heapAfter.toFixed(1)} MiB after`,
  );
  tellPixels(
    [...sentAt].flatMap(([value, at]) => (shownAt[value] === undefined ? [] : [shownAt[value] - at])),
    options.samples,
  );
}

/** Sends readings that can be told apart on the screen. */
async function pixelSender({ mqttPort }: RunningPlatform, { id, key }: BenchDevice) {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(mqttPort)}`, { clientId: 'pixel', username: id, password: key });
  const topic = `insa/devices/${id}/telemetry`;
  return {
    send: (value: number) => client.publishAsync(topic, JSON.stringify({ [PIXEL_KEY]: value }), { qos: 1 }),
    end: () => client.endAsync(),
  };
}

/** Answers when each value was sent, epoch milliseconds. */
async function sendPixels(send: (value: number) => Promise<unknown>, options: PageOptions): Promise<Map<string, number>> {
  const sentAt = new Map<string, number>();
  const everyMs = (options.watchSeconds * 1_000) / options.samples;
  for (let sample = 1; sample <= options.samples; sample += 1) {
    sentAt.set(String(FIRST_PIXEL + sample), performance.timeOrigin + performance.now());
    void send(FIRST_PIXEL + sample);
    // Not in step with any beat.
    await delay(everyMs - 20 + ((sample * 37) % 40));
  }
  return sentAt;
}

function tellPixels(latencies: readonly number[], samples: number): void {
  const p95 = quantile(latencies, 0.95);
  console.log(
    `PUBLISH to pixel, ${String(latencies.length)} of ${String(samples)} readings seen: p50 ${quantile(latencies, 0.5).toFixed(0)}, ` +
      `p95 ${p95.toFixed(0)}, longest ${quantile(latencies, 1).toFixed(0)} ms (goal p95 250 ms: ${held(p95 < 250)})`,
  );
}

function seenBy(page: Page): Promise<Seen> {
  return page.evaluate<Seen>('globalThis.benchSeen');
}

/** What scripts hold, after collecting garbage. */
async function heapMiB(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1_048_576;
}

function held(isHeld: boolean): string {
  return isHeld ? 'held' : 'missed';
}
