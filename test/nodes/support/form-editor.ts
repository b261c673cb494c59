import assert from 'node:assert/strict';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { launch, SCREENS, submitLogin, visit } from '../../dashboard/support.ts';
import type { Visit } from '../../dashboard/support.ts';
import { EditorClient } from '../../support/editor.ts';
import { ApiClient, eventually, startPlatform } from '../../support/platform.ts';
import type { RunningPlatform } from '../../support/platform.ts';

/** Set, the pictures of docs/actions.md are made anew in this folder. */
const FOLDER = process.env['NODE_PICTURES'];

export type Fields = Record<string, string | boolean>;

/** What a person enters into the form of each node. */
export const FORMS: Record<string, Fields> = {
  email: {
    name: 'Tell the shift',
    recipients: 'ops@example.com, shift@example.com',
    subject: '{{severity}}: {{device.name}} has {{value}} {{unit}}',
    text: 'Please look after {{device.name}}.\nIts limit is {{threshold}}.',
    timezone: 'America/Bogota',
    on: 'raised',
  },
  webhook: {
    name: 'Desk',
    url: 'https://hooks.example.com/insa?line=2',
    secretHeaders: 'Authorization: Bearer abc\nX-Line: 2',
    on: 'resolved',
  },
  'mqtt-publish': {
    name: 'Lamp',
    topic: 'plant/{{device.location}}/lamp',
    payload: '{"on": "{{alert.status}}"}',
    qos: '2',
    retain: true,
    on: 'raised',
  },
  command: {
    name: 'Stop it',
    deviceId: 'boiler-01',
    command: 'set_speed',
    params: '{"rpm": 0, "why": "{{rule.name}}"}',
    timeoutSeconds: '45',
    on: 'both',
  },
  actions: { name: 'What the rules say' },
  'alert-in': { name: 'Critical only', events: 'raised,acknowledged', severity: 'critical', deviceId: 'boiler-01' },
  'rule-action-in': { name: 'pumps' },
  timeseries: {
    name: 'Smooth',
    deviceId: 'boiler-01',
    key: 'temperature',
    period: '7d',
    interval: '1h',
    window: '6h',
    minValue: '-20',
    maxValue: '150',
  },
  trend: { name: 'Drift', key: 'temperature', interval: '5m', threshold: '0.05', throttleSeconds: '600' },
  statistics: { name: 'Figures', deviceId: 'boiler-01', key: 'temperature', period: '24h', percentiles: '5, 99.9' },
  correlation: {
    name: 'What goes together',
    deviceId: 'boiler-01',
    keys: 'temperature, pressure',
    otherDeviceId: '',
    interval: '1m',
    maxLag: '10m',
  },
  forecast: {
    name: 'When is it full',
    key: 'level',
    model: 'holt_winters',
    horizon: '48',
    interval: '30m',
    season: '1d',
    confidence: '90',
    limit: '80',
  },
};

/** The editor in a browser with a flow that has one node of each type of `FORMS`, its type's name being its id. */
export class FormEditor {
  readonly platform: RunningPlatform;
  private readonly browser: Browser;
  private visited: Visit;

  private constructor(platform: RunningPlatform, browser: Browser, visited: Visit) {
    this.platform = platform;
    this.browser = browser;
    this.visited = visited;
  }

  static async start(chromiumPath: string, env: Record<string, string> = {}): Promise<FormEditor> {
    const browser = await launch(chromiumPath);
    const platform = await startPlatform({ env });
    await (await ApiClient.login(platform)).createDevice('boiler-01');
    const editor = await EditorClient.login(platform);
    const { flows } = await editor.flows();
    const nodes = Object.keys(FORMS).map((type, i) => ({ id: type, type: `iiot-${type}`, z: 'acts', x: 300, y: 80 + 70 * i, wires: [[]] }));
    await editor.fullDeploy([...flows, { id: 'acts', type: 'tab', label: 'Acts' }, ...nodes]);
    return new FormEditor(platform, browser, await newVisit(browser, platform));
  }

  get page(): Page {
    return this.visited.page;
  }

  get complaints(): string[] {
    return this.visited.complaints;
  }

  /** Deploys what is drawn, and opens the editor in a page that knows nothing of it. */
  async deployAndOpenAnew(): Promise<void> {
    const deployed = this.page.waitForResponse((answer) => answer.url().endsWith('/flows') && answer.request().method() === 'POST');
    await this.page.locator('#red-ui-header-button-deploy').click();
    assert.equal((await deployed).status(), 200);
    assert.deepEqual(this.complaints, []);
    await this.visited.close();
    this.visited = await newVisit(this.browser, this.platform);
  }

