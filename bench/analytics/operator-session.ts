import type { Alert } from '../../src/contracts/alerts.ts';
import type { CacheRegion } from '../../src/contracts/cache.ts';
import { newUuid } from '../../src/core/ids.ts';
import { insertAlert, insertHistory } from '../../src/storage/repositories/alerts.ts';
import { Client, startApi } from '../../test/api/support.ts';
import type { ApiFixture } from '../../test/api/support.ts';
import { seededRandom } from '../rules/row.ts';
import { countQueries } from './query-count.ts';

/** How the session is. */
export interface SessionOptions {
  people: number;
  devices: number;
  minutes: number;
  /** How often an alert is raised, and the one before acknowledged, seconds. */
  alertSeconds: number;
}

/** What one session asked for. */
export interface SessionResult {
  requests: number;
  /** Statements of requests that came to PostgreSQL (role `insa_api`), and by the path of the request. */
  queries: number;
  byPath: Map<string, { requests: number; queries: number }>;
}

/** What a page asks when it is opened, and again after so many seconds while it is there. */
interface Ask {
  path: (of: Person) => string;
  everySeconds?: number;
  /** Asked at once when somebody does something about the alert that is shown or the lists are compared, and so many seconds after that. */
  isOfAlert?: true;
}

interface Person {
  client: Client;
  device: number;
  dashboard: string;
  alert: string | undefined;
  nowMs: number;
  openedAtMs: number;
  /** When the charts of the page asked last, and the newest reading that they got. */
  askedAtMs: number;
  knownMs: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const deviceOf = ({ device }: Person): string => `pump-${String(device)}`;

// Which requests are sent, how often and for which periods was recorded in a browser: `npm run bench:requests` prints it as a table.

/** What the web app asks when it is opened. */
const ENTRY: readonly Ask[] = [{ path: () => '/auth/me' }, { path: () => '/telemetry/latest?limit=500' }];
/** The lists of the plant, which every page has: asked for with the rest at first, and compared once a minute. */
const LISTS: readonly Ask[] = [{ path: () => '/devices?limit=500' }, { path: () => '/alerts?status=active,acknowledged&limit=500' }];
const COMPARE_SECONDS = 60;
/** How often charts ask for what live updates may have left out. */
const CHART_SECONDS = 15;
/** Readings may be stored so late and still be found. */
const LATENESS_MS = 30_000;
/** From when on the readings of a chart are asked for: all of its window at first, then from the newest that is known on, less what may be late. */
const since = ({ nowMs, openedAtMs, knownMs }: Person, windowMs: number): string =>
  iso(nowMs === openedAtMs ? nowMs - windowMs : knownMs - LATENESS_MS);
const chart = (key: string, windowMinutes = 15): Ask => ({
  path: (of) =>
    `/telemetry/${deviceOf(of)}?format=columns&keys=${key}&limit=20000&start=${since(of, windowMinutes * MINUTE_MS)}&end=${iso(of.nowMs + MINUTE_MS)}`,
  everySeconds: CHART_SECONDS,
});
/** A day of buckets; what follows is asked for from the newest bucket on. */
const buckets = (key: string): Ask => ({
  path: (of) => {
    const fromMs = of.nowMs === of.openedAtMs ? of.nowMs - DAY_MS : of.askedAtMs - LATENESS_MS;
    const range = `start=${iso(Math.floor(fromMs / 300_000) * 300_000)}&end=${iso(of.nowMs)}`;
    return `/telemetry/aggregate?device_id=${deviceOf(of)}&keys=${key}&bucket=300&functions=avg,min,max,count&${range}`;
  },
  everySeconds: CHART_SECONDS,
});

/** The last day as widgets of statistics ask for it: up to the beginning of these two minutes. */
const lastDay = ({ nowMs }: Person): string => {
  const endMs = Math.floor(nowMs / (2 * MINUTE_MS)) * 2 * MINUTE_MS;
  return `start=${iso(endMs - DAY_MS)}&end=${iso(endMs)}`;
};

/** What the pages of dashboards/operator/src/areas ask. */
const PAGES: Readonly<Record<string, readonly Ask[]>> = {
  overview: [
    { path: () => '/system/status', everySeconds: 3 },
    { path: (of) => `/devices/${deviceOf(of)}/series?limit=500` },
    {
      path: (of) =>
        `/telemetry/${deviceOf(of)}?keys=temperature&limit=500&start=${since(of, 15 * MINUTE_MS)}&end=${iso(of.nowMs + 15 * MINUTE_MS)}`,
      everySeconds: CHART_SECONDS,
    },
  ],
  devices: [],
  device: [
    { path: (of) => `/devices/${deviceOf(of)}` },
    { path: (of) => `/devices/${deviceOf(of)}/series?limit=500` },
    { path: (of) => `/devices/${deviceOf(of)}/accounts`, everySeconds: 30 },
    {
      path: (of) =>
        `/alerts?device_id=${deviceOf(of)}&status=resolved&limit=50&start=${iso(Math.floor((of.nowMs - 15 * MINUTE_MS) / MINUTE_MS) * MINUTE_MS)}&end=${iso(Math.ceil(of.nowMs / MINUTE_MS) * MINUTE_MS)}`,
    },
    chart('temperature'),
    chart('pressure'),
  ],
  alerts: [
    { path: () => '/rules?limit=500' },
    {
      path: (of) =>
        `/alerts/stats?start=${iso(Math.floor(of.nowMs / DAY_MS) * DAY_MS - 13 * DAY_MS)}&end=${iso(Math.ceil(of.nowMs / MINUTE_MS) * MINUTE_MS)}`,
      everySeconds: 60,
    },
    { path: () => '/notifications?status=failed&limit=500', everySeconds: 30 },
  ],
  alert: [
    { path: ({ alert = '' }) => `/alerts/${alert}`, everySeconds: 10, isOfAlert: true },
    { path: ({ alert = '' }) => `/alerts/${alert}/explanation?timezone=UTC`, everySeconds: 10, isOfAlert: true },
    { path: ({ alert = '' }) => `/notifications?alert_id=${alert}&limit=500`, everySeconds: 10, isOfAlert: true },
    // The chart of an alert that is younger than ten minutes shows twenty.
    chart('temperature', 20),
  ],
  board: [
    { path: () => '/dashboards?limit=50' },
    { path: ({ dashboard }) => `/dashboards/${dashboard}`, everySeconds: 60 },
    buckets('temperature'),
    chart('pressure'),
    {
      path: (of) => `/analytics/statistics/${deviceOf(of)}/temperature?${lastDay(of)}&percentiles=5,25,50,75,95,99`,
      everySeconds: 120,
    },
  ],
  rules: [{ path: () => '/rules?limit=50', everySeconds: 30 }],
};

/** So many devices the overview shows, and looks up how their quantities are shown; what was looked up is kept for 15 minutes. */
const CARDS = 24;
/** Boards are of fixed devices, and several people have the same ones open. */
const BOARDS = 3;
/** How many of a hundred who open a device open the one that has the newest alert. */
const TROUBLED_PERCENT = 50;
/** How long somebody stays on a page, seconds. */
const STAY = { least: 15, most: 60 };
/** How often a device is renamed, seconds. */
const RENAME_EVERY = 90;

/** Replays what people ask who look at the pages of the web app at the same time, on a real API and PostgreSQL, in simulated time while telemetry comes in. */
export async function operatorSession(options: SessionOptions, cacheMs: Record<CacheRegion, number>): Promise<SessionResult> {
  const fixture = await startApi({ cacheMs });
  try {
    return await replay(fixture, options);
  } finally {
    await fixture.stop();
  }
}

async function replay(fixture: ApiFixture, options: SessionOptions): Promise<SessionResult> {
  const admin = await Client.login(fixture, 'admin');
  const plant = await makePlant(fixture, admin, options);
  const random = seededRandom(7);
  const people: Visitor[] = Array.from({ length: options.people }, () => new Visitor(admin, plant, random));
  const result: SessionResult = { requests: 0, queries: 0, byPath: new Map() };
  const { clock } = fixture;
  const startMs = clock.nowMs();
  const count = countQueries('insa-api');
  try {
    for (let second = 0; second < options.minutes * 60; second += 1) {
      clock.offsetMs += Math.max(0, startMs + second * SECOND_MS - clock.nowMs());
      await plant.goesOn(second);
      for (const person of people) for (const path of person.asks(second, clock.nowMs())) await send(person, path);
    }
  } finally {
    count.stop();
  }
  return result;

  async function send(of: Visitor, path: string): Promise<void> {
    const before = count.queries();
    const answer = await of.client.get(path);
    if (answer.status !== 200) throw new Error(`GET ${path} answered ${String(answer.status)}: ${answer.text.slice(0, 200)}`);
    const queries = count.queries() - before;
    const name = path.replace(/\?.*/, '').replace(/pump-\d+|[0-9a-f-]{36}/g, '*');
    const known = result.byPath.get(name) ?? { requests: 0, queries: 0 };
    result.byPath.set(name, { requests: known.requests + 1, queries: known.queries + queries });
    result.requests += 1;
    result.queries += queries;
    // The chart of the overview reads lists of readings to their end.
    const next = path.includes('?keys=') ? answer.body.next_cursor : null;
    if (typeof next === 'string') await send(of, `${path.replace(/&cursor=.*/, '')}&cursor=${encodeURIComponent(next)}`);
  }
}

/** Somebody who opens one page after the other. */
class Visitor {
  readonly client: Client;
  private readonly plant: Plant;
  private readonly random: () => number;
  private person: Person | undefined;
  private page: readonly Ask[] = [];
  private openedAt = 0;
  private leavesAt = 0;
  /** When the alert that is shown was last asked for out of turn; else when the page was opened. */
  private alertReadAt = 0;
  /** The devices of which it is known how their quantities are shown. */
  private readonly lookedUp = new Set<number>();

