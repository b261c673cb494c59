import type { RuleDefinition, RuleTransition } from '../contracts/rules.ts';
import type { PointValue, StoredPoint, StoredTelemetry } from '../contracts/telemetry.ts';
import type { JudgeFactory } from '../rules/judge.ts';
import { renderMessage } from '../rules/message-template.ts';
import { judgeFactoryOf, thresholdOf } from '../rules/registry.ts';
import type { PastReading, PointEvent, RuleDecision } from '../rules/types.ts';
import { DeviceRun } from './device-run.ts';
import { isInScope } from './ports.ts';
import type { EngineOptions } from './ports.ts';
import { RuleRecorder } from './recorder.ts';

/** One deployed rule and what it works with. */
export interface RuleRunOptions extends Pick<EngineOptions, 'db' | 'clock' | 'newId' | 'devices' | 'logger'> {
  rule: RuleDefinition;
  tenantId: string;
  /** Points received before are not this rule's concern when they are sent again, epoch milliseconds. */
  startedAtMs: number;
  signal: AbortSignal;
  /** Sets the timer of a device to `device.armedMs`. */
  arm: (device: DeviceRun) => void;
  onTransition: (transition: RuleTransition) => void;
  onError: (error: Error) => void;
}

/** One deployed rule: judges points at once, in memory, device by device, and hands decisions to its recorder. */
export class RuleRun {
  readonly rule: RuleDefinition;
  readonly tenantId: string;
  readonly devices = new Map<string, DeviceRun>();
  readonly recorder: RuleRecorder;
  private readonly options: RuleRunOptions;
  private readonly factory: JudgeFactory;
  private readonly threshold: number | null;
  private readonly event: PointEvent = { kind: 'point', key: '', value: 0, timeUs: 0, arrivedAtMs: 0, quality: 100 };
  /** What devices that have sent nothing yet are to be primed with. */
  private readonly past = new Map<string, readonly PastReading[]>();
  private activeDevices = 0;
  private lastDevice: DeviceRun | undefined;

  constructor(options: RuleRunOptions) {
    const { rule, tenantId, db, signal, onError } = options;
    this.options = options;
    this.rule = rule;
    this.tenantId = tenantId;
    this.factory = judgeFactoryOf(rule);
    this.threshold = thresholdOf(rule);
    const identity = { ruleId: rule.rule_id, tenantId };
    this.recorder = new RuleRecorder({ db, rule: identity, logger: options.logger, signal, onError, onRecorded: options.onTransition });
  }

  /** Continues where stored state ends; `changed` when other conditions left it. */
  adopt(stored: { deviceId: string; state: unknown; judged: number[]; unit: string | null }, changed: 'same' | 'changed'): void {
    const judge = changed === 'changed' ? this.factory.carryOver(stored.state) : this.factory.create(stored.state);
    const device = new DeviceRun(stored.deviceId, judge, stored.judged);
    device.unit = stored.unit;
    this.devices.set(device.deviceId, device);
    if (device.active) this.activeDevices += 1;
    if (changed === 'changed') this.recorder.touch(device);
    this.setTimer(device);
  }

  /** How much of the past this rule looks at; 0: nothing. */
  get windowMs(): number {
    return this.factory.windowMs;
  }

  /** Fills the window of a device from its stored readings, oldest first. */
  prime(deviceId: string, past: readonly PastReading[]): void {
    const device = this.devices.get(deviceId);
    if (device === undefined) this.past.set(deviceId, past);
    else device.judge.prime(past);
  }

  /** See `RuleSession.judge`. On the hot path: messages that hold no key of this rule cost a comparison a point. */
  judge(telemetry: StoredTelemetry): void {
    if (telemetry.tenant_id !== this.tenantId) return;
    const { points } = telemetry;
    let found = 0;
    let inOrder = true;
    let lastUs = -Infinity;
    for (const point of points) {
      if (!this.concerns(point.key)) continue;
      found += 1;
      if (point.time_us < lastUs) inOrder = false;
      lastUs = point.time_us;
    }
    if (found === 0 || !isInScope(this.rule.scope, telemetry.device_id, this.options.devices)) return;
    const device = this.deviceRun(telemetry.device_id);
    if (telemetry.replay === true && this.isOver(device, telemetry)) return;
    // A device may list the newest reading first; judged in that order all others would be too old.
    const ordered = inOrder ? points : points.filter((point) => this.concerns(point.key)).sort((a, b) => a.time_us - b.time_us);
    for (const point of ordered) if (this.concerns(point.key)) this.judgePoint(device, point, telemetry.received_at);
    device.noteJudged(telemetry.lane, telemetry.batch);
    this.lastDevice = device;
    this.recorder.touch(device);
  }

