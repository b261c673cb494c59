import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { needsProgram } from '../support/system-programs.ts';
import { AlertPlant } from './alert-plant.ts';
import { assertAccessible, waitUntilLive } from './support.ts';

const BOGOTA = { locale: 'es-CO', timezoneId: 'America/Bogota' };

/** What the server says, in a browser of somebody who speaks Spanish and lives five hours behind UTC. */
describe('the words of the server in the web app', function () {
  this.timeout(180_000);
  const chromiumPath = needsProgram('chromium');
  const plant = new AlertPlant();

  before(() => plant.start(chromiumPath));
  afterEach(() => plant.tidy());
  after(() => plant.stop());

  async function enterAt(path: string): Promise<Page> {
    const page = await plant.visit(`/login?next=${encodeURIComponent(path)}`, BOGOTA);
    await page.getByLabel('Usuario o correo electrónico').fill(plant.platform.adminUsername);
    await page.locator('input[type=password]').fill(plant.platform.adminPassword);
    await page.getByRole('button', { name: 'Iniciar sesión' }).click();
    await page.waitForURL((url) => url.pathname === path.split('?')[0]);
    return page;
  }

  /** As a sentence has it: `21 nov 2026, 7:33:39`. */
  function inBogota(iso: string): string {
    const form = { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'America/Bogota' } as const;
    return new Intl.DateTimeFormat('es', form).format(new Date(iso));
  }

  it('tell why there is an alert in Spanish and in the zone of the browser, and in English when that is chosen', async () => {
    const id = await plant.raise('pump-01', 'temperature');
    const { raised_at: raisedAt } = (await plant.api.call('GET', `/alerts/${id}`)).body as { raised_at: string };
    const page = await enterAt(`/alerts/${id}`);
    await waitUntilLive(page);
    const sentence = page.getByTestId('why-sentence');
    await sentence
      .getByText(`El ${inBogota(raisedAt)} «temperature» de «pump-01» era 91,5; la regla pide «temperature» > 80.`, { exact: true })
      .waitFor();
    assert.equal(await sentence.getAttribute('lang'), null, 'it is in the language of the page');
    await page.getByTestId('why').getByText('Paso a paso').click();
    await page
      .getByTestId('why')
      .getByText(`Se abrió con la gravedad «crítica» para el ${inBogota(raisedAt)}`)
      .waitFor();
    await assertAccessible(page);
    await page.getByTestId('user-menu').click();
    await page.getByText('English', { exact: true }).click();
    await sentence.getByText('"temperature" of "pump-01" was 91.5; the rule asks for "temperature" > 80.').waitFor();
  });

  it('tell what a rule would decide in Spanish', async () => {
    const rule = {
      name: 'Caliente',
      rule_type: 'threshold',
      scope: { device_id: 'pump-01' },
      severity: 'warning',
      conditions: { key: 'temperature', operator: '>', value: 80 },
      active: { timezone: 'Asia/Tokyo' },
    };
    const created = await plant.api.call('POST', '/rules', rule);
    assert.equal(created.status, 201, JSON.stringify(created.body));
    const page = await enterAt(`/rules/${String(created.body['id'])}`);
    await page.locator('[data-input=temperature] input').fill('99,5');
    await page.getByTestId('test-run').click();
    const answer = page.getByTestId('test-answer');
    await answer.getByText('El límite es «> 80»: 99,5 > 80. Se cumple.').waitFor();
    await answer
      .getByText(/\(America\/Bogota\) está dentro de las horas de la regla: todos los días, todo el día \(Asia\/Tokyo\)\./)
      .waitFor();
    await page.getByTestId('user-menu').click();
    await page.getByText('English', { exact: true }).click();
    await answer.getByText('The limit is "> 80": 99.5 > 80. This holds.').waitFor();
    assert.equal((await plant.api.call('DELETE', `/rules/${String(created.body['id'])}`)).status, 204);
  });

  it('warn in Spanish, with times of the zone and the page that helps; what is not known stays as the server says it', async () => {
    const at = '2026-03-03T03:00:00.000Z';
    const place = '/administration/notifications?status=failed';
    const details = [
      { code: 'notifications_failed', params: { count: 2, channel: 'email', at }, place, text: '2 notifications failed.' },
      { code: 'tells_nobody', params: { node: { name: 'Hot', tab: 'Plant' }, is: 'rule' }, place: '/editor/', text: 'Nobody is told.' },
      { code: 'of_a_later_server', params: {}, place: null, text: 'Something is the matter.' },
    ];
    const page = await enterAt('/alerts');
    await page.route('**/health', (route) =>
      route.fulfill({ json: { status: 'degraded', warnings: details.map(({ text }) => text), warning_details: details } }),
    );
    await page.reload();
    const banner = page.getByTestId('warnings');
    await banner.getByText(`2 notificaciones fallaron en las últimas 24 horas, la última el ${inBogota(at)} (correo)`).waitFor();
    await banner.getByText('La regla «Hot» en «Plant» no llega a ningún nodo de alertas').waitFor();
    assert.equal(await banner.getByText('Something is the matter.').getAttribute('lang'), 'en');
    await banner.getByRole('link', { name: 'Abrir el editor de flujos' }).waitFor();
    await assertAccessible(page);
    await banner.getByTestId('warning-page').click();
    await page.waitForURL(`**${place}`);
  });
});
