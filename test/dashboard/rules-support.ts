import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { RuleView } from '../../src/contracts/stored-rules.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { launch, SCREENS, submitLogin, visit } from './support.ts';
import type { ScreenName, Visit } from './support.ts';

const PASSWORD = 'a long enough password';

/** A name that is a script where it is not taken for text. */
export const HOSTILE = '<img src=x onerror=alert(1)>';
/** A rule that the pump of the demo plant breaks some times in its generated week. */
export const HOT = {
  name: 'Hot pump',
  rule_type: 'threshold',
  scope: { device_id: 'pump-demo' },
  severity: 'warning',
  conditions: { key: 'temperature', operator: '>', value: 80, clear_value: 75 },
} as const;

/**
 * The whole program with the generated week of the demo plant, a viewer and an operator, for the tests of a suite: starts before them, and
 * takes the pages and the stored rules of each away after it. No page may have complained by then.
 */
export class RulePages {
  private readonly chromiumPath: string;
  private readonly visits: Visit[] = [];
  private running: { platform: RunningPlatform; browser: Browser; api: ApiClient } | undefined;

  constructor(chromiumPath: string) {
    this.chromiumPath = chromiumPath;
  }

  get platform(): RunningPlatform {
    return this.parts.platform;
  }

  get api(): ApiClient {
    return this.parts.api;
  }

  async start(): Promise<void> {
    const browser = await launch(this.chromiumPath);
    const platform = await startPlatform({ env: { DEMO: 'true' } });
    const api = await ApiClient.login(platform);
    this.running = { platform, browser, api };
    for (const role of ['viewer', 'operator']) {
      const body = { username: role, roles: [role], password: PASSWORD, must_change_password: false };
      assert.equal((await api.call('POST', '/users', body)).status, 201);
    }
    const isComplete = async () => {
      const { body } = await api.call('GET', '/devices/pump-demo');
      return (body['metadata'] as Record<string, unknown>)['generated_complete'] === true ? true : undefined;
    };
    await eventually(isComplete, 'the generated week of the demo plant');
  }

  async clear(): Promise<void> {
    for (const opened of this.visits.splice(0)) {
      await opened.close();
      assert.deepEqual(opened.complaints, []);
    }
    for (const { id } of await this.stored()) await this.api.call('DELETE', `/rules/${id}`);
  }

  async stop(): Promise<void> {
    await this.running?.browser.close();
    await this.running?.platform.dispose();
  }

  /** Opens a page as the administrator. */
  open(path: string, screen: ScreenName = 'desktop', colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    return this.openAs(this.platform.adminUsername, path, { ...SCREENS[screen], colorScheme });
  }

  async openAs(username: string, path: string, options: object = {}): Promise<Page> {
    const { platform, browser } = this.parts;
    const opened = await visit(browser, platform, `/login?next=${encodeURIComponent(path)}`, options);
    this.visits.push(opened);
    await submitLogin(opened.page, username, username === platform.adminUsername ? platform.adminPassword : PASSWORD);
    await opened.page.waitForURL((url) => url.pathname === path.split('?')[0]);
    return opened.page;
  }

  async stored(): Promise<RuleView[]> {
    return (await this.api.call('GET', '/rules?origin=stored&limit=100')).body['items'] as RuleView[];
  }

  async create(rule: object): Promise<RuleView> {
    const answer = await this.api.call('POST', '/rules', rule);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body as unknown as RuleView;
  }

  async read(id: string): Promise<RuleView> {
    return (await this.api.call('GET', `/rules/${id}`)).body as unknown as RuleView;
  }

  private get parts() {
    assert.ok(this.running, 'the platform was started');
    return this.running;
  }
}

/** A rule in the list. */
export function row(page: Page, id: string) {
  return page.locator(`[data-rule="${id}"]`);
}

/** A field of the form by its path in the request. */
export function input(page: Page, path: string) {
  return page.locator(`[data-field="${path}"]`).locator('input:not([type=hidden]), textarea:not([aria-hidden])').first();
}

/** Fills a field and leaves it. */
export async function fill(page: Page, path: string, text: string): Promise<void> {
  await input(page, path).fill(text);
  await input(page, path).press('Tab');
}

/** Chooses a word of a field. */
export async function choose(page: Page, path: string, option: string): Promise<void> {
  await page.locator(`[data-field="${path}"]`).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

/** Presses Save. */
export async function save(page: Page): Promise<void> {
  await page.getByTestId('save').click();
}
