import type { Problem } from '../../../../src/contracts/common.ts';
import { pageLanguage } from '../language.ts';
import { refusalText } from './problem-words.ts';

/** The status of an answer that never came: the server, or the way to it, is gone. */
export const UNREACHABLE_STATUS = 0;

/** What the page itself says of requests, in the language of the person looking. */
export interface RequestWords {
  noAnswer: () => string;
  unexplained: (status: number) => string;
  sessionOver: () => string;
}

let words: RequestWords = {
  noAnswer: () => 'The server did not answer.',
  unexplained: (status) => `The server answered ${String(status)} without saying why.`,
  sessionOver: () => 'The session is over. Please sign in again.',
};

/** Says from now on in these words what the server has not said itself. */
export function speakWith(spoken: RequestWords): void {
  words = spoken;
}

/** The error for an answer that never came. The browser's own words for it are no help to anybody. */
export function noAnswer(): ApiError {
  return new ApiError(UNREACHABLE_STATUS, { code: 'UNREACHABLE', detail: words.noAnswer() });
}

/** The error for a request that nobody is signed in for any more. */
export function sessionOver(): ApiError {
  return new ApiError(401, { code: 'UNAUTHENTICATED', detail: words.sessionOver() });
}

/** What the API refused, or why it could not be asked. */
export class ApiError extends Error {
  /** HTTP status, or `UNREACHABLE_STATUS`. */
  readonly status: number;
  /** The stable code of the problem, `UNREACHABLE` without an answer, `UNKNOWN` for an answer that explains nothing. */
  readonly code: string;
  /** What was wrong with which field of the request. */
  readonly fields: readonly { field: string; message: string }[];
  /** How long the server asks to wait, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, problem: Pick<Problem, 'code' | 'detail' | 'errors'>, retryAfterSeconds?: number) {
    super(refusalText({ status, code: problem.code, detail: problem.detail }, pageLanguage()));
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code;
    this.fields = problem.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** True when nobody answered or a gateway answered in the server's place: asking again later may work. */
  get isServerAway(): boolean {
    return this.status === UNREACHABLE_STATUS || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** The error for an answer that is not a success. Never fails, whatever the body is. */
export function errorFrom(status: number, body: string, retryAfter: string | null): ApiError {
  const waitSeconds = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
  const problem = parseProblem(body);
  return new ApiError(status, problem ?? { code: 'UNKNOWN', detail: words.unexplained(status) }, waitSeconds);
}

function parseProblem(body: string): Pick<Problem, 'code' | 'detail' | 'errors'> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // Not JSON: a proxy's page, for instance. The caller then says what it knows, which is the status.
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !('detail' in parsed) || typeof parsed.detail !== 'string') return undefined;
  const code = 'code' in parsed && typeof parsed.code === 'string' ? parsed.code : 'UNKNOWN';
  const errors = 'errors' in parsed && Array.isArray(parsed.errors) ? parsed.errors.filter(isFieldError) : [];
  return { code, detail: parsed.detail, errors };
}

function isFieldError(entry: unknown): entry is { field: string; message: string } {
  return typeof entry === 'object' && entry !== null && 'field' in entry && 'message' in entry && typeof entry.message === 'string';
}

/** The text of anything that was thrown, for a person. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
