import type { ActiveHours } from '../../../contracts/rules.ts';
import type { PointValue } from '../../../contracts/telemetry.ts';
import type { DecidedFacts, LimitFacts, QuantityFacts, ReadingFacts, ScopeFacts, WindowFacts } from './facts.ts';
import type { Forms, Manner } from './forms.ts';

/** How English writes values and dates. */
export const EN_MANNER: Manner = {
  locale: 'en-GB',
  decimalSign: '.',
  quoted: (text) => `"${text}"`,
  nothing: 'nothing',
  truth: { true: 'true', false: 'false' },
};

/** What explanations say, in English. The other languages have its type: a sentence that is missing there is an error of types. */
export const en = (forms: Forms) => ({
  scope: scope(),
  state: state(forms),
  reading: reading(forms),
  lateness: lateness(forms),
  compared: compared(forms),
  clearing: clearing(forms),
  gates: gates(forms),
  decision: decision(forms),
  schedule: schedule(forms),
  condition: condition(forms),
  alert: alert(forms),
  rule: rule(forms),
  afterwards: afterwards(forms),
  corrected: corrected(forms),
  untold: untold(forms),
});
/** What every language says. */
export type Sentences = ReturnType<typeof en>;

const quantity = ({ key, deviceId }: QuantityFacts): string => `"${key}" of "${deviceId}"`;
const counted = (n: number, one: string, many: string): string => `${String(n)} ${n === 1 ? one : many}`;

function scope() {
  const of = ({ deviceId, deviceType, location }: ScopeFacts): string => {
    if (deviceId !== undefined) return `the device "${deviceId}"`;
    const type = deviceType === undefined ? '' : ` of the type "${deviceType}"`;
    const place = location === undefined ? '' : ` at the location "${location}"`;
    return type + place === '' ? 'all devices' : `devices${type}${place}`;
  };
  return {
    of,
    otherDevice: (only: string, device: string) =>
      `The rule compares readings of "${only}" and is judged for that device, not for "${device}".`,
    itself: (device: string) => `The rule compares other devices with "${device}", and judges no device against itself.`,
    inside: (device: string, facts: ScopeFacts) => `"${device}" is in the scope of the rule: ${of(facts)}.`,
    /** `misses`: what of the device is not as the rule asks. */
    outside: (device: string, facts: ScopeFacts, misses: ScopeFacts) => {
      const why = [
        ...(misses.deviceId === undefined ? [] : [`it is "${misses.deviceId}"`]),
        ...(misses.deviceType === undefined ? [] : [`its type is "${misses.deviceType}"`]),
        ...(misses.location === undefined ? [] : [`its location is "${misses.location}"`]),
      ];
      return `"${device}" is not in the scope of the rule, which is for ${of(facts)}: ${why.join(' and ')}.`;
    },
  };
}

function state({ at }: Forms) {
  const since = (us: number | null): string => (us === null ? '' : ` since ${at(us)}`);
  return {
    notRunning: (device: string) =>
      `The rule is not running for "${device}"; it is tried as if it had begun before the readings that follow.`,
    active: (device: string, sinceUs: number | null) => `The rule has been active for "${device}"${since(sinceUs)}.`,
    pending: (device: string, sinceUs: number | null) => `Its condition has held for "${device}"${since(sinceUs)}; nothing is raised yet.`,
    idle: (device: string) => `Nothing is active for "${device}".`,
    /** `sinceUs` is null for a rule without a duration. */
    dueBefore: (device: string, atUs: number, sinceUs: number | null) => {
      const held = sinceUs === null ? '' : `, when the condition had held since ${at(sinceUs)}`;
      return `An alert for "${device}" is due already before this reading: for ${at(atUs)}${held}.`;
    },
  };
}

