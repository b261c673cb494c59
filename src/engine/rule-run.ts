import type { Correction, RuleDefinition, RuleTransition } from '../contracts/rules.ts';
import type { PointValue } from '../contracts/telemetry.ts';
import type { Judge, JudgeFactory } from '../rules/judge.ts';
import { renderMessage } from '../rules/message-template.ts';
import type { Readings } from '../rules/readings.ts';
import { judgeFactoryOf } from '../rules/registry.ts';
import type { EpisodeCorrection, RuleDecision } from '../rules/types.ts';
import type { StoredRuleState } from '../storage/repositories/rule-states.ts';
import { DeviceRun } from './device-run.ts';
import { isInScope } from './ports.ts';
import type { EngineOptions } from './ports.ts';
import type { JudgingTally } from './rule-tally.ts';

/** One rule that judges and what it works with. */
export interface RuleRunOptions extends Pick<EngineOptions, 'clock' | 'newId' | 'devices'> {
  rule: RuleDefinition;
  tenantId: string;
  /** Points received before are not this rule's concern when they are sent again, epoch milliseconds. */
  startedAtMs: number;
  /** Place in the order in which rules judge, the lowest first. */
  priority: number;
  /** The readings of a series, shared by all rules that ask for the same quality. */
  readingsOf: (series: { deviceId: string; key: string; minQuality: number; keepMs: number }) => Readings;
  /** Where it counts, with all rules of its type. */
  judging?: JudgingTally | undefined;
}

/** One rule that judges: its devices, and how what they decide becomes a transition. */
export class RuleRun {
  readonly rule: RuleDefinition;
  readonly tenantId: string;
  readonly startedAtMs: number;
  readonly priority: number;
  readonly factory: JudgeFactory;
  readonly devices = new Map<string, DeviceRun>();
  /** Devices in alert now. */
  activeDevices = 0;
  /** The device that judged last. */
  lastDevice: DeviceRun | undefined;
  readonly tally: JudgingTally | undefined;
  private readonly options: RuleRunOptions;

  constructor(options: RuleRunOptions) {
    this.options = options;
    this.rule = options.rule;
    this.tenantId = options.tenantId;
    this.startedAtMs = options.startedAtMs;
    this.priority = options.priority;
    this.factory = judgeFactoryOf(options.rule);
    this.tally = options.judging;
  }

  /** Whether the rule judges this device. One that is not registered (any more) is nobody's: a reading of it may still be under way. */
  isFor(deviceId: string): boolean {
    if (this.options.devices.lookup(deviceId) === undefined) return false;
    const { onlyDevice, notDevice } = this.factory;
    if ((onlyDevice !== undefined && onlyDevice !== deviceId) || notDevice === deviceId) return false;
    return isInScope(this.rule.scope, deviceId, this.options.devices);
  }

  /** Continues where stored state ends; `changed` when other conditions left it. */
  adopt(stored: StoredRuleState, changed: 'same' | 'changed'): DeviceRun {
    const { factory, options } = this;
    const nowMs = options.clock.nowMs();
    const readings = this.readings(stored.deviceId);
    const judge: Judge =
      changed === 'changed' ? factory.carryOver(stored.state, readings, nowMs) : factory.create(stored.state, readings, nowMs);
    const device = new DeviceRun(this, stored.deviceId, judge, stored.judged);
    device.unit = stored.unit;
    this.devices.set(device.deviceId, device);
    if (device.active) this.activeDevices += 1;
    return device;
  }

  /** The run of a device, from the start when it is a new one. */
  deviceRun(deviceId: string): { device: DeviceRun; isNew: boolean } {
    const known = this.devices.get(deviceId);
    if (known !== undefined) return { device: known, isNew: false };
    const judge = this.factory.create(undefined, this.readings(deviceId), this.options.clock.nowMs());
    const device = new DeviceRun(this, deviceId, judge, []);
    this.devices.set(deviceId, device);
    return { device, isNew: true };
  }

  /** Forgets a device; answers false when the rule has none of that name. */
  forget(deviceId: string): boolean {
    const device = this.devices.get(deviceId);
    if (device === undefined) return false;
    device.gone = true;
    this.devices.delete(deviceId);
    if (device.active) this.activeDevices -= 1;
    if (this.lastDevice === device) this.lastDevice = undefined;
    return true;
  }