  /** The timer of a device is due, or its presence changed while it was. */
  tick(device: DeviceRun, nowMs: number): void {
    const online = !this.options.devices.isOffline(device.deviceId);
    this.take(device, device.judge.step({ kind: 'timer', online }, nowMs));
    this.recorder.touch(device);
  }

  /** Forgets a device; answers false when the rule has none of that name. */
  forget(deviceId: string): boolean {
    this.past.delete(deviceId);
    const device = this.devices.get(deviceId);
    if (device === undefined) return false;
    device.gone = true;
    this.devices.delete(deviceId);
    if (device.active) this.activeDevices -= 1;
    if (this.lastDevice === device) this.lastDevice = undefined;
    return true;
  }

  /** See `RuleSession.summary`. */
  summary(): { activeDevices: number; lastValue: PointValue | null; lastDeviceId: string | null } {
    const { activeDevices, lastDevice } = this;
    return { activeDevices, lastValue: lastDevice?.judge.view().lastValue ?? null, lastDeviceId: lastDevice?.deviceId ?? null };
  }

  private concerns(key: string): boolean {
    for (const wanted of this.factory.keys) if (wanted === key) return true;
    return false;
  }

  /** True for a message sent again that was judged before, or that is older than the rule. */
  private isOver(device: DeviceRun, telemetry: StoredTelemetry): boolean {
    return telemetry.received_at < this.options.startedAtMs || device.hasJudged(telemetry.lane, telemetry.batch);
  }

  private deviceRun(deviceId: string): DeviceRun {
    const known = this.devices.get(deviceId);
    if (known !== undefined) return known;
    const device = new DeviceRun(deviceId, this.factory.create(undefined), []);
    this.devices.set(deviceId, device);
    device.judge.prime(this.past.get(deviceId) ?? []);
    this.past.delete(deviceId);
    return device;
  }

  private judgePoint(device: DeviceRun, point: StoredPoint, arrivedAtMs: number): void {
    const { event } = this;
    event.key = point.key;
    event.value = point.value;
    event.timeUs = point.time_us;
    event.arrivedAtMs = arrivedAtMs;
    event.quality = point.quality;
    device.unit = point.unit;
    if (device.judge.absorb(event)) return;
    this.take(device, device.judge.step(event, arrivedAtMs));
  }

  private take(device: DeviceRun, decisions: readonly RuleDecision[]): void {
    const { active } = device.judge.view();
    if (active !== device.active) this.activeDevices += active ? 1 : -1;
    device.active = active;
    this.setTimer(device);
    for (const decision of decisions) this.recorder.add(device, this.transition(device, decision));
  }

  private setTimer(device: DeviceRun): void {
    const { dueAtMs } = device.judge.view();
    if (dueAtMs === device.armedMs) return;
    device.armedMs = dueAtMs;
    if (dueAtMs !== null) this.options.arm(device);
  }

  private transition(device: DeviceRun, decision: RuleDecision): RuleTransition {
    const { rule, tenantId, threshold } = this;
    const { deviceId } = device;
    const unit = this.factory.unitOf(device.unit);
    const key = rule.conditions.key;
    const name = this.options.devices.lookup(deviceId)?.name ?? deviceId;
    const { severity } = rule;
    const { value } = decision;
    return {
      id: this.options.newId(),
      tenant_id: tenantId,
      kind: decision.kind,
      rule_id: rule.rule_id,
      rule_version: rule.version,
      rule_name: rule.name,
      device_id: deviceId,
      key,
      severity,
      message: renderMessage(rule.message, { device: { id: deviceId, name }, rule, key, value, unit, threshold, severity }),
      value,
      threshold,
      unit,
      occurrences: decision.occurrences,
      at: isoOfUs(decision.atUs),
      since: isoOfUs(decision.sinceUs),
      known_at: new Date(this.options.clock.nowMs()).toISOString(),
    };
  }
}

function isoOfUs(us: number): string {
  return new Date(Math.floor(us / 1_000)).toISOString();
}