  async stop(): Promise<void> {
    await this.visited.close();
    await this.browser.close();
    await this.platform.dispose();
  }

  field(name: string): Locator {
    return this.page.locator(`#node-input-${name}`);
  }

  /** What the form says is wrong with a field. */
  problem(name: string): Locator {
    return this.page.locator(`#dialog-form .insa-problem[data-field="${name}"]`);
  }

  async open(type: string): Promise<void> {
    await this.page.evaluate(`RED.editor.edit(RED.nodes.node('${type}'))`);
    await this.field('name').waitFor();
    // The dialog slides in; what is clicked before it rests goes nowhere.
    const rests = "document.querySelector('.red-ui-tray').getAnimations({ subtree: true }).length === 0";
    await eventually(async () => (await this.page.evaluate<boolean>(rests)) || undefined, 'the dialog to come to rest');
  }

  async leave(button: 'ok' | 'cancel'): Promise<void> {
    await this.page.locator(`#node-dialog-${button}`).click();
    await this.field('name').waitFor({ state: 'detached' });
  }

  async enter(name: string, value: string | boolean): Promise<void> {
    const input = this.field(name);
    if (typeof value === 'boolean') await input.setChecked(value);
    else if (name === 'events') await this.chooseEvents(value.split(','));
    else if ((await input.evaluate((element) => element.tagName)) === 'SELECT') await input.selectOption(value);
    else await input.fill(value);
  }

  private async chooseEvents(events: string[]): Promise<void> {
    for (const button of await this.page.locator('#insa-alert-events button').all()) {
      const isOn = (await button.getAttribute('aria-pressed')) === 'true';
      if (isOn !== events.includes((await button.innerText()).trim())) await button.click();
    }
  }

  valueOf(name: string): Promise<string | boolean> {
    const read = '(({ type, checked, value }) => (type === "checkbox" ? checked : value))';
    return this.page.evaluate<string | boolean>(`${read}(document.querySelector('#node-input-${name}'))`);
  }

  isValid(type: string): Promise<boolean> {
    return this.page.evaluate<boolean>(`RED.nodes.node('${type}').valid`);
  }

  /** Whether the editor would take the node for valid if a flow from elsewhere had brought the value. */
  validWith(type: string, name: string, value: string): Promise<boolean> {
    return this.page.evaluate<boolean>(`((node) => {
      const before = node.${name};
      node.${name} = ${JSON.stringify(value)};
      RED.editor.validateNode(node);
      const { valid } = node;
      node.${name} = before;
      RED.editor.validateNode(node);
      return valid;
    })(RED.nodes.node('${type}'))`);
  }

  /** Of the open dialog alone, for whoever looks at it. */
  async picture(name: string): Promise<void> {
    if (FOLDER === undefined) return;
    // As high as what is in it, so that nothing is scrolled away.
    const hidden = await this.page.evaluate<number>(`(() => {
      let place = document.querySelector('#dialog-form');
      while (place !== null && place.scrollHeight <= place.clientHeight + 1) place = place.parentElement;
      return place === null ? 0 : place.scrollHeight - place.clientHeight;
    })()`);
    const { width, height } = SCREENS.desktop.viewport;
    await this.page.setViewportSize({ width, height: height + hidden });
    const [head, foot] = [
      await this.page.locator('.red-ui-tray-header').boundingBox(),
      await this.page.locator('.red-ui-tray-footer').boundingBox(),
    ];
    assert.ok(head !== null && foot !== null);
    await this.page.locator('#node-input-name').scrollIntoViewIfNeeded();
    const clip = { x: head.x, y: head.y, width: head.width, height: foot.y + foot.height - head.y };
    await this.page.screenshot({ path: path.join(FOLDER, `${name}.png`), clip });
    await this.page.setViewportSize(SCREENS.desktop.viewport);
  }
}

async function newVisit(browser: Browser, platform: RunningPlatform): Promise<Visit> {
  const visited = await visit(browser, platform, '/login?next=/editor/', { ...SCREENS.desktop, timezoneId: 'Europe/Berlin' });
  await submitLogin(visited.page, platform.adminUsername, platform.adminPassword);
  await visited.page.locator('.red-ui-flow-node').first().waitFor();
  await visited.page.evaluate("RED.workspaces.show('acts')");
  return visited;
}
