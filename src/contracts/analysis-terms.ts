/*
 * What forms, nodes and requests agree on about analyses, without zod: it is bundled into the editor.
 */

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const MOST_SECONDS = 366 * 86_400;

/** What a duration looks like. */
export const DURATION_PATTERN = /^(\d{1,8})([smhd]?)$/;
/** What is said of a text that is no duration. */
export const DURATION_WORDS =
  'Send a number with its unit, such as "15m" (s, m, h or d; seconds without one), from one second to 366 days.';

/** Seconds of a text such as "15m" or "90"; undefined when it is none, or not from one second to 366 days. */
export function durationSeconds(text: string): number | undefined {
  const [, digits = '', unit = ''] = DURATION_PATTERN.exec(text) ?? [];
  const seconds = digits === '' ? 0 : Number(digits) * (UNIT_SECONDS[unit] ?? 1);
  return seconds >= 1 && seconds <= MOST_SECONDS ? seconds : undefined;
}