function reading({ value, us, at }: Forms) {
  return {
    none: (of: QuantityFacts, nowUs: number) => `There is no reading of ${quantity(of)} until ${at(nowUs)}, so there is nothing to judge.`,
    is: (of: ReadingFacts, ageUs: number, isGiven: boolean) => {
      const age = ageUs > 0 ? `, ${us(ageUs)} before` : '';
      return `${quantity(of)} is ${value(of.value, of.unit)}, read at ${at(of.atUs)}${age}${isGiven ? ' (as given)' : ''}.`;
    },
    was: (of: ReadingFacts) => `${quantity(of)} was ${value(of.value, of.unit)}, read at ${at(of.atUs)}.`,
    poor: (quality: number, least: number) => `Its quality is ${value(quality)}, and the rule passes over what is below ${value(least)}.`,
    good: (quality: number, least: number) => `Its quality is ${value(quality)}; the rule asks for ${value(least)}.`,
    wasGood: (least: number) => `Its quality was at least the ${value(least)} that the rule asks for.`,
    passedOver: (given: PointValue) => {
      const why =
        typeof given === 'string'
          ? 'text has no place in a comparison of numbers'
          : 'true and false can be compared with "==" and "!=" only';
      return `${value(given)} is passed over: ${why}.`;
    },
  };
}

function lateness({ seconds, us, at }: Forms) {
  return {
    stored: () => 'A reading of that instant is stored already, so this one is not judged.',
    judged: () => 'It was judged when it came.',
    /** `behindUs`: how much older than the newest reading judged, which is of `newestUs`. */
    behind: (behindUs: number, newestUs: number, allowed: { seconds: number; isKept: boolean }) => {
      const how = behindUs === 0 ? 'no newer' : `${us(behindUs)} older`;
      const what = `It is ${how} than the newest reading judged (${at(newestUs)})`;
      return allowed.isKept
        ? `${what}, within the lateness of ${seconds(allowed.seconds)}: it takes its place in the past.`
        : `${what}, beyond the lateness of ${seconds(allowed.seconds)}: it is stored and not judged.`;
    },
  };
}

function compared({ value, seconds, us, at }: Forms) {
  const readingsIn = ({ size, seconds: length, untilUs }: WindowFacts): string =>
    `${counted(size, 'reading', 'readings')} in the ${seconds(length)} up to ${at(untilUs)}`;
  return {
    limit: ({ figure, operator, limit, unit }: LimitFacts) =>
      `The limit is "${operator} ${value(limit)}": ${value(figure, unit)} ${operator} ${value(limit, unit)}.`,
    difference: (left: ReadingFacts, operator: string, right: ReadingFacts, offset: number) => {
      const added = offset === 0 ? '' : ` ${offset < 0 ? '-' : '+'} ${value(Math.abs(offset))}`;
      const difference = value(Number(left.value) - Number(right.value), left.unit);
      return `${value(left.value, left.unit)} ${operator} ${value(right.value, right.unit)}${added}, that is a difference of ${difference}.`;
    },
    verdict: (sentence: string, holds: boolean) => `${sentence} ${holds ? 'This holds.' : 'This does not hold.'}`,
    apart: (of: QuantityFacts, ageUs: number, allowed: { seconds: number; isWithin: boolean }) => {
      const age = ageUs <= 0 ? 'of the same time' : `${us(ageUs)} older than the other side`;
      const most = seconds(allowed.seconds);
      const end = allowed.isWithin ? `, within the ${most} that the rule allows.` : `; the rule compares up to ${most}.`;
      return `The reading of ${quantity(of)} is ${age}${end}`;
    },
    tooFew: (facts: WindowFacts, wanted: number) =>
      `There ${facts.size === 1 ? 'is' : 'are'} ${readingsIn(facts)}; ${String(wanted)} are needed, so nothing is judged.`,
    figure: (facts: WindowFacts, statistic: string, figure: number, unit: string | null) =>
      `Of ${readingsIn(facts)}, "${statistic}" is ${value(figure, unit)}.`,
  };
}

function clearing({ value, seconds, us, at }: Forms) {
  return {
    goesOn: () => 'The alert that is open goes on; the reading is counted on it.',
    noClearValue: () => 'There is no clear value: the alert ends with the first reading that does not violate the limit.',
    notCrossed: ({ figure, operator, limit }: LimitFacts) =>
      `The clear value is not crossed: ${value(figure)} ${operator} ${value(limit)} still holds, so the alert stays.`,
    crossed: ({ figure, operator, limit }: LimitFacts) =>
      `The clear value is crossed: ${value(figure)} ${operator} ${value(limit)} no longer holds, so the alert ends.`,
    ended: (sinceUs: number | null) =>
      `What began${sinceUs === null ? '' : ` at ${at(sinceUs)}`} ends here; a duration starts anew with the next reading that violates the limit.`,
    /** `remainUs` is null when the duration is completed. */
    held: (sinceUs: number, heldUs: number, wanted: { seconds: number; remainUs: number | null }) => {
      const held = `It has held since ${at(sinceUs)} (${us(heldUs)} up to the reading); ${seconds(wanted.seconds)} are asked for`;
      return wanted.remainUs === null ? `${held}, which is completed.` : `${held}, ${us(wanted.remainUs)} remain.`;
    },
    hadHeld: (sinceUs: number, heldUs: number, wantedSeconds: number) =>
      `It had held since ${at(sinceUs)} (${us(heldUs)}); ${seconds(wantedSeconds)} are asked for.`,
  };
}

