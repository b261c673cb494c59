import assert from 'node:assert/strict';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { PATIENCE_MS } from '../support/patience.ts';
import { eventually } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The screens the page is made for. */
export const SCREENS = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
} as const satisfies Record<string, BrowserContextOptions>;

export type ScreenName = keyof typeof SCREENS;

/** Chromium of the system, without a window. */
export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
}

/** A page of its own (no cookies, nothing kept), and everything it did that it should not have. */
export interface Visit {
  page: Page;
  /** Errors of the page's scripts, dialogs, and requests to anywhere but the platform. */
  complaints: string[];
  /** Addresses of the scripts that were loaded. */
  scripts: string[];
  close(): Promise<void>;
}

/** Opens `path` of the platform; as somebody who knows the tour, unless `tour` says otherwise. */
export async function visit(
  browser: Browser,
  platform: RunningPlatform,
  path: string,
  { tour = false, ...options }: BrowserContextOptions & { tour?: boolean } = {},
): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-US', colorScheme: 'light', ...SCREENS.desktop, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  if (!tour) await context.addInitScript("localStorage.setItem('insa.tour-seen', 'everybody')");
  const page = await context.newPage();
  const complaints: string[] = [];
  const scripts: string[] = [];
  page.on('pageerror', (error) => complaints.push(`script error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    const { origin, pathname, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== platform.httpUrl) complaints.push(`request to ${request.url()}`);
    if (pathname.endsWith('.js')) scripts.push(request.url());
  });
  await page.goto(platform.httpUrl + path);
  const close = async (): Promise<void> => {
    // A request that a test answers itself may be under way, such as one that the page sends every few seconds.
    await Promise.all(context.pages().map((one) => one.unrouteAll({ behavior: 'ignoreErrors' })));
    await context.close();
  };
  return { page, complaints, scripts, close };
}

/** Fills in the login form and sends it. */
export async function submitLogin(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('User name or e-mail').fill(username);
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Opens the overview as the administrator and waits until it is live. */
export async function enter(browser: Browser, platform: RunningPlatform, options: BrowserContextOptions = {}): Promise<Visit> {
  const opened = await visit(browser, platform, '/', options);
  await submitLogin(opened.page, platform.adminUsername, platform.adminPassword);
  await waitUntilLive(opened.page);
  return opened;
}

/** Waits until the page says that it is live, and until its lists are loaded: what happens from then on is new to it. */
export async function waitUntilLive(page: Page): Promise<void> {
  await page.locator('[data-testid=link-state][data-state=live][data-filled=true]').waitFor();
}

/** The row of one value of a device. */
export function valueOf(page: Page, deviceId: string, key: string) {
  return page.locator(`[data-device="${deviceId}"] [data-key="${key}"]`);
}

/** Fails with what is wrong when the page breaks a rule of WCAG 2 A or AA that can be checked by machine. */
export async function assertAccessible(page: Page): Promise<void> {
  // The frame is there before its page, which is loaded on its own; every page has both, as a rule below says.
  for (const part of ['main', 'h1']) await page.locator(part).first().waitFor({ state: 'attached' });
  // A transition that is under way has colours nobody reads; one that was just asked for begins two frames later.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))');
  const isStill = 'document.getAnimations().every((one) => one.playState !== "running" || one.effect.getTiming().iterations === Infinity)';
  await eventually(async () => ((await page.evaluate<boolean>(isStill)) ? true : undefined), 'the page to come to rest');
  await page.evaluate(axe.source);
  const violations = await page.evaluate<{ id: string; nodes: { html: string; failureSummary?: string }[] }[]>(
    "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((result) => result.violations)",
  );
  const told = violations.map(
    ({ id, nodes }) => `${id}:\n${nodes.map((node) => `  ${node.html}\n  ${node.failureSummary ?? ''}`).join('\n')}`,
  );
  assert.deepEqual(told, []);
}
