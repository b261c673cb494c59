import assert from 'node:assert/strict';
import type { Browser, Locator, Page } from 'playwright-core';
import { EditorClient } from '../support/editor.ts';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { launch, SCREENS, submitLogin, visit } from './support.ts';
import type { Visit } from './support.ts';

const RULE = { name: '', deviceId: '', deviceType: '', location: '', severity: 'warning', message: '', configVersion: 1 };

/** The dialogs of rule nodes in the editor, in a real browser on the whole program. */
describe('the dialogs of rule nodes', () => {
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let visited: Visit;
  let page: Page;

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform();
    await (await ApiClient.login(platform)).createDevice('boiler-01');
    const editor = await EditorClient.login(platform);
    const { flows } = await editor.flows();
    const place = { z: 'insa-main', x: 500, wires: [[], []] };
    await editor.fullDeploy([
      ...flows,
      {
        ...RULE,
        ...place,
        y: 380,
        id: 'schedule',
        type: 'iiot-schedule-rule',
        schedule: '0 6 * * *',
        timezone: '',
        check: 'device_offline',
      },
      {
        ...RULE,
        ...place,
        y: 440,
        id: 'comparison',
        type: 'iiot-comparison-rule',
        key: 'supply',
        operator: '>',
        rightKey: '',
        rightDeviceId: '',
      },
    ]);
    visited = await visit(browser, platform, '/editor/', { ...SCREENS.desktop, timezoneId: 'Europe/Berlin' });
    page = visited.page;
    await submitLogin(page, platform.adminUsername, platform.adminPassword);
    await page.locator('.red-ui-flow-node').first().waitFor();
  });

  after(async () => {
    await visited.close();
    await browser.close();
    await platform.dispose();
  });

  const open = async (id: string): Promise<void> => {
    await page.evaluate(`RED.editor.edit(RED.nodes.node('${id}'))`);
    await page.locator('#insa-rule-summary').waitFor();
  };
  const close = async (): Promise<void> => {
    await page.locator('#node-dialog-cancel').click();
    await page.locator('#insa-rule-summary').waitFor({ state: 'detached' });
  };
  const field = (name: string): Locator => page.locator(`#node-input-${name}`);
  const says = (text: string | RegExp): Promise<void> => page.locator('#dialog-form').getByText(text).waitFor();

  it('show when a schedule is due next, by the clock of its time zone', async () => {
    await open('schedule');
    assert.equal(await field('timezone').inputValue(), 'Europe/Berlin');
    const next = page.locator('#insa-rule-next');
    await next.getByText(/^(\w{3} \d{1,2} \w+ 06:00( · )?){3}$/).waitFor();
    await page.getByRole('button', { name: 'workdays 06:00' }).click();
    assert.equal(await field('schedule').inputValue(), '0 6 * * mon-fri');
    await next.filter({ hasText: '06:00', hasNotText: /Sat|Sun/ }).waitFor();
    await field('schedule').fill('0 25 * * *');
    await says(/The schedule "0 25 \* \* \*" is not a cron expression/);
    await next.waitFor({ state: 'hidden' });
    await close();
  });

  it('show the fields that the check of a schedule needs, and no others', async () => {
    await open('schedule');
    const shown = async (): Promise<string[]> => {
      const names: string[] = [];
      for (const name of ['offlineSeconds', 'key', 'seconds']) if (await field(name).isVisible()) names.push(name);
      return names;
    };
    const showing = (names: string) => eventually(async () => (await shown()).join() === names || undefined, `the fields "${names}" alone`);
    await showing('offlineSeconds');
    await field('check').selectOption('no_data');
    await showing('key,seconds');
    await says('The check "no_data" needs the key whose readings are missed; enter one.');
    await field('check').selectOption('always');
    await showing('');
    await says(/^Looks daily at 06:00 \(Europe\/Berlin\) and raises a warning alert for any device each time/);
    await close();
  });

  it('warn of a device that is not registered and say the rule in words; what few need is folded away', async () => {
    await open('comparison');
    await field('rightKey').fill('return');
    await field('rightDeviceId').fill('boiler-77');
    await says('The device "boiler-77" is not registered; choose one of the registered devices or create it first.');
    await says(/^Raises a warning alert when supply of any device is above return of boiler-77\./);
    await field('rightDeviceId').fill('boiler-01');
    await says(/is above return of boiler-01\./);
    await eventually(async () => (await page.locator('.insa-warning').allInnerTexts()).join('') === '' || undefined, 'no warning');
    assert.equal(await field('cooldownSeconds').isVisible(), false);
    await page.locator('.insa-rule-more summary').click();
    await field('cooldownSeconds').fill('-1');
    await says(/The cooldown -1 is too small/);
    assert.deepEqual(visited.complaints, []);
    await close();
  });
});
