import assert from 'node:assert/strict';
import mqtt from 'mqtt';
import type { Browser, Locator, Page } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { launch, SCREENS, submitLogin, visit } from './support.ts';
import type { ScreenName, Visit } from './support.ts';

/** A name that would run a script where it is not shown as text. */
export const HOSTILE = '<img src=x onerror=alert(1)>';
const PASSWORD = 'the password of a test person';

/** Which section is opened, by whom and on what; without a name by the administrator. */
export interface Opened {
  section: string;
  screen?: ScreenName;
  colorScheme?: 'light' | 'dark';
  username?: string;
}

/** The whole program with a browser before it, for the tests of the administration. */
export class AdminFixture {
  readonly platform: RunningPlatform;
  readonly browser: Browser;
  readonly api: ApiClient;
  private readonly visits: Visit[] = [];

  private constructor(parts: { platform: RunningPlatform; browser: Browser; api: ApiClient }) {
    this.platform = parts.platform;
    this.browser = parts.browser;
    this.api = parts.api;
  }

  static async start(chromiumPath: string, env: Readonly<Record<string, string>> = {}): Promise<AdminFixture> {
    const browser = await launch(chromiumPath);
    const platform = await startPlatform({ env });
    return new AdminFixture({ platform, browser, api: await ApiClient.login(platform) });
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.platform.dispose();
  }

  /** Closes what the test opened; fails when a page did something that it should not have. */
  async closeVisits(): Promise<void> {
    for (const opened of this.visits.splice(0)) {
      await opened.close();
      assert.deepEqual(opened.complaints, []);
    }
  }

  /** Sends a request that has to work. */
  async made(method: string, path: string, body: object): Promise<Record<string, unknown>> {
    const answer = await this.api.call(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** One person of each role, `the-viewer` and so on. */
  async makePeople(roles: readonly string[]): Promise<void> {
    for (const role of roles) {
      await this.made('POST', '/users', { username: `the-${role}`, roles: [role], password: PASSWORD, must_change_password: false });
    }
  }

  /** A device of which two messages are refused, and an alert of which nobody can be told. */
  async makeTrouble(): Promise<void> {
    const key = await this.api.createDevice('pump-01');
    const actions = [
      { type: 'email', recipients: ['ops@example.com'] },
      { type: 'webhook', url: 'http://127.0.0.1:9/hook' },
    ];
    const conditions = { key: 't', operator: '>', value: 1 };
    const rule = { name: 'Hot', rule_type: 'threshold', severity: 'critical', device_id: 'pump-01', conditions, actions };
    await this.made('POST', '/rules', rule);
    const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${String(this.platform.mqttPort)}`, {
      username: 'pump-01',
      password: key,
      reconnectOnConnackError: true,
    });
    const topic = 'insa/devices/pump-01/telemetry';
    await device.publishAsync(topic, `{"data": {"${HOSTILE}"`, { qos: 1 });
    await device.publishAsync(topic, JSON.stringify({ data: { t: { value: { nested: true } } } }), { qos: 1 });
    await device.publishAsync(topic, JSON.stringify({ data: { t: 5 } }), { qos: 1 });
    await device.endAsync(true);
    await eventually(async () => ((await this.failed()).length === 2 ? true : undefined), 'two failed notifications', 30_000);
  }

  /** Signs in on the way to a section. */
  async open({ section, screen = 'desktop', colorScheme = 'light', username }: Opened): Promise<Page> {
    const path = `/administration${section === '' ? '' : `/${section}`}`;
    const looks = { ...SCREENS[screen], colorScheme };
    const opened = await visit(this.browser, this.platform, `/login?next=${encodeURIComponent(path)}`, looks);
    this.visits.push(opened);
    const { adminUsername, adminPassword } = this.platform;
    await submitLogin(opened.page, username ?? adminUsername, username === undefined ? adminPassword : PASSWORD);
    await opened.page.locator('h1').first().waitFor();
    return opened.page;
  }

  /** The notifications that failed. */
  async failed(): Promise<unknown[]> {
    return (await this.api.call('GET', '/notifications?status=failed')).body['items'] as unknown[];
  }

  async statusOfLogin(username: string, password: string): Promise<number> {
    return (await new ApiClient(this.platform).call('POST', '/auth/login', { username, password })).status;
  }
}

/** Chooses an action of the menu of a row. */
export async function act(row: Locator, action: string): Promise<void> {
  await row.getByTestId('row-menu').click();
  await row.page().locator(`[data-action=${action}]`).click();
}

/** Chooses an option of the field with this label; `scope` is a page or a part of it. */
export async function choose(scope: Page | Locator, label: string, option: string): Promise<void> {
  const page = 'page' in scope ? scope.page() : scope;
  const field = scope.locator('.v-select').filter({ has: page.locator('label', { hasText: new RegExp(`^${label}$`) }) });
  await field.click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

/** Agrees to what is asked, and waits until it is done. */
export async function confirm(page: Page): Promise<void> {
  await page.getByTestId('confirm').click();
  await page.getByTestId('confirm').waitFor({ state: 'detached' });
}

/** The secret that is shown once; it is gone afterwards. */
export async function secretOf(page: Page): Promise<string> {
  const shown = page.getByTestId('secret');
  const secret = await shown.locator('pre').innerText();
  await page.keyboard.press('Escape');
  assert.ok(await shown.isVisible(), 'only the button closes it');
  await page.getByTestId('secret-kept').click();
  await shown.waitFor({ state: 'detached' });
  assert.ok(!(await page.content()).includes(secret));
  return secret;
}
