import type { RuleTransition } from '../contracts/rules.ts';
import type { StoredPoint, StoredTelemetry } from '../contracts/telemetry.ts';
import { Readings } from '../rules/readings.ts';
import type { PointEvent, RuleDecision } from '../rules/types.ts';
import type { DeviceRun } from './device-run.ts';
import type { EngineOptions } from './ports.ts';
import { RuleRecorder } from './recorder.ts';
import type { RuleRun } from './rule-run.ts';

/** What a set of rules works with. */
export interface RuleSetOptions extends Pick<EngineOptions, 'db' | 'clock' | 'devices' | 'logger'> {
  tenantId: string;
  signal: AbortSignal;
  /** Sets the timer of a device to `device.armedMs`. */
  arm: (device: DeviceRun) => void;
  onTransition: (transition: RuleTransition) => void;
  onError: (error: Error) => void;
}

/** Who judges the readings of one series that are good enough, in the order of priority. */
interface Audience {
  minQuality: number;
  readings: Readings;
  judges: { device: DeviceRun; input: number }[];
}

/** Nobody: for most keys of most devices there is no rule. */
const NOBODY: readonly Audience[] = [];

/**
 * Rules that are given the same telemetry: one for a node with a rule of its own, all stored rules for the node that runs those. Judges points
 * at once, in memory, each by the rules of its series alone, and hands decisions to the recorder.
 */
export class RuleSet {
  readonly tenantId: string;
  readonly recorder: RuleRecorder;
  private readonly options: RuleSetOptions;
  private readonly runs = new Map<string, RuleRun>();
  private readonly readings = new Map<string, Readings>();
  /** Per device and key; made when a reading of the series comes, thrown away when rules or devices change. */
  private audiences = new Map<string, Map<string, readonly Audience[]>>();
  private readonly event: PointEvent = { kind: 'point', value: 0, timeUs: 0, arrivedAtMs: 0, known: false };
  private readonly touched: DeviceRun[] = [];
  private turn = 0;

  constructor(options: RuleSetOptions) {
    const { db, logger, signal, onError, onTransition } = options;
    this.options = options;
    this.tenantId = options.tenantId;
    this.recorder = new RuleRecorder({ db, tenantId: options.tenantId, logger, signal, onError, onRecorded: onTransition });
  }

  get rules(): ReadonlyMap<string, RuleRun> {
    return this.runs;
  }

  /** Takes a rule in, instead of an earlier version of it; timers of its devices are set. */
  add(run: RuleRun): void {
    this.remove(run.rule.rule_id);
    this.runs.set(run.rule.rule_id, run);
    for (const device of run.devices.values()) this.setTimer(device);
    if (run.factory.byTime) for (const deviceId of this.options.devices.ids(this.tenantId)) this.watch(run, deviceId);
    this.rulesChanged();
  }

  /** Ends a rule: its timers and states in memory go. */
  remove(ruleId: string): RuleRun | undefined {
    const run = this.runs.get(ruleId);
    if (run === undefined) return undefined;
    this.runs.delete(ruleId);
    for (const deviceId of [...run.devices.keys()]) run.forget(deviceId);
    this.rulesChanged();
    return run;
  }

  /** A rule, a device or its type or location changed: who judges what is found anew. */
  rulesChanged(): void {
    this.audiences = new Map();
  }

  /** A rule by time looks at every device of its scope, whether or not it has ever sent anything. */
  watch(run: RuleRun, deviceId: string): void {
    if (run.factory.byTime && run.isFor(deviceId)) this.deviceRun(run, deviceId);
  }

  /** The readings of a series that are good enough. */
  readingsOf({ deviceId, key, minQuality, keepMs }: { deviceId: string; key: string; minQuality: number; keepMs: number }): Readings {
    const name = `${deviceId}\n${key}\n${String(minQuality)}`;
    const known = this.readings.get(name);
    known?.keepFor(keepMs);
    if (known !== undefined) return known;
    const made = new Readings(keepMs);
    this.readings.set(name, made);
    return made;
  }

  /** Judges the points of one stored message, in the order of their times. Replayed points that were judged before are skipped. */
  judge(telemetry: StoredTelemetry): void {
    if (telemetry.tenant_id !== this.tenantId) return;
    const { points, device_id: deviceId } = telemetry;
    this.turn += 1;
    const [only] = points;
    if (points.length === 1 && only !== undefined) this.judgePoint(telemetry, only, this.audienceOf(deviceId, only.key));
    else this.judgeMany(telemetry);
    for (const device of this.touched) {
      device.noteJudged(telemetry.lane, telemetry.batch);
      device.run.lastDevice = device;
      this.recorder.touch(device);
    }
    this.touched.length = 0;
  }

  /** The timer of a device is due, or its presence changed. */
  tick(device: DeviceRun, nowMs: number): void {
    const { devices } = this.options;
    const { deviceId } = device;
    const event = { kind: 'timer' as const, online: !devices.isOffline(deviceId), awaySinceMs: devices.awaySinceMs(deviceId) };
    this.take(device, device.judge.timer(event, nowMs));
    this.recorder.touch(device);
  }

  /** Sets the timer that the judge asks for. */
  setTimer(device: DeviceRun): void {
    const { dueAtMs } = device.judge;
    if (dueAtMs === device.armedMs) return;
    device.armedMs = dueAtMs;
    if (dueAtMs !== null) this.options.arm(device);
  }