function gates({ seconds, us, at }: Forms) {
  const hoursOf = ({ days, from, to, timezone }: ActiveHours): string => {
    const when = from === undefined && to === undefined ? 'all day' : `${from ?? '00:00'} to ${to ?? '24:00'}`;
    return `${days === undefined ? 'every day' : days.join(', ')}, ${when} (${timezone})`;
  };
  return {
    hoursOf,
    nothingEnded: () => 'No alert has ended before, so there is nothing to cool down from.',
    cooled: (clearedUs: number, cooldown: number) =>
      `The last alert ended at ${at(clearedUs)}; the cooldown of ${seconds(cooldown)} is over.`,
    cooling: (clearedUs: number, cooldown: number, until: { us: number; leftUs: number }) =>
      `The last alert ended at ${at(clearedUs)}; the cooldown of ${seconds(cooldown)} holds the next one back until ${at(until.us)} (${us(until.leftUs)} more).`,
    wasCooled: (cooldown: number) => `The cooldown of ${seconds(cooldown)} after an earlier alert was over, or there was none.`,
    open: (atUs: number, active: ActiveHours) => `${at(atUs, active.timezone)} is within the hours of the rule: ${hoursOf(active)}.`,
    closed: (atUs: number, active: ActiveHours, opensUs: number) =>
      `${at(atUs, active.timezone)} is outside the hours of the rule: ${hoursOf(active)}. They begin again at ${at(opensUs, active.timezone)}.`,
    wasOpen: (atUs: number, active: ActiveHours) => `${at(atUs, active.timezone)} was within the hours of the rule: ${hoursOf(active)}.`,
  };
}

function decision({ us, at }: Forms) {
  const since = (sinceUs: number | null): string => (sinceUs === null ? '' : ` since ${at(sinceUs)}`);
  return {
    raises: (device: string, severity: DecidedFacts['severity'], sinceUs: number | null) =>
      `An alert of severity "${severity}" is raised for "${device}"; its condition has held${since(sinceUs)}.`,
    finds: (device: string, severity: DecidedFacts['severity']) => `An alert of severity "${severity}" is raised for "${device}".`,
    stays: (device: string) => `The alert for "${device}" stays active; no further one is raised.`,
    staysCounted: (device: string) => `The alert for "${device}" stays active; this look is counted on it.`,
    clears: (device: string) => `The alert for "${device}" is cleared.`,
    waits: (sinceUs: number | null) =>
      `Nothing is raised yet; what has held${since(sinceUs)} is raised if it goes on for as long as the steps above say.`,
    passedOver: () => 'This time is passed over; the device is looked at again when the schedule is due next.',
    notJudged: () => 'Nothing can be judged, so nothing is raised and nothing is cleared.',
    ended: () => 'The condition no longer holds; nothing is raised.',
    nothing: () => 'The condition does not hold; nothing is raised.',
    nothingFound: () => 'Nothing is found; nothing is raised.',
    raised: ({ severity, atUs, knownUs }: DecidedFacts) => {
      const known = knownUs === undefined ? '' : `, known at ${at(knownUs)} (${us(knownUs - atUs)} later)`;
      return `Raised as "${severity}" for ${at(atUs)}${known}.`;
    },
    notRaisedThen: (atUs: number) => `It was not raised at ${at(atUs)}: readings that came late showed it afterwards, and nobody was told.`,
  };
}

