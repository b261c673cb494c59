import type { RuleTransition } from '../contracts/rules.ts';
import type { StoredPoint, StoredTelemetry } from '../contracts/telemetry.ts';
import { requestIdOf } from '../contracts/request-id.ts';
import { Readings } from '../rules/readings.ts';
import type { PointEvent, RuleDecision } from '../rules/types.ts';
import type { DeviceRun } from './device-run.ts';
import type { EngineOptions } from './ports.ts';
import { RuleRecorder } from './recorder.ts';
import type { RuleRun } from './rule-run.ts';
import { judgePoint } from './rule-tally.ts';

/** What a set of rules works with. */
export interface RuleSetOptions extends Pick<EngineOptions, 'db' | 'clock' | 'devices' | 'logger'> {
  tenantId: string;
  /** Since when the platform has been there to hear readings, epoch milliseconds. */
  listeningSinceMs: number;
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

/** A rule that reads a key, and as which of its inputs. */
interface Reader {
  run: RuleRun;
  input: number;
  /** Undefined: of the device that is judged. */
  deviceId: string | undefined;
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
  /** Rules whose readings are being filled: they do not judge yet. */
  private readonly filling = new Set<RuleRun>();
  private readonly readings = new Map<string, Readings>();
  /** By key, in the order in which they judge; made when it is asked for, thrown away when rules change. */
  private readers: ReadonlyMap<string, readonly Reader[]> | undefined;
  /** Per device and key; made when a reading of the series comes, thrown away when rules or the device change. */
  private audiences = new Map<string, Map<string, readonly Audience[]>>();
  private readonly event: PointEvent = { kind: 'point', value: 0, timeUs: 0, arrivedAtMs: 0, known: false };
  private readonly touched: DeviceRun[] = [];
  private turn = 0;

  constructor(options: RuleSetOptions) {
    const { db, logger, signal, onError, onTransition } = options;
    this.options = options;
    this.tenantId = options.tenantId;
    this.recorder = new RuleRecorder({
      db,
      tenantId: options.tenantId,
      logger,
      signal,
      onError,
      onRecorded: onTransition,
      onRefused: (device) => this.beginAnew(device),
    });
  }

  get rules(): ReadonlyMap<string, RuleRun> {
    return this.runs;
  }

