import { readFileSync } from 'node:fs';

/** Sends one request after another and answers how long each took until its body was whole, milliseconds; the first ones are not counted. */
export async function timesOf(url: string, key: string, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let place = -2; place < count; place += 1) {
    const startedAt = performance.now();
    const answer = await fetch(url, { headers: { 'x-api-key': key } });
    const { byteLength } = await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`${url} answered ${String(answer.status)} with ${String(byteLength)} bytes`);
    if (place >= 0) times.push(performance.now() - startedAt);
  }
  return times;
}

/** What one export took. */
export interface ExportRun {
  lines: number;
  seconds: number;
  /** Resident memory of the platform before it, and the most while it ran, MiB. */
  beforeMiB: number;
  peakMiB: number;
}

/** Reads an export to its end and looks at the platform's memory meanwhile. */
export async function runExport(url: string, key: string, pid: number): Promise<ExportRun> {
  const beforeMiB = residentMiB(pid);
  let peakMiB = beforeMiB;
  const watch = setInterval(() => (peakMiB = Math.max(peakMiB, residentMiB(pid))), 50);
  const startedAt = performance.now();
  let lines = 0;
  try {
    const answer = await fetch(url, { headers: { 'x-api-key': key } });
    if (answer.status !== 200 || answer.body === null) throw new Error(`The export answered ${String(answer.status)}`);
    for await (const part of answer.body as AsyncIterable<Uint8Array>) for (const byte of part) if (byte === 10) lines += 1;
  } finally {
    clearInterval(watch);
  }
  return { lines, seconds: (performance.now() - startedAt) / 1_000, beforeMiB, peakMiB };
}

/** Resident memory of a process, MiB. */
export function residentMiB(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0) / 1_024);
}