function schedule({ seconds, at }: Forms) {
  /** `remain` is null when it is enough. */
  const enough = (text: string, { wanted, remain }: { wanted: number; remain: number | null }): string =>
    remain === null
      ? `${text}; ${seconds(wanted)} are asked for.`
      : `${text}; ${seconds(wanted)} are asked for, ${seconds(remain)} remain.`;
  return {
    state: (device: string, activeSinceUs: number | null) =>
      `The rule is ${activeSinceUs === null ? 'not active' : `active since ${at(activeSinceUs)}`} for "${device}".`,
    due: (cron: { schedule: string; timezone: string }, nextUs: number | null, atUs: number) => {
      const next = nextUs === null ? 'it is never due again' : `it is due next at ${at(nextUs, cron.timezone)}`;
      return `The schedule is "${cron.schedule}" (${cron.timezone}); ${next}. Here it is looked at as if it were due at ${at(atUs, cron.timezone)}.`;
    },
    always: () => 'The check "always" looks at nothing: the rule raises each time it is due.',
    notOffline: (device: string) => `"${device}" is not known to be offline.`,
    offline: (device: string, length: number, asked: { wanted: number; remain: number | null }) =>
      enough(`"${device}" has been offline for ${seconds(length)}`, asked),
    old: (of: QuantityFacts, length: number, asked: { wanted: number; remain: number | null }) =>
      enough(`The last reading of ${quantity(of)} is ${seconds(length)} old`, asked),
    neverHeard: (of: QuantityFacts, length: number, asked: { wanted: number; remain: number | null }) =>
      enough(`No reading of ${quantity(of)} is known, and the rule has waited for ${seconds(length)}`, asked),
  };
}

/** What a rule looks for, in words that follow "the rule asks for". */
function condition({ value, seconds }: Forms) {
  const lasting = (length: number): string => (length > 0 ? ` for ${seconds(length)}` : '');
  const looked = (cron: { schedule: string; timezone: string }): string =>
    `, looked at by the schedule "${cron.schedule}" (${cron.timezone})`;
  return {
    threshold: (key: string, operator: string, limit: number, length: number) => `"${key}" ${operator} ${value(limit)}${lasting(length)}`,
    comparison: (
      left: string,
      operator: string,
      right: { key: string; deviceId: string | undefined; offset: number },
      times: { length: number; tolerance: number },
    ) => {
      const other = right.deviceId === undefined ? '' : ` of "${right.deviceId}"`;
      const added = right.offset === 0 ? '' : ` ${right.offset < 0 ? '-' : '+'} ${value(Math.abs(right.offset))}`;
      const apart = `of readings at most ${seconds(times.tolerance)} apart`;
      return `"${left}" ${operator} "${right.key}"${other}${added}${lasting(times.length)}, ${apart}`;
    },
    always: (cron: { schedule: string; timezone: string }) => `nothing but the time${looked(cron)}`,
    offline: (length: number, cron: { schedule: string; timezone: string }) => `a device that is offline${lasting(length)}${looked(cron)}`,
    silent: (key: string, length: number, cron: { schedule: string; timezone: string }) =>
      `no reading of "${key}"${lasting(length)}${looked(cron)}`,
    statistical: (statistic: string, key: string, length: number, limit: Pick<LimitFacts, 'operator' | 'limit'>) =>
      `"${statistic}" of "${key}" over ${seconds(length)} ${limit.operator} ${value(limit.limit)}`,
  };
}

function alert({ value, seconds, us, at }: Forms) {
  return {
    /** `seen` is one of the parts below; blank parts are left out. */
    sentence: (atUs: number, seen: string, more: { figure: string; condition: string; heldUs: number }) => {
      const asked = more.condition === '' ? '' : `; the rule asks for ${more.condition}`;
      const held = more.heldUs > 0 ? `. It had held for ${us(more.heldUs)}` : '';
      return `At ${at(atUs)} ${seen}${more.figure}${asked}${held}.`;
    },
    readings: (readings: readonly ReadingFacts[]) =>
      readings.map((one) => `${quantity(one)} was ${value(one.value, one.unit)}`).join(' and '),
    figure: (figure: PointValue, unit: string | null) => `, which made the figure ${value(figure, unit)}`,
    looked: (device: string) => `"${device}" was looked at`,
    silent: (of: QuantityFacts, length: number) => `no reading of ${quantity(of)} had come for ${seconds(length)}`,
    offline: (device: string, length: number) => `"${device}" had been offline for ${seconds(length)}`,
    /** What the platform itself found; `limit` is null without one. */
    builtIn: (atUs: number, found: { message: string; device: string; key: string }, limit: LimitFacts | null) => {
      const end =
        limit === null ? '' : ` The value was ${value(limit.figure, limit.unit)}; the limit is ${value(limit.limit, limit.unit)}.`;
      return `At ${at(atUs)} the platform found: ${found.message}${end}`;
    },
    /** The condition, with what was compared when that is known. */
    compared: (text: string, figure: PointValue | null, limit: { value: number | null; unit: string | null }) => {
      const against = limit.value === null ? '' : `; the limit was ${value(limit.value, limit.unit)}`;
      return `The rule asks for ${text}.${figure === null ? '' : ` The value was ${value(figure, limit.unit)}${against}.`}`;
    },
    wasFor: (scopeText: string, device: string) => `The rule is for ${scopeText}; "${device}" was one of them.`,
  };
}

