import { DEFAULT_LATENESS_SECONDS } from '../../contracts/rule-terms.ts';
import type { JudgeFactory, RuleInput } from '../judge.ts';
import { DEFAULT_MESSAGE } from '../message-template.ts';
import type { RaiseGate } from '../raise-gate.ts';
import type { Readings } from '../readings.ts';
import type { LimitConditions } from './conditions.ts';
import type { Derivation } from './derivation.ts';
import { LimitJudge } from './limit-judge.ts';
import { carryOverMemory, initialMemory, parseMemory, reachMs } from './memory.ts';
import type { LimitMemory } from './memory.ts';
import { REPORT_INTERVAL_MS } from './reduce.ts';

/** What every type of rule has beside its conditions, as judges need it. */
export interface RuleFrame {
  gate: RaiseGate | undefined;
  latenessMs: number;
  minQuality: number;
}

/** A type of rule that compares something with a limit: what it reads, and how it makes of that what is compared. */
export interface LimitType<Inputs extends readonly RuleInput[]> {
  limit: LimitConditions;
  inputs: Inputs;
  /** How much of the past is looked at for one comparison. */
  windowMs: number;
  threshold: number | null;
  subject: string;
  onlyDevice?: string | undefined;
  notDevice?: string | undefined;
  defaultMessage?: string;
  unitOf(unit: string | null): string | null;
  derivation(readings: { [Place in keyof Inputs]: Readings }): Derivation;
}

/** The judges of a rule that compares something with a limit. */
export function limitFactory<const Inputs extends readonly RuleInput[]>(frame: RuleFrame, type: LimitType<Inputs>): JudgeFactory {
  const { limit, inputs, windowMs, threshold, subject } = type;
  const { latenessMs, minQuality } = frame;
  const presentMs = Math.max(latenessMs, DEFAULT_LATENESS_SECONDS * 1_000);
  const rule = { limit: { ...limit, presentMs }, latenessMs };
  const judge = (readings: readonly Readings[], memory: LimitMemory): LimitJudge => {
    if (readings.length !== inputs.length) throw new Error(`A judge of ${subject} needs ${String(inputs.length)} readings`);
    // As many as inputs, which was just seen.
    return new LimitJudge(rule, type.derivation(readings as { [Place in keyof Inputs]: Readings }), memory);
  };
  return {
    inputs,
    // A report of repeats shows what the last of them was compared with, when newer readings have come since.
    keepMs: windowMs + Math.max(reachMs(latenessMs), REPORT_INTERVAL_MS),
    minQuality,
    onlyDevice: type.onlyDevice,
    notDevice: type.notDevice,
    byTime: false,
    defaultMessage: type.defaultMessage ?? DEFAULT_MESSAGE,
    threshold,
    subject,
    unitOf: (unit) => type.unitOf(unit),
    create: (stored, readings) => judge(readings, stored === undefined ? initialMemory() : parseMemory(stored)),
    carryOver: (stored, readings) => judge(readings, carryOverMemory(parseMemory(stored))),
  };
}