  /** Follows whether the device is in alert. */
  noteActive(device: DeviceRun): void {
    const { active } = device.judge.view();
    if (active !== device.active) this.activeDevices += active ? 1 : -1;
    device.active = active;
  }

  /** What stands under the node of the rule. */
  summary(): { activeDevices: number; lastValue: PointValue | null; lastDeviceId: string | null; activeSinceMs: number | null } {
    const { activeDevices, lastDevice } = this;
    const lastValue = lastDevice?.judge.view().lastValue ?? null;
    return { activeDevices, lastValue, lastDeviceId: lastDevice?.deviceId ?? null, activeSinceMs: this.activeSinceMs() };
  }

  /** A decision as it is recorded and sent on. `requestId`: of the message by which it was made, if one was. */
  transition(device: DeviceRun, decision: RuleDecision, requestId?: string): RuleTransition {
    const { rule, tenantId, factory } = this;
    const { deviceId } = device;
    const unit = factory.unitOf(device.unit);
    const name = this.options.devices.lookup(deviceId)?.name ?? deviceId;
    const { severity } = rule;
    const { threshold = factory.threshold, inputs, held, corrections } = decision;
    // What older programs stored, or a flow made, may have what a jsonb column does not take.
    const value = typeof decision.value === 'string' ? decision.value.toWellFormed() : decision.value;
    const template = rule.message.trim() === '' ? factory.defaultMessage : rule.message;
    const key = factory.subject;
    const named = { device: { id: deviceId, name }, rule, key, unit, threshold, severity };
    const messageOf = (shown: PointValue | null): string => renderMessage(template, { ...named, value: shown });
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
      message: messageOf(value),
      value,
      threshold,
      unit,
      occurrences: decision.occurrences,
      at: isoOfUs(decision.atUs),
      since: isoOfUs(decision.sinceUs),
      known_at: new Date(this.options.clock.nowMs()).toISOString(),
      ...(inputs === undefined
        ? {}
        : { inputs: inputs.map((input) => ({ ...this.seriesOf(input.input, deviceId), value: input.value, at: isoOfUs(input.atUs) })) }),
      ...(held === undefined ? {} : { held: [...held] }),
      ...(corrections === undefined ? {} : { corrections: corrections.map((correction) => correctionOf(correction, messageOf)) }),
      ...(requestId === undefined ? {} : { request_id: requestId }),
    };
  }

  private seriesOf(input: number, deviceId: string): { device_id: string; key: string } {
    const { key = '', deviceId: other } = this.factory.inputs[input] ?? {};
    return { device_id: other ?? deviceId, key };
  }

  private readings(deviceId: string): Readings[] {
    const { inputs, minQuality, keepMs } = this.factory;
    return inputs.map(({ key, deviceId: other }) => this.options.readingsOf({ deviceId: other ?? deviceId, key, minQuality, keepMs }));
  }

  /** Since when the oldest active device is active, epoch milliseconds. Asked once a second, and only while some are. */
  private activeSinceMs(): number | null {
    if (this.activeDevices === 0) return null;
    let sinceUs = Infinity;
    for (const device of this.devices.values()) {
      if (device.active) sinceUs = Math.min(sinceUs, device.judge.view().activeSinceUs ?? Infinity);
    }
    return sinceUs === Infinity ? null : Math.floor(sinceUs / 1_000);
  }
}

function correctionOf(
  { op, wasRaisedUs, episode, occurrences }: EpisodeCorrection,
  messageOf: (value: PointValue | null) => string,
): Correction {
  const { raisedUs, sinceUs, clearedUs, value } = episode;
  return {
    op,
    was_raised_at: isoOfUs(wasRaisedUs),
    raised_at: isoOfUs(raisedUs),
    cleared_at: clearedUs === null ? null : isoOfUs(clearedUs),
    since: isoOfUs(sinceUs),
    value,
    message: messageOf(value),
    ...(occurrences === undefined ? {} : { occurrences }),
  };
}

function isoOfUs(us: number): string {
  return new Date(Math.floor(us / 1_000)).toISOString();
}
