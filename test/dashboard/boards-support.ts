import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { Dashboard } from '../../src/contracts/dashboards.ts';
import { ApiClient, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { launch, submitLogin, visit, waitUntilLive } from './support.ts';
import type { Visit } from './support.ts';

/** The password of everybody that a test makes. */
export const PASSWORD = 'a password only for tests 2';

/** Makes a dashboard over the API. */
export async function makeBoard(api: ApiClient, body: object): Promise<Dashboard> {
  const made = await api.call('POST', '/dashboards', body);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body as unknown as Dashboard;
}

/** A dashboard as the server has it. */
export async function readBoard(api: ApiClient, id: string): Promise<Dashboard> {
  return (await api.call('GET', `/dashboards/${id}`)).body as unknown as Dashboard;
}

/** A person with one role, and a client of the API as that person. */
async function addPerson(platform: RunningPlatform, admin: ApiClient, username: string, role: string): Promise<ApiClient> {
  const made = await admin.call('POST', '/users', { username, roles: [role], password: PASSWORD, must_change_password: false });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return ApiClient.login({ ...platform, adminUsername: username, adminPassword: PASSWORD });
}

/** Opens a page as one person and waits until it is live. */
export async function openAs(
  browser: Browser,
  platform: RunningPlatform,
  who: { username: string; password: string; path: string },
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const opened = await visit(browser, platform, `/login?next=${encodeURIComponent(who.path)}`, options);
  await submitLogin(opened.page, who.username, who.password);
  await opened.page.waitForURL((url) => url.pathname !== '/login');
  await waitUntilLive(opened.page);
  return opened;
}

/** Sends readings of one device over HTTP. */
export async function send(api: ApiClient, deviceId: string, data: Record<string, unknown>, timestamp?: string): Promise<void> {
  const sent = await api.call('POST', '/telemetry', { device_id: deviceId, data, ...(timestamp === undefined ? {} : { timestamp }) });
  assert.ok(sent.status < 300, JSON.stringify(sent.body));
}

/**
 * The library of the editing page sends an event of its own that is called `dragstart`; the driver of the browser would take it for a native
 * drag and wait for its end. Nobody on the page listens to it.
 */
const WITHOUT_OWN_DRAGSTART = `{
  const send = EventTarget.prototype.dispatchEvent;
  EventTarget.prototype.dispatchEvent = function (event) {
    return event instanceof CustomEvent && event.type === 'dragstart' ? true : send.call(this, event);
  };
}`;

/** Drags with the mouse from the middle of one place to another, in steps as a hand would. */
export async function dragBy(page: Page, from: Locator, to: { x: number; y: number }): Promise<void> {
  await page.evaluate(WITHOUT_OWN_DRAGSTART);
  const start = await middleOf(from);
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  for (let step = 1; step <= 12; step += 1) {
    await page.mouse.move(start.x + (to.x * step) / 12, start.y + (to.y * step) / 12);
  }
  await page.mouse.up();
}

/** The middle of what is on the screen. */
export async function middleOf(place: Locator): Promise<{ x: number; y: number }> {
  const box = await place.boundingBox();
  assert.ok(box, 'it is on the screen');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** True when nothing of the page lies beyond its right edge. */
export async function fitsAcross(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth <= document.documentElement.clientWidth');
}

/** The whole program with an engineer (eva), a viewer (vic) and one pump, and pages of it in a real browser. */
export class BoardsFixture {
  private parts: { platform: RunningPlatform; browser: Browser; admin: ApiClient; eva: ApiClient } | undefined;
  private readonly visits: Visit[] = [];

  async start(chromiumPath: string): Promise<void> {
    const browser = await launch(chromiumPath);
    const platform = await startPlatform();
    const admin = await ApiClient.login(platform);
    const eva = await addPerson(platform, admin, 'eva', 'engineer');
    await addPerson(platform, admin, 'vic', 'viewer');
    await eva.createDevice('pump-01');
    await eva.call('PATCH', '/devices/pump-01', { type: 'pump', location: 'Hall A', name: 'Pump 1' });
    await send(eva, 'pump-01', { temperature: { value: 21.5, unit: 'C' }, running: true, mode: 'auto' });
    this.parts = { platform, browser, admin, eva };
  }

  async stop(): Promise<void> {
    await this.parts?.browser.close();
    await this.parts?.platform.dispose();
  }

  /** Closes what a test opened, and fails when a page did what it should not have. */
  async closePages(): Promise<void> {
    for (const opened of this.visits.splice(0)) {
      await opened.close();
      assert.deepEqual(opened.complaints, []);
    }
  }

  get httpUrl(): string {
    return this.running.platform.httpUrl;
  }

  get admin(): ApiClient {
    return this.running.admin;
  }

  get eva(): ApiClient {
    return this.running.eva;
  }

  /** Opens a page as eva, unless somebody else is named. */
  async visit(path: string, options: BrowserContextOptions = {}, username = 'eva'): Promise<Visit> {
    const { browser, platform } = this.running;
    const opened = await openAs(browser, platform, { username, password: PASSWORD, path }, options);
    this.visits.push(opened);
    return opened;
  }

  async open(path: string, options: BrowserContextOptions = {}, username = 'eva'): Promise<Page> {
    return (await this.visit(path, options, username)).page;
  }

  private get running() {
    assert.ok(this.parts, 'it was started');
    return this.parts;
  }
}

/** One widget of the dashboard on the page. */
export function widgetOn(page: Page, id: string): Locator {
  return page.locator(`[data-widget="${id}"]`);
}

/** A widget that shows one quantity. */
export function valueWidget(id: string, deviceId: string, key: string, more: object = {}) {
  return { id, type: 'value', series: [{ device_id: deviceId, key }], ...more };
}

/** A place on the grid. */
export function place(x: number, y: number, w: number, h: number) {
  return { x, y, w, h };
}