  constructor(client: Client, plant: Plant, random: () => number) {
    this.client = client;
    this.plant = plant;
    this.random = random;
  }

  /** The addresses that are due at a second of the session. */
  asks(second: number, nowMs: number): string[] {
    const isNew = this.person === undefined;
    const looks = second >= this.leavesAt ? this.open(second, nowMs) : [];
    const { person, plant } = this;
    if (person === undefined) return [];
    person.nowMs = nowMs;
    const isCompared = (second + plant.placeOf(this)) % COMPARE_SECONDS === 0;
    if (isCompared || (plant.changed?.second === second && plant.changed.id === person.alert)) this.alertReadAt = second;
    const always = [...(isNew ? ENTRY : []), ...(isNew || isCompared ? LISTS : [])];
    const asked = [...always, ...this.page.filter((ask) => this.isDue(ask, second))].map(({ path }) => path(person));
    if ((second - this.openedAt) % CHART_SECONDS === 0) Object.assign(person, { askedAtMs: nowMs, knownMs: plant.newestMs });
    // A renamed device is told to everybody, who asks for it a moment later.
    const renamed = plant.renamedAt === second - 1 ? ['/devices/pump-1'] : [];
    return [...asked, ...looks, ...renamed];
  }

  private isDue({ everySeconds, isOfAlert }: Ask, second: number): boolean {
    const age = second - (isOfAlert === true ? this.alertReadAt : this.openedAt);
    return age === 0 || (everySeconds !== undefined && age % everySeconds === 0);
  }