  private judgeMany(telemetry: StoredTelemetry): void {
    const { device_id: deviceId } = telemetry;
    const wanted: { point: StoredPoint; audience: readonly Audience[] }[] = [];
    let inOrder = true;
    let lastUs = -Infinity;
    for (const point of telemetry.points) {
      const audience = this.audienceOf(deviceId, point.key);
      if (audience.length === 0) continue;
      wanted.push({ point, audience });
      if (point.time_us < lastUs) inOrder = false;
      lastUs = point.time_us;
    }
    // A device may list the newest reading first; judged in that order all others would be late.
    if (!inOrder) wanted.sort((a, b) => a.point.time_us - b.point.time_us);
    // Readings of one instant are put in before any of them is judged: a comparison must not see one side without the other.
    for (let first = 0; first < wanted.length;) {
      const timeUs = wanted[first]?.point.time_us;
      let end = first;
      while (wanted[end]?.point.time_us === timeUs && end < wanted.length) end += 1;
      const together = wanted.slice(first, end);
      const known = together.map(({ point, audience }) => this.put(point, audience));
      for (const [place, { point, audience }] of together.entries()) this.ask(telemetry, point, audience, known[place] === true);
      first = end;
    }
  }

  private judgePoint(telemetry: StoredTelemetry, point: StoredPoint, audience: readonly Audience[]): void {
    if (audience.length > 0) this.ask(telemetry, point, audience, this.put(point, audience));
  }

  /** Puts a reading among the others; true when it stood there. */
  private put(point: StoredPoint, audience: readonly Audience[]): boolean {
    let known = false;
    for (const { minQuality, readings } of audience) {
      if (point.quality >= minQuality) known = readings.put(point.time_us, point.value) || known;
    }
    return known;
  }

  private ask(telemetry: StoredTelemetry, point: StoredPoint, audience: readonly Audience[], known: boolean): void {
    const { event } = this;
    const isReplay = telemetry.replay === true;
    event.value = point.value;
    event.timeUs = point.time_us;
    event.arrivedAtMs = telemetry.received_at;
    // What is sent through the flow again was put in by the start; whether it was judged the run itself knows.
    event.known = known && !isReplay;
    for (const { minQuality, judges } of audience) {
      if (point.quality < minQuality) continue;
      for (const { device, input } of judges) {
        if (isReplay && device.turn !== this.turn && isOver(device, telemetry)) continue;
        if (device.turn !== this.turn) {
          device.turn = this.turn;
          this.touched.push(device);
        }
        if (input === 0) device.unit = point.unit;
        const decisions = device.judge.point(input, event);
        if (decisions.length > 0 || device.judge.dueAtMs !== device.armedMs) this.take(device, decisions);
      }
    }
  }

  private take(device: DeviceRun, decisions: readonly RuleDecision[]): void {
    device.run.noteActive(device);
    this.setTimer(device);
    for (const decision of decisions) this.recorder.add(device, device.run.transition(device, decision));
  }

  private audienceOf(deviceId: string, key: string): readonly Audience[] {
    let keys = this.audiences.get(deviceId);
    if (keys === undefined) {
      keys = new Map();
      this.audiences.set(deviceId, keys);
    }
    let audience = keys.get(key);
    if (audience === undefined) {
      // Making runs may throw audiences away, this one's map included.
      audience = this.findAudience(deviceId, key);
      this.audiences.get(deviceId)?.set(key, audience);
    }
    return audience;
  }

  private findAudience(deviceId: string, key: string): readonly Audience[] {
    const found = new Map<number, Audience>();
    for (const run of [...this.runs.values()].sort((a, b) => a.priority - b.priority)) {
      for (const [input, series] of run.factory.inputs.entries()) {
        if (series.key !== key || (series.deviceId !== undefined && series.deviceId !== deviceId)) continue;
        const { minQuality, keepMs } = run.factory;
        const audience = found.get(minQuality) ?? {
          minQuality,
          readings: this.readingsOf({ deviceId, key, minQuality, keepMs }),
          judges: [],
        };
        audience.readings.keepFor(keepMs);
        // A side that names its device is for every device that the rule judges; any other for the one that sent.
        const devices = series.deviceId === undefined ? this.ownRun(run, deviceId) : [...this.othersOf(run)];
        for (const device of devices) audience.judges.push({ device, input });
        if (audience.judges.length > 0) found.set(minQuality, audience);
      }
    }
    return found.size === 0 ? NOBODY : [...found.values()];
  }

  private ownRun(run: RuleRun, deviceId: string): DeviceRun[] {
    return run.isFor(deviceId) ? [this.deviceRun(run, deviceId)] : [];
  }

  /** The devices that a rule compares with another one: those that have sent, and the one that it names. */
  private othersOf(run: RuleRun): Iterable<DeviceRun> {
    const { onlyDevice } = run.factory;
    if (onlyDevice !== undefined && run.isFor(onlyDevice)) this.deviceRun(run, onlyDevice);
    return run.devices.values();
  }

  private deviceRun(run: RuleRun, deviceId: string): DeviceRun {
    const { device, isNew } = run.deviceRun(deviceId);
    if (!isNew) return device;
    this.setTimer(device);
    this.recorder.touch(device);
    // Readings of the device that it is compared with are this one's concern too from now on.
    for (const { deviceId: other } of run.factory.inputs) if (other !== undefined) this.audiences.delete(other);
    return device;
  }
}

/** True for a message sent again that was judged before, or that is older than the rule. */
function isOver(device: DeviceRun, telemetry: StoredTelemetry): boolean {
  return telemetry.received_at < device.run.startedAtMs || device.hasJudged(telemetry.lane, telemetry.batch);
}
