import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { ApiClient, eventually, startPlatform } from '../support/platform.ts';
import type { RunningPlatform } from '../support/platform.ts';
import { needsProgram } from '../support/system-programs.ts';
import { makeBoard, openAs, place, send } from './boards-support.ts';
import { launch } from './support.ts';
import type { Visit } from './support.ts';

/** Of English, what a page of ours would hardly do without: the words of sentences, and those of buttons, headings and columns. */
const ENGLISH = [
  ...[
    'the',
    'and',
    'of',
    'to',
    'with',
    'without',
    'this',
    'that',
    'these',
    'from',
    'is',
    'are',
    'was',
    'were',
    'not',
    'for',
    'by',
    'at',
    'you',
  ],
  ...[
    'your',
    'it',
    'its',
    'has',
    'have',
    'been',
    'when',
    'which',
    'what',
    'who',
    'how',
    'than',
    'then',
    'or',
    'if',
    'in',
    'on',
    'now',
    'only',
  ],
  ...[
    'save',
    'cancel',
    'close',
    'open',
    'new',
    'edit',
    'add',
    'delete',
    'remove',
    'search',
    'find',
    'filter',
    'name',
    'type',
    'location',
    'time',
  ],
  ...[
    'value',
    'values',
    'device',
    'devices',
    'alert',
    'alerts',
    'rule',
    'rules',
    'dashboard',
    'dashboards',
    'overview',
    'loading',
    'reading',
  ],
  ...[
    'readings',
    'unknown',
    'online',
    'warning',
    'critical',
    'severity',
    'back',
    'next',
    'previous',
    'all',
    'none',
    'yes',
    'true',
    'false',
    'page',
  ],
  ...[
    'select',
    'choose',
    'settings',
    'history',
    'chart',
    'table',
    'map',
    'text',
    'status',
    'state',
    'live',
    'key',
    'keys',
    'unit',
    'limit',
    'last',
  ],
  ...[
    'day',
    'days',
    'hour',
    'hours',
    'minute',
    'minutes',
    'week',
    'today',
    'yesterday',
    'export',
    'import',
    'acknowledge',
    'acknowledged',
    'resolve',
  ],
  ...[
    'resolved',
    'active',
    'raised',
    'note',
    'condition',
    'holds',
    'no data',
    'commands',
    'configuration',
    'data',
    'quality',
    'temperature',
    'running',
  ],
];
const ENGLISH_WORD = new RegExp(`(?<![\\p{L}\\d_/.-])(?:${ENGLISH.join('|')})(?![\\p{L}\\d_/-])`, 'giu');
/** A number with a point for its fraction. */
const POINT = /(?<![\d.,])\d+\.\d{1,2}(?![\d.])/g;
/** All that is to be read or heard: what is seen, and the names and hints of what is seen. */
const ALL_TEXTS = `(() => {
  const texts = document.body.innerText.split('\\n');
  for (const one of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
    if (!one.checkVisibility()) continue;
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) texts.push(one.getAttribute(name) ?? '');
  }
  return [...new Set(texts.map((text) => text.trim()).filter((text) => text !== ''))];
})()`;
/** What is there in English because it is no language: names of the flow that the platform brings, and what is to be typed. */
const GIVEN_NAMES = ['High temperature', 'temperature > 80', 'spare=false'];

/** Widgets with analyses. */
const ANALYSES = ['statistics', 'trend', 'timeseries', 'correlation', 'forecast'] as const;

