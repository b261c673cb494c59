import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { ApiClient, startPlatform } from '../../test/support/platform.ts';
import { submitLogin, visit, waitUntilLive } from '../../test/dashboard/support.ts';
import { createDevices } from '../api/seed.ts';
import { startDatabase } from '../rules/bench-database.ts';
import { quantile } from '../rules/row.ts';

/** How large the plant is. */
export interface LargePlantOptions {
  devices: number;
  seriesEach: number;
}

const DEVICES_AT_ONCE = 100;
const WATCH_MS = 10_000;
const ROUNDS = 3;
const FRAMES = `(() => {
  globalThis.benchFrames = [];
  let last = performance.now();
  const frame = (now) => { globalThis.benchFrames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
})()`;

/** The overview of a plant with thousands of devices: when it can be used, and whether it stays smooth while they send. Prints a line for each. */
export async function measureLargePlant(
  browserOf: () => Promise<Browser>,
  { devices: count, seriesEach }: LargePlantOptions,
): Promise<void> {
  const database = await startDatabase();
  try {
    const devices = await createDevices(database, count);
    const platform = await startPlatform({ env: { DATABASE_URL: database.url, LOG_LEVEL: 'warn' } });
    const browser = await browserOf();
    try {
      const admin = await ApiClient.login(platform);
      const issued = await admin.call('POST', '/api-keys', { name: 'bench', kind: 'program', permissions: ['telemetry:write'] });
      const sender = ApiClient.withToken(platform, '').withKey(String(issued.body['key']));
      const ids = devices.map(({ id }) => id);
      const send = (from: number): Promise<unknown> =>
        sender.call(
          'POST',
          '/telemetry',
          ids.slice(from, from + DEVICES_AT_ONCE).map((id) => ({ device_id: id, data: values(seriesEach) })),
        );
      for (let from = 0; from < count; from += DEVICES_AT_ONCE) await send(from);
      const opened = await visit(browser, platform, '/');
      const { page } = opened;
      const times: { values: number; live: number; requests: number }[] = [];
      let requests = 0;
      page.on('request', () => (requests += 1));
      await submitLogin(page, platform.adminUsername, platform.adminPassword);
      for (let round = 0; round < ROUNDS; round += 1) {
        if (round > 0) await page.reload({ waitUntil: 'commit' });
        requests = 0;
        const startedAt = performance.now();
        await page.locator('[data-testid=value]').first().waitFor({ timeout: 120_000 });
        const shownAfter = performance.now() - startedAt;
        await waitUntilLive(page);
        times.push({ values: shownAfter, live: performance.now() - startedAt, requests });
      }
      console.log(
        `${String(count)} devices with ${String(seriesEach)} series each: values on the overview after ${times.map((one) => one.values.toFixed(0)).join(', ')} ms, ` +
          `live after ${times.map((one) => one.live.toFixed(0)).join(', ')} ms, ${times.map((one) => one.requests).join(', ')} requests`,
      );
      await watch(page, send, count);
      await opened.close();
    } finally {
      await browser.close();
      await platform.dispose();
    }
  } finally {
    await database.remove();
  }
}

async function watch(page: Page, send: (from: number) => Promise<unknown>, count: number): Promise<void> {
  await page.evaluate(FRAMES);
  const endsAt = performance.now() + WATCH_MS;
  let messages = 0;
  for (let from = 0; performance.now() < endsAt; from = (from + DEVICES_AT_ONCE) % count) {
    await send(from);
    messages += DEVICES_AT_ONCE;
    await delay(100);
  }
  const frames = await page.evaluate<number[]>('globalThis.benchFrames');
  const startedAt = performance.now();
  await page.getByRole('button', { name: 'Go to page 2' }).click();
  await page.locator('[data-device="bench-0030"] [data-testid=value]').first().waitFor();
  console.log(
    `while ${((messages * 1_000) / WATCH_MS).toFixed(0)} devices a second send: ${((frames.length * 1_000) / WATCH_MS).toFixed(0)} frames a second, ` +
      `longest pause ${Math.max(...frames).toFixed(0)} ms, p99 ${quantile(frames, 0.99).toFixed(0)} ms; next page of devices with values after ` +
      `${(performance.now() - startedAt).toFixed(0)} ms`,
  );
}

function values(seriesEach: number): Record<string, number> {
  return Object.fromEntries(
    Array.from({ length: seriesEach }, (_, n) => [`value_${String(n + 1)}`, Math.round(Math.random() * 1_000) / 10]),
  );
}
