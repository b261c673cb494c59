import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { needsProgram } from '../support/system-programs.ts';
import { startApi } from './support.ts';

describe('the API documents in a browser', () => {
  const executablePath = needsProgram('chromium');

  it('show every route under our own content security policy, from this server alone', async function () {
    this.timeout(60_000);
    const fixture = await startApi();
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      const hosts = new Set<string>();
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('request', (request) => {
        if (request.url().startsWith('http')) hosts.add(new URL(request.url()).origin);
      });
      await page.goto(`${fixture.url}/api/v1/docs`);
      await page.waitForSelector('.opblock');
      assert.equal(await page.locator('.opblock').count(), fixture.api.routes.length);
      await page.locator('.opblock-summary').first().click();
      await page.waitForSelector('.opblock-body');
      assert.deepEqual(problems, []);
      assert.deepEqual([...hosts], [fixture.url]);
    } finally {
      await browser.close();
      await fixture.stop();
    }
  });
});