/** The pages of devices, alerts, rules and dashboards as a person in Colombia sees them. */
describe('the pages in Spanish', () => {
  const chromiumPath = needsProgram('chromium');
  let platform: RunningPlatform;
  let browser: Browser;
  let api: ApiClient;
  let visited: Visit;
  let page: Page;
  let alertId: string;
  let ruleId: string;
  let boardId: string;

  before(async () => {
    browser = await launch(chromiumPath);
    platform = await startPlatform();
    api = await ApiClient.login(platform);
    const pump = {
      device_id: 'bomba-01',
      name: 'Bomba 1',
      type: 'bomba',
      location: 'Nave A',
      metadata: { latitude: 4.61, longitude: -74.08 },
    };
    assert.equal((await api.call('POST', '/devices', pump)).status, 201);
    const rule = await api.call('POST', '/rules', {
      ...{
        name: 'Muy caliente',
        rule_type: 'threshold',
        scope: { device_id: 'bomba-01' },
        severity: 'critical',
        message: 'Bomba 1 muy caliente',
      },
      conditions: { key: 'temperatura', operator: '>', value: 80.5 },
    });
    assert.equal(rule.status, 201, JSON.stringify(rule.body));
    ruleId = String(rule.body['id']);
    await send(api, 'bomba-01', { temperatura: { value: 21.5, unit: 'C' }, encendida: true, modo: 'automático' });
    await send(api, 'bomba-01', { temperatura: { value: 91.25, unit: 'C' }, encendida: false });
    alertId = await eventually(async () => {
      const { items } = (await api.call('GET', '/alerts?status=active')).body as unknown as { items: { id: string }[] };
      return items[0]?.id;
    }, 'the alert');
    const types = ['value', 'gauge', 'chart', 'table', 'status', 'map', 'alerts', ...ANALYSES] as const;
    const board = await makeBoard(api, {
      name: 'Tablero de bombas',
      description: 'Todas las bombas',
      widgets: [
        ...types.map((type) => ({ id: type, type, selector: { type: 'bomba' }, keys: ['temperatura', 'encendida', 'modo'] })),
        { id: 'gone', type: 'value', series: [{ device_id: 'bomba-99', key: 'temperatura' }] },
      ],
      layout: Object.fromEntries([...types, 'gone'].map((id, n) => [id, place((n % 2) * 6, Math.floor(n / 2) * 4, 6, 4)])),
    });
    boardId = board.id;
    const who = { username: platform.adminUsername, password: platform.adminPassword };
    visited = await openInSpanish(who);
    page = visited.page;
  });

  after(async () => {
    await visited.close();
    await browser.close();
    await platform.dispose();
    assert.deepEqual(visited.complaints, []);
  });

  /** The login is in Spanish too: it is filled in there before the language is another for the tests. */
  const openInSpanish = async (who: { username: string; password: string }): Promise<Visit> => {
    const opened = await openAs(
      browser,
      platform,
      { ...who, path: '/devices' },
      { timezoneId: 'America/Bogota', viewport: { width: 1440, height: 1_800 } },
    );
    await opened.page.evaluate("localStorage.setItem('insa.language', 'es')");
    await opened.page.reload();
    return opened;
  };
  const foreign = async (): Promise<string[]> => {
    const texts = await page.evaluate<string[]>(ALL_TEXTS);
    return texts.flatMap((text) => {
      const own = GIVEN_NAMES.reduce((rest, name) => rest.replaceAll(name, ''), text);
      const found = [...(own.match(ENGLISH_WORD) ?? []), ...(own.match(POINT) ?? [])];
      return found.length === 0 ? [] : [`${found.join(', ')} in: ${text}`];
    });
  };
  /** Waits until nothing is loading any more, then looks for what is not Spanish. */
  const isSpanish = async (what: string): Promise<void> => {
    await eventually(async () => {
      const texts = (await page.evaluate<string[]>(ALL_TEXTS)).join('\n');
      return /Cargando|Leyendo/.test(texts) ? undefined : true;
    }, `${what} to be loaded`);
    assert.equal(await page.locator('html').getAttribute('lang'), 'es');
    assert.deepEqual(await foreign(), [], what);
    assert.doesNotMatch(await page.title(), ENGLISH_WORD, what);
  };
  const go = async (path: string, heading: string): Promise<void> => {
    await page.goto(platform.httpUrl + path);
    await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
  };

  it('has devices, one by one with all its parts, and what is asked for a new one', async () => {
    await go('/devices', 'Dispositivos');
    await page.getByText('Bomba 1').first().waitFor();
    await isSpanish('the list of devices');
    await page.getByRole('button', { name: 'Nuevo dispositivo' }).first().click();
    await page.getByRole('dialog').waitFor();
    await isSpanish('a new device');
    for (const tab of ['live', 'commands', 'config', 'keys', 'alerts', 'data', 'settings']) {
      await go(`/devices/bomba-01?tab=${tab}`, 'Bomba 1');
      await page.locator(`[data-tab=${tab}][aria-selected=true]`).waitFor();
      if (tab === 'live') await page.getByText('91,25').first().waitFor();
      if (tab === 'data') await page.getByRole('cell', { name: '91,25' }).first().waitFor();
      await isSpanish(`the part ${tab} of a device`);
    }
    for (const panel of ['figures', 'trend', 'series', 'correlation', 'forecast']) {
      await go(`/devices/bomba-01?tab=analysis&panel=${panel}&limit=100&key=temperatura`, 'Bomba 1');
      await page.locator('[data-testid=analysis][data-answered=true]').waitFor();
      await isSpanish(`the analysis ${panel} of a device`);
    }
    await go('/devices/bomba-01?tab=analysis&key=modo', 'Bomba 1');
    await page.getByTestId('is-text').waitFor();
    await isSpanish('an analysis of texts');
  });

  it('has alerts, open and past, and one alert with why there is one', async () => {
    await go('/alerts', 'Alertas');
    await page.locator(`[data-alert="${alertId}"]`).waitFor();
    await isSpanish('open alerts');
    await page.getByTestId('alarm').click();
    await page.getByTestId('alarm-menu').waitFor();
    await isSpanish('the menu of the alarm');
    await go(`/alerts/${alertId}`, 'Bomba 1 muy caliente');
    await page.getByText('80,5', { exact: false }).first().waitFor();
    await isSpanish('an alert');
    await page.getByTestId('resolve').click();
    await page.getByRole('dialog').waitFor();
    await isSpanish('what is asked before an alert is resolved');
  });

  it('has rules, each kind of a new one, one rule, its trying and its versions', async () => {
    await go('/rules', 'Reglas');
    await page.locator(`[data-rule="${ruleId}"]`).getByText('temperatura > 80,5').waitFor();
    await isSpanish('the list of rules');
    await page.getByTestId('open-import').click();
    await page.getByRole('dialog').waitFor();
    await isSpanish('the import of rules');
    await go('/rules/new', 'Nueva regla');
    await page.getByTestId('save').click();
    await page.getByTestId('save-bar').getByText('3', { exact: false }).waitFor();
    await isSpanish('a new rule with what is wrong in it');
    await go(`/rules/${ruleId}`, 'Muy caliente');
    await page.locator('[data-input=temperatura] input').fill('91,25');
    await page.getByTestId('test-run').click();
    await page.locator('[data-decision]').waitFor();
    await isSpanish('a rule that was tried');
    await page.goto(`${platform.httpUrl}/rules/${ruleId}?tab=versions`);
    await page.getByText('admin').first().waitFor();
    await isSpanish('the versions of a rule');
  });

  it('has dashboards, one with all widgets, its editing and its menus', async () => {
    await go('/dashboards', 'Tableros');
    await page.locator(`[data-board="${boardId}"]`).waitFor();
    await isSpanish('the list of dashboards');
    for (const button of ['new', 'import', 'kiosk']) {
      await page.getByTestId(button).click();
      await page.getByRole('dialog').waitFor();
      await isSpanish(`the dialog ${button} of dashboards`);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await go(`/dashboards/${boardId}`, 'Tablero de bombas');
    await page.locator('[data-widget=value]').getByText('91,25').waitFor();
    await page.locator('[data-widget=table]').getByText('falso').waitFor();
    await page.locator('[data-widget=chart] canvas').first().waitFor();
    await isSpanish('a dashboard');
    await page.getByTestId('menu').click();
    await page.getByRole('listitem').first().waitFor();
    await isSpanish('the menu of a dashboard');
    await page.goto(`${platform.httpUrl}/dashboards/${boardId}/edit`);
    await page.locator('[data-cover=value]').waitFor();
    await isSpanish('the editing of a dashboard');
    for (const type of ['value', 'gauge', 'chart', 'table', 'status', 'map', 'alerts', ...ANALYSES]) {
      await page.locator(`[data-cover=${type}]`).press('Enter');
      await page.getByTestId('settings').waitFor();
      await isSpanish(`the settings of the widget ${type}`);
      await page.getByTestId('close-settings').click();
      await page.getByTestId('settings').waitFor({ state: 'detached' });
    }
    await page.goto(`${platform.httpUrl}/dashboards/kiosk?ids=${boardId}`);
    await page.locator('[data-widget=value]').getByText('91,25').waitFor();
    await isSpanish('the wall screen');
  });
});
