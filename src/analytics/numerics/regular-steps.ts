/** Readings at equal distances, the oldest first. */
export interface RegularSteps {
  values: Float64Array;
  /** The distance, microseconds. */
  intervalUs: number;
  /** When the last step ends: the time of the newest reading, epoch microseconds. */
  lastUs: number;
  /** Steps without a reading, which lie on the straight line between their neighbours. */
  filled: number;
}

/** The median distance of readings in the order of their times, microseconds; undefined for fewer than two. */
export function ownInterval(timesUs: Float64Array): number | undefined {
  if (timesUs.length < 2) return undefined;
  const distances = new Float64Array(timesUs.length - 1);
  for (let place = 1; place < timesUs.length; place += 1) distances[place - 1] = (timesUs[place] ?? 0) - (timesUs[place - 1] ?? 0);
  distances.sort();
  return Math.max(1, Math.round(distances[Math.floor((distances.length - 1) / 2)] ?? 1));
}

/** The readings that lie in the newest `most` steps, counted back from the newest one; they come in the order of their times. */
export function newestSteps(
  { timesUs, numbers }: { timesUs: Float64Array; numbers: Float64Array },
  intervalUs: number,
  most: number,
): { timesUs: Float64Array; numbers: Float64Array } {
  const oldestUs = (timesUs.at(-1) ?? 0) - (most - 0.5) * intervalUs;
  const first = intervalUs === 0 ? 0 : timesUs.findIndex((us) => us > oldestUs);
  return first <= 0 ? { timesUs, numbers } : { timesUs: timesUs.subarray(first), numbers: numbers.subarray(first) };
}

/**
 * The newest `most` steps of readings, counted back from the newest one: a step is the mean of the readings that are nearest to it. Steps
 * without a reading are drawn as a straight line. Readings come in the order of their times, and there is at least one.
 */
export function regularSteps(timesUs: Float64Array, numbers: Float64Array, intervalUs: number, most: number): RegularSteps {
  const lastUs = timesUs.at(-1) ?? 0;
  const stepsBack = (timeUs: number): number => Math.round((lastUs - timeUs) / intervalUs);
  const count = Math.min(most, stepsBack(timesUs[0] ?? lastUs) + 1);
  const values = new Float64Array(count);
  const readings = new Uint32Array(count);
  for (let place = timesUs.length - 1; place >= 0; place -= 1) {
    const step = count - 1 - stepsBack(timesUs[place] ?? 0);
    if (step < 0) break;
    const n = (readings[step] ?? 0) + 1;
    readings[step] = n;
    // So the mean of equal readings is their value, which a sum divided by their number is not always.
    values[step] = (values[step] ?? 0) + ((numbers[place] ?? 0) - (values[step] ?? 0)) / n;
  }
  return { values, intervalUs, lastUs, filled: fillGaps(values, readings) };
}

/** Draws the straight line through steps without a reading; the last step has one, the first one may not. Answers how many there were. */
function fillGaps(values: Float64Array, readings: Uint32Array): number {
  let filled = 0;
  let known = readings.findIndex((n) => n > 0);
  for (let step = 0; step < known; step += 1, filled += 1) values[step] = values[known] ?? 0;
  for (let step = known + 1; step < values.length; step += 1) {
    if ((readings[step] ?? 0) === 0) continue;
    const [from, to] = [values[known] ?? 0, values[step] ?? 0];
    for (let between = known + 1; between < step; between += 1, filled += 1) {
      values[between] = from + ((to - from) * (between - known)) / (step - known);
    }
    known = step;
  }
  return filled;
}
