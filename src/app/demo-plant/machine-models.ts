/** What the machine measures at one moment, as a telemetry message carries it. */
export type Readings = Record<string, { value: number | boolean; unit?: string }>;

/** One of the live models of flows/demo-plant.json: its state goes on by two seconds at each step. */
type Step = (isFaulty: boolean) => Readings;

/** A fault of one day: when it begins, in minutes since the day began, and how long it lasts. */
interface Fault {
  startMinute: number;
  seconds: number;
}

interface Model {
  create(noise: (size: number) => number): Step;
  /** On some of the days, the oldest first; a day without a list has none. */
  faults: readonly (readonly Fault[])[];
}

/** How many days of history the demo plant brings. */
export const HISTORY_DAYS = 7;
const STEP_SECONDS = 2;
const STEPS_PER_MINUTE = 60 / STEP_SECONDS;
const MINUTES_PER_DAY = 1_440;

/** The live models, with faults that are longer and rarer than the live ones: what one reading a minute can show. */
const MODELS: Readonly<Record<string, Model>> = {
  'pump-demo': {
    create: pumpModel,
    faults: [
      [{ startMinute: 405, seconds: 480 }],
      [],
      [{ startMinute: 870, seconds: 720 }],
      [],
      [{ startMinute: 1_120, seconds: 300 }],
      [],
      [{ startMinute: 190, seconds: 900 }],
    ],
  },
  'boiler-demo': {
    create: boilerModel,
    faults: [
      [],
      [{ startMinute: 330, seconds: 90 }],
      [],
      [
        { startMinute: 990, seconds: 120 },
        { startMinute: 1_010, seconds: 90 },
      ],
      [],
      [{ startMinute: 615, seconds: 110 }],
    ],
  },
  'compressor-demo': {
    create: compressorModel,
    faults: [[], [], [{ startMinute: 520, seconds: 600 }], [], [{ startMinute: 75, seconds: 420 }], [{ startMinute: 1_300, seconds: 840 }]],
  },
};

/** The machines that have a model. */
export const MODELLED_MACHINES: readonly string[] = Object.keys(MODELS);

/** A stretch of minutes with its readings. */
export interface HistoryMinute {
  /** Minutes since the beginning of the day. */
  minute: number;
  readings: Readings;
}

/**
 * What a machine measured on one day of its generated history (0 is the oldest), minute by minute. The same for the same machine and day,
 * whenever and however often it is asked; nothing for a machine without a model.
 */
export function* historyOfDay(deviceId: string, day: number): Generator<HistoryMinute> {
  const model = MODELS[deviceId];
  if (model === undefined) return;
  const chance = seeded(`${deviceId} ${String(day)}`);
  const step = model.create((size) => (chance() + chance() + chance() - 1.5) * size);
  const faults = model.faults[day] ?? [];
  for (let minute = 0; minute < MINUTES_PER_DAY; minute++) {
    let readings: Readings = {};
    for (let i = 0; i < STEPS_PER_MINUTE; i++) {
      const second = minute * 60 + i * STEP_SECONDS;
      readings = step(faults.some(({ startMinute, seconds }) => second >= startMinute * 60 && second < startMinute * 60 + seconds));
    }
    yield { minute, readings };
  }
}

function pumpModel(noise: (size: number) => number): Step {
  let temperature = 55;
  let load = 0.7;
  return (isFaulty) => {
    load = Math.min(1, Math.max(0.4, load + noise(0.02)));
    const target = 38 + 25 * load + (isFaulty ? 45 : 0);
    temperature += (target - temperature) * 0.08 + noise(0.3);
    return {
      temperature: { value: rounded(temperature, 1), unit: '°C' },
      vibration: { value: rounded(1.8 + load + (isFaulty ? 4 : 0) + noise(0.2), 2), unit: 'mm/s' },
      flow: { value: rounded(420 * load + noise(4), 1), unit: 'l/min' },
      running: { value: true },
    };
  };
}

function boilerModel(noise: (size: number) => number): Step {
  let temperature = 66;
  let isHeating = false;
  return (isFaulty) => {
    if (temperature < 62) isHeating = true;
    if (temperature > 70) isHeating = false;
    const burning = isHeating || isFaulty;
    temperature += (burning ? 0.9 : -0.35) + noise(0.1);
    return {
      temperature: { value: rounded(temperature, 1), unit: '°C' },
      pressure: { value: rounded(0.6 + temperature / 65 + noise(0.01), 2), unit: 'bar' },
      burner: { value: burning },
    };
  };
}

function compressorModel(noise: (size: number) => number): Step {
  let temperature = 64;
  let pressure = 7.2;
  let loading = true;
  return (isFaulty) => {
    if (pressure > 8) loading = false;
    if (pressure < 6.8) loading = true;
    pressure += (loading ? 0.06 : -0.05) + noise(0.02);
    const target = (loading ? 72 : 60) + (isFaulty ? 40 : 0);
    temperature += (target - temperature) * 0.05 + noise(0.25);
    return {
      temperature: { value: rounded(temperature, 1), unit: '°C' },
      pressure: { value: rounded(pressure, 2), unit: 'bar' },
      current: { value: rounded((loading ? 42 : 14) + noise(1), 1), unit: 'A' },
      loading: { value: loading },
    };
  };
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

/** Numbers from 0 (included) to 1 that look like chance and are the same for the same text: mulberry32 over an FNV-1a hash. */
function seeded(text: string): () => number {
  let state = 2_166_136_261;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 16_777_619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