  /** Opens another page, and answers the addresses of what it has to look up that was not before. */
  private open(second: number, nowMs: number): string[] {
    const names = Object.keys(PAGES).filter((name) => name !== 'alert' || this.plant.alert !== undefined);
    const name = names[Math.floor(this.random() * names.length)] ?? 'overview';
    this.page = PAGES[name] ?? [];
    this.openedAt = second;
    this.alertReadAt = second;
    this.leavesAt = second + STAY.least + Math.floor(this.random() * (STAY.most - STAY.least));
    const { boards, alert } = this.plant;
    const board = Math.floor(this.random() * BOARDS);
    // The overview shows what the newest alert is about, if there is one.
    const device = name === 'board' ? board : name === 'device' ? this.chosen() : (alert?.device ?? 0);
    const at = { nowMs, openedAtMs: nowMs, askedAtMs: nowMs, knownMs: nowMs };
    this.person = { client: this.client, device, dashboard: boards[board] ?? '', alert: alert?.id, ...at };
    return this.looksOf(name, device);
  }

  /** Overview and device ask anew for the device whose chart they show, with their other requests; what else is shown is looked up once. */
  private looksOf(name: string, device: number): string[] {
    if (name === 'overview' || name === 'device') this.lookedUp.add(device);
    const cards = Array.from({ length: Math.min(CARDS, this.plant.devices) }, (_, place) => place);
    const shown = name === 'overview' ? cards : name === 'board' || name === 'alert' ? [device] : [];
    const missing = shown.filter((place) => !this.lookedUp.has(place));
    for (const place of missing) this.lookedUp.add(place);
    return missing.map((place) => `/devices/pump-${String(place)}/series?limit=500`);
  }