function rule({ at }: Forms) {
  const by = (name: string, version: number): string => `Version ${String(version)} of the rule "${name}" raised it`;
  return {
    builtIn: (name: string) => `The rule "${name}" of the platform itself raised it; it is not in the list of rules.`,
    unchanged: (name: string, version: number) => `${by(name, version)}; the rule has not been changed since.`,
    disabled: (name: string, version: number) => `${by(name, version)}; the rule is switched off now.`,
    changed: (name: string, version: number, now: number) =>
      `${by(name, version)}; the rule has been changed since and is version ${String(now)} now.`,
    removed: (name: string, version: number, removedUs: number | null) =>
      `${by(name, version)}; the rule has been removed since${removedUs === null ? '' : ` (at ${at(removedUs)})`}.`,
  };
}

function afterwards({ at }: Forms) {
  return {
    repeated: (untilUs: number, n: number) => `Until ${at(untilUs)} it was seen ${counted(n, 'more time', 'more times')}.`,
    cleared: (atUs: number) => `At ${at(atUs)} the condition no longer held, and the alert was resolved.`,
    rose: (atUs: number, from: DecidedFacts['severity'], to: DecidedFacts['severity']) =>
      `At ${at(atUs)} its severity rose from ${from} to ${to}.`,
    /** `change` and `actor` are the platform's words for them, such as `resolved` and `rule disabled`. */
    other: (atUs: number, change: string, actor: string) => `At ${at(atUs)} it was ${change} by ${actor}.`,
  };
}

/** What late readings put right. */
function corrected({ at }: Forms) {
  return {
    unknown: () => 'Readings that came late put the past right.',
    unnamed: () => 'A change of when the condition held',
    why: () => 'Readings that came late put the past right without waking anybody.',
    added: (fromUs: number, toUs: number) => `Known afterwards from readings that came late: it held from ${at(fromUs)} to ${at(toUs)}.`,
    withdrawn: (atUs: number) => `A reading that came late shows that the condition did not hold at ${at(atUs)}.`,
    /** From and to when it held, and what was known of that before; null: it still holds. */
    changed: (now: { fromUs: number; toUs: number | null }, known: { fromUs: number; toUs: number | null }) => {
      const before = `not from ${at(known.fromUs)}${known.toUs === null ? '' : ` to ${at(known.toUs)}`}`;
      return `Readings that came late show that it held from ${at(now.fromUs)} to ${now.toUs === null ? 'now' : at(now.toUs)}, ${before}.`;
    },
  };
}

/** What was held back or counted instead of told. */
function untold({ seconds, at }: Forms) {
  return {
    heldBack: () => 'The device was reporting the past; the alert was held back until it had caught up or paused.',
    itself: (untilUs: number) => `The alert itself, until ${at(untilUs)}`,
    repeats: (n: number) => `${counted(n, 'further reading', 'further readings')} that violated the condition`,
    repeatsWhy: () => 'A rule has one open alert for each device; repeats are counted on it and raise no other.',
    late: (n: number, newestUs: number | null) => {
      const newest = newestUs === null ? '' : `, the newest of ${at(newestUs)}`;
      return `${counted(n, 'reading', 'readings')} of this device that came late${newest}`;
    },
    lateWhy: (allowed: number) =>
      `They were older than the newest reading judged by more than the lateness of ${seconds(allowed)}; they are stored and not judged.`,
    next: () => 'The next alert of this rule for this device',
  };
}
