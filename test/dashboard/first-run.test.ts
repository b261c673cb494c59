import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { assertAccessible, launch, SCREENS, submitLogin, visit, waitUntilLive } from './support.ts';

/** What a person sees who has just installed the platform. */
describe('the first visit to a new installation', () => {
  const chromiumPath = needsProgram('chromium');
  const password = 'a sentence of my own';
  let platform: RunningPlatform;
  let browser: Browser;

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform({ env: { DEMO: 'true', ADMIN_PASSWORD: '' } });
  });

  after(async () => {
    await browser.close();
    await platform.dispose();
  });

  it('asks for a password of one own, then shows the demo plant, which one click removes', async () => {
    const generated = /Password +(\S+)/.exec(platform.output())?.[1];
    assert.ok(generated, 'the generated password is printed');
    const { page, complaints, close } = await visit(browser, platform, '/', SCREENS.desktop);
    await submitLogin(page, 'admin', generated);
    await page.waitForURL('**/password**');
    await assertAccessible(page);
    await page.getByLabel('Current password').fill(generated);
    await page.getByLabel('New password', { exact: true }).fill('short');
    await page.getByText('5 of 12 characters').waitFor();
    await page.getByLabel('New password', { exact: true }).fill(password);
    await page.getByLabel('New password again').fill(password);
    await page.getByRole('button', { name: 'Change password' }).click();
    await waitUntilLive(page);
    const values = page.locator('[data-device] [data-testid=value]');
    await values.first().waitFor();
    await eventually(async () => ((await page.locator('[data-device]').count()) === 3 ? true : undefined), 'three machines');
    const shown = async (): Promise<string> => (await values.allInnerTexts()).join(' ');
    const before = await shown();
    await eventually(async () => ((await shown()) === before ? undefined : true), 'other values on the screen');
    await page.getByTestId('remove-demo').click();
    await page.getByTestId('confirm-remove-demo').waitFor();
    await assertAccessible(page);
    await page.getByTestId('confirm-remove-demo').click();
    await page.getByTestId('first-device').waitFor();
    await close();
    assert.deepEqual(complaints, []);
  });
});
