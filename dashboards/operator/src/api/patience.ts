/** The limits of the API are by the minute: after that there is room again. */
const LONGEST_WAIT_SECONDS = 60;
const TRIES = 3;

type Pause = (durationMs: number) => Promise<void>;

/**
 * Asks, and when the API answers that there were too many requests, waits as long as it says and asks again, three times at most. Only for
 * what reads: whoever clicks a button should hear at once that it did nothing. Without a time to wait the answer stands.
 */
export async function patiently(method: string, ask: () => Promise<Response>, pause: Pause = inTime): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    const response = await ask();
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    if (response.status !== 429 || method !== 'GET' || tries === TRIES || !(seconds >= 0)) return response;
    await response.body?.cancel();
    await pause(Math.min(seconds, LONGEST_WAIT_SECONDS) * 1_000);
  }
}

function inTime(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