  /**
   * From now on the readings of a rule are kept, although it does not judge yet: while they are filled from what is stored, none may be
   * missed. Answers what ends this, once the rule was added.
   */
  fill(run: RuleRun): () => void {
    this.filling.add(run);
    this.rulesChanged();
    return () => {
      this.filling.delete(run);
      this.rulesChanged();
    };
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
  remove(ruleId: string): void {
    const run = this.runs.get(ruleId);
    if (run === undefined) return;
    this.runs.delete(ruleId);
    for (const deviceId of [...run.devices.keys()]) run.forget(deviceId);
    this.rulesChanged();
  }

  /** What a rule knows of a device cannot be stored: it begins anew with the next reading. */
  private beginAnew(device: DeviceRun): void {
    if (device.run.devices.get(device.deviceId) !== device) return;
    device.run.forget(device.deviceId);
    this.rulesChanged();
    this.watch(device.run, device.deviceId);
  }

  /** A device is gone: nothing is left of it. */
  forgetDevice(deviceId: string): void {
    for (const run of this.runs.values()) run.forget(deviceId);
    this.deviceChanged(deviceId);
    // What others are compared with they still look at, until it is too old.
    if (this.named().has(deviceId)) return;
    for (const name of this.readings.keys()) if (name.startsWith(`${deviceId}\n`)) this.readings.delete(name);
  }

  /** A device is new or was moved: rules by time begin to watch it. Answers the rules that are not for it any more, and have forgotten it. */
  deviceMoved(deviceId: string): string[] {
    const left: string[] = [];
    for (const [ruleId, run] of this.runs) {
      this.watch(run, deviceId);
      if (!run.devices.has(deviceId) || run.isFor(deviceId)) continue;
      run.forget(deviceId);
      left.push(ruleId);
    }
    this.deviceChanged(deviceId);
    return left;
  }

  /** Drops readings that no rule reads any more. */
  tidy(): void {
    for (const name of this.readings.keys()) {
      const [deviceId = '', key = '', minQuality] = name.split('\n');
      const isRead = (reader: Reader): boolean => String(reader.run.factory.minQuality) === minQuality && isReaderOf(reader, deviceId);
      if (!this.readersOf(key).some(isRead)) this.readings.delete(name);
    }
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

  /** Looks at the devices in alert by presence: one may have come back while nobody could be asked. */
  askAboutPresence(nowMs: number): void {
    for (const run of this.runs.values()) {
      if (!run.factory.byTime || run.activeDevices === 0) continue;
      for (const device of run.devices.values()) if (device.active) this.tick(device, nowMs);
    }
  }

  /** Judges the points of one stored message, in the order of their times. Replayed points that were judged before are skipped. */
  judge(telemetry: StoredTelemetry): void {
    if (telemetry.tenant_id !== this.tenantId) return;
    const { points, device_id: deviceId } = telemetry;
    this.turn += 1;
    const [only] = points;
    if (points.length === 1 && only !== undefined) this.judgeOne(telemetry, only, this.audienceOf(deviceId, only.key));
    else this.judgeMany(telemetry);
    for (const device of this.touched) {
      device.noteJudged(telemetry.lane, telemetry.batch);
      device.run.lastDevice = device;
      this.recorder.touch(device);
    }
    if (telemetry.replay !== true) this.countDelay(telemetry);
    this.touched.length = 0;
  }

  /** The timer of a device is due, or its presence changed. */
  tick(device: DeviceRun, nowMs: number): void {
    const { devices } = this.options;
    const { deviceId } = device;
    const event = {
      kind: 'timer' as const,
      online: !devices.isOffline(deviceId),
      awaySinceMs: devices.awaySinceMs(deviceId),
      listeningSinceMs: this.options.listeningSinceMs,
    };
    this.take(device, device.judge.timer(event, nowMs), device.armedBy);
    this.recorder.touch(device);
  }

  /** Sets the timer that the judge asks for. */
  setTimer(device: DeviceRun): void {
    const { dueAtMs } = device.judge;
    if (dueAtMs === device.armedMs) return;
    device.armedMs = dueAtMs;
    if (dueAtMs !== null) this.options.arm(device);
  }

  private rulesChanged(): void {
    this.readers = undefined;
    this.audiences = new Map();
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

  private countDelay({ received_at: receivedAtMs }: StoredTelemetry): void {
    const tally = this.touched[0]?.run.tally;
    if (tally !== undefined) tally.delays.observe(Math.max(0, this.options.clock.nowMs() - receivedAtMs) / 1_000);
  }

  private judgeOne(telemetry: StoredTelemetry, point: StoredPoint, audience: readonly Audience[]): void {
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
        const decisions = judgePoint(device, input, event);
        if (decisions.length > 0 || device.judge.dueAtMs !== device.armedMs) this.take(device, decisions, requestIdOf(telemetry));
      }
    }
  }

  private take(device: DeviceRun, decisions: readonly RuleDecision[], requestId: string | undefined): void {
    device.run.noteActive(device);
    if (device.judge.dueAtMs !== device.armedMs) device.armedBy = requestId;
    this.setTimer(device);
    for (const decision of decisions) this.recorder.add(device, device.run.transition(device, decision, requestId));
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
    for (const reader of this.readersOf(key)) {
      const { run, input } = reader;
      if (!isReaderOf(reader, deviceId)) continue;
      const { minQuality, keepMs } = run.factory;
      const readings = this.readingsOf({ deviceId, key, minQuality, keepMs });
      const audience = found.get(minQuality) ?? { minQuality, readings, judges: [] };
      found.set(minQuality, audience);
      if (this.filling.has(run)) continue;
      // A side that names its device is for every device that the rule judges; any other for the one that sent.
      const devices = reader.deviceId === undefined ? [this.deviceRun(run, deviceId)] : [...this.othersOf(run)];
      for (const device of devices) audience.judges.push({ device, input });
    }
    return found.size === 0 ? NOBODY : [...found.values()];
  }

  private readersOf(key: string): readonly Reader[] {
    this.readers ??= Map.groupBy(
      [...this.runs.values(), ...this.filling]
        .sort((a, b) => a.priority - b.priority)
        .flatMap((run) => run.factory.inputs.map((series, input) => ({ run, input, ...series }))),
      (reader) => reader.key,
    );
    return this.readers.get(key) ?? [];
  }

  /** Devices that a rule compares others with. */
  private named(): ReadonlySet<string> {
    const named = new Set<string>();
    for (const run of this.runs.values()) for (const { deviceId } of run.factory.inputs) if (deviceId !== undefined) named.add(deviceId);
    return named;
  }

  private deviceChanged(deviceId: string): void {
    for (const changed of [deviceId, ...this.named()]) this.audiences.delete(changed);
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

function isReaderOf({ run, deviceId: named }: Reader, deviceId: string): boolean {
  return named === undefined ? run.isFor(deviceId) : named === deviceId;
}

/** True for a message sent again that was judged before, or that is older than the rule. */
function isOver(device: DeviceRun, telemetry: StoredTelemetry): boolean {
  return telemetry.received_at < device.run.startedAtMs || device.hasJudged(telemetry.lane, telemetry.batch);
}
