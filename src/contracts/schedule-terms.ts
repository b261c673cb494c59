import { cronProblem } from './cron.ts';
import { isTimezone } from './rule-terms.ts';
import type { FieldProblem, ScheduleCheck } from './rule-terms.ts';

/** A schedule as far as its fields have to fit together. */
interface ScheduleTerms {
  schedule: string;
  timezone: string;
  check: ScheduleCheck;
  offline_seconds?: number | undefined;
  key?: string | undefined;
  seconds?: number | undefined;
}

/** What is wrong with the conditions of a schedule rule: each field and why. The same words in the API and in the form of the node. */
export function scheduleProblems({
  schedule,
  timezone,
  check,
  offline_seconds: offlineSeconds,
  key,
  seconds,
}: ScheduleTerms): FieldProblem[] {
  if (!isTimezone(timezone)) {
    return [
      { field: 'timezone', message: `The time zone "${timezone}" is not known; enter an IANA name such as "America/Bogota" or "UTC".` },
    ];
  }
  const problems: FieldProblem[] = [];
  const add = (field: string, message: string | undefined): void => {
    if (message !== undefined) problems.push({ field, message });
  };
  add('schedule', cronProblem(schedule, timezone));
  if (check === 'device_offline' && offlineSeconds === undefined) {
    add('offline_seconds', 'The check "device_offline" needs the seconds that a device must be offline; enter 0 for at once.');
  }
  if (check === 'no_data' && key === undefined) add('key', 'The check "no_data" needs the key whose readings are missed; enter one.');
  if (check === 'no_data' && seconds === undefined)
    add('seconds', 'The check "no_data" needs the seconds without a reading; enter a number above 0.');
  return problems;
}