  /** The device that has the newest alert, or any; the first of the list more often than the last. */
  private chosen(): number {
    const { alert, devices } = this.plant;
    const chosen = Math.floor(this.random() ** 2 * devices);
    return alert !== undefined && this.random() * 100 < TROUBLED_PERCENT ? alert.device : chosen;
  }
}

interface RaisedAlert {
  id: string;
  device: number;
}

/** What people look at, and what goes on there. */
interface Plant {
  devices: number;
  boards: readonly string[];
  alert: RaisedAlert | undefined;
  /** The alert that was acknowledged last, and when: at which second of the session. */
  changed: { id: string; second: number } | undefined;
  renamedAt: number | undefined;
  /** The time of the newest reading, which is the same of all devices. */
  newestMs: number;
  placeOf(visitor: Visitor): number;
  goesOn(second: number): Promise<void>;
}

async function makePlant(fixture: ApiFixture, admin: Client, { devices, alertSeconds }: SessionOptions): Promise<Plant> {
  fixture.wire();
  const ids = Array.from({ length: devices }, (_, place) => `pump-${String(place)}`);
  for (const device_id of ids) await admin.post('/devices', { device_id });
  const send = async (mode: string, atMs: number) => {
    const messages = ids.map((device_id) => ({
      device_id,
      timestamp: iso(atMs),
      data: { temperature: 20 + (atMs % 7), pressure: atMs % 11 },
    }));
    const answer = await admin.post(`/telemetry${mode}`, messages);
    if (answer.status >= 300) throw new Error(answer.text);
  };
  const startMs = fixture.clock.nowMs();
  for (let minute = 600; minute > 0; minute -= 5) await send('?mode=history', startMs - minute * MINUTE_MS);
  const boards = await makeBoards(admin);
  const places = new Map<Visitor, number>();
  const plant: Plant = {
    devices,
    boards,
    alert: undefined,
    changed: undefined,
    renamedAt: undefined,
    newestMs: startMs,
    placeOf: (visitor) => {
      const place = places.get(visitor) ?? places.size * 7;
      places.set(visitor, place);
      return place;
    },
    goesOn: async (second) => {
      plant.newestMs = fixture.clock.nowMs();
      await send('', plant.newestMs);
      if (second % 5 === 0) await fixture.presence.flush();
      if (second % RENAME_EVERY === RENAME_EVERY - 1) {
        await admin.send('PATCH', '/devices/pump-1', { name: `Pump ${String(second)}` });
        plant.renamedAt = second;
      }
      if (second % alertSeconds !== Math.floor(alertSeconds / 2)) return;
      if (plant.alert !== undefined) plant.changed = { id: plant.alert.id, second };
      plant.alert = await raise(fixture, plant.alert, second % 11);
    },
  };
  return plant;
}

/** A rule that finds nothing, and the dashboards; answers their ids. */
async function makeBoards(admin: Client): Promise<string[]> {
  const rule = {
    ...{ name: 'Too hot', rule_type: 'threshold', severity: 'warning', device_id: 'pump-0' },
    conditions: { key: 'temperature', operator: '>', value: 1_000 },
  };
  const stored = await admin.post('/rules', rule);
  if (stored.status !== 201) throw new Error(stored.text);
  const boards: string[] = [];
  for (let place = 0; place < BOARDS; place += 1) {
    const board = await admin.post('/dashboards', { name: `Plant ${String(place)}`, is_public: true, layout: {}, widgets: [] });
    if (board.status !== 201) throw new Error(board.text);
    boards.push(board.body.id);
  }
  return boards;
}

/** One alert more, and the one before is acknowledged: written by the statements of the engine and of people. */
async function raise({ database, alerts, clock }: ApiFixture, before: RaisedAlert | undefined, device: number): Promise<RaisedAlert> {
  if (before !== undefined) await alerts.acknowledge('default', before.id, 'bench');
  const at = iso(clock.nowMs());
  const alert: Alert = {
    ...{
      id: newUuid(),
      rule_id: newUuid(),
      rule_version: 1,
      rule_name: 'Too hot',
      device_id: `pump-${String(device)}`,
      key: 'temperature',
    },
    ...{ severity: 'warning', status: 'active', message: 'hot', value: 80, threshold: 70, unit: null, occurrences: 1 },
    ...{ raised_at: at, known_at: at, last_value: 80, last_at: at },
    ...{ acknowledged_by: null, acknowledged_at: null, resolved_by: null, resolved_at: null },
  };
  await database.db.transaction(async (tx) => {
    await insertAlert(tx, 'default', alert);
    const entry = { at, change: 'raised', actor: 'system', note: null, body: null } as const;
    await insertHistory(tx, { tenantId: 'default', alertId: alert.id }, entry);
  });
  return { id: alert.id, device };
}
