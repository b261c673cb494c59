import { setTimeout as delay } from 'node:timers/promises';
import type { RejectedPoint, TelemetryResult } from '../../src/contracts/telemetry.ts';
import type { Batch } from './batch.ts';
import { ImportError } from './csv.ts';

/** Where the readings go. */
export interface SenderOptions {
  /** Of the platform, such as http://localhost:1880. */
  url: string;
  key: string;
  /** Told once when the platform cannot store at the moment, with how long it is waited. */
  onWaiting(reason: string, seconds: number): void;
}

const DEFAULT_WAIT_SECONDS = 5;
/** So long a platform may be away before the import gives up. */
const GIVE_UP_MS = 10 * 60_000;

type Attempt = { kind: 'answered'; result: TelemetryResult } | { kind: 'later'; reason: string; seconds: number };

/** Sends batches to `POST /telemetry?mode=history`, and again while the platform says that it cannot store at the moment. */
export class Sender {
  private readonly options: SenderOptions;
  private readonly address: string;
  private hasAnswered = false;

  constructor(options: SenderOptions) {
    this.options = options;
    if (!/^https?:\/\//.test(options.url) || !URL.canParse(options.url)) {
      throw new ImportError(`--url is "${options.url}", which is no address; send for example --url http://localhost:1880.`);
    }
    this.address = new URL(`${options.url.replace(/\/+$/, '')}/api/v1/telemetry?mode=history`).href;
  }

  /** What became of the batch. Throws an `ImportError` when the platform refuses the request as such, or is away for too long. */
  async send(batch: Batch): Promise<TelemetryResult> {
    const body = JSON.stringify(batch);
    const startedAt = performance.now();
    for (;;) {
      const attempt = await this.attempt(body);
      if (attempt.kind === 'answered') return attempt.result;
      if (performance.now() - startedAt > GIVE_UP_MS) throw new ImportError(`The platform stores nothing: ${attempt.reason}`);
      this.options.onWaiting(attempt.reason, attempt.seconds);
      await delay(attempt.seconds * 1_000);
    }
  }

  private async attempt(body: string): Promise<Attempt> {
    const headers = { 'content-type': 'application/json', 'x-api-key': this.options.key };
    let status: number;
    let retryAfter: string | null;
    let text: string;
    try {
      const response = await fetch(this.address, { method: 'POST', headers, body });
      ({ status } = response);
      retryAfter = response.headers.get('retry-after');
      text = await response.text();
    } catch (error) {
      const reason = `${this.address} cannot be reached (${causeOf(error)})`;
      if (!this.hasAnswered) throw new ImportError(`${reason}. Is the platform running? --url names another address.`);
      return { kind: 'later', reason, seconds: DEFAULT_WAIT_SECONDS };
    }
    this.hasAnswered = true;
    const answer = parsed(text);
    if (status === 503 || status === 429) {
      return { kind: 'later', reason: answer.detail ?? `HTTP ${String(status)}`, seconds: Number(retryAfter) || DEFAULT_WAIT_SECONDS };
    }
    if (status === 200)
      return {
        kind: 'answered',
        result: { stored: answer.stored ?? 0, duplicates: answer.duplicates ?? 0, rejected: answer.rejected ?? [] },
      };
    if (answer.code === 'NO_POINT_STORED')
      return { kind: 'answered', result: { stored: 0, duplicates: 0, rejected: answer.rejected ?? [] } };
    const hint = status === 401 || status === 403 ? ' The key must have the permission telemetry:write.' : '';
    throw new ImportError(`${this.address} answers ${String(status)}: ${answer.detail ?? (text.slice(0, 200) || 'nothing')}${hint}`);
  }
}

interface Answer {
  stored?: number;
  duplicates?: number;
  rejected?: RejectedPoint[];
  code?: string;
  detail?: string;
}

function parsed(text: string): Answer {
  try {
    const answer = JSON.parse(text) as unknown;
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    // A proxy's page, perhaps; the status says enough.
    return {};
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
