/**
 * Every code an `AppError` may carry, with the HTTP status it becomes, what it means and what the reader can do about it.
 * The table is the source of problem details (RFC 9457) and of the documented list of codes.
 */
export const ERROR_CODES = {
  INVALID_REQUEST: { status: 400, title: 'The request is not valid', remedy: 'Correct the fields named in `errors` and send it again.' },
  INVALID_CONFIG: {
    status: 400,
    title: 'The configuration is not valid',
    remedy: 'Open the named node or variable and correct the value.',
  },
  NO_POINT_STORED: {
    status: 400,
    title: 'No point of the request could be stored',
    remedy: 'Look at `rejected` for the reason of each point.',
  },
  UNAUTHENTICATED: { status: 401, title: 'Who is calling is not known', remedy: 'Log in, or send a valid token or API key.' },
  FORBIDDEN: {
    status: 403,
    title: 'The caller may not do this',
    remedy: 'Ask an administrator for the permission named in the answer; in the place of a key issue one that has it.',
  },
  PASSWORD_CHANGE_REQUIRED: {
    status: 403,
    title: 'The password must be changed first',
    remedy: 'Choose a password of your own with PUT /api/v1/auth/password.',
  },
  NOT_FOUND: { status: 404, title: 'There is no such thing', remedy: 'Check the id; lists show what exists.' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This address does not know the method', remedy: 'Use one of the methods named in `Allow`.' },
  CONFLICT: { status: 409, title: 'This contradicts what exists', remedy: 'Read the current state, then decide again.' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large', remedy: 'Send it in smaller parts.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'The body is of a kind that is not read here',
    remedy: 'Send JSON in UTF-8 with `Content-Type: application/json`.',
  },
  RATE_LIMITED: { status: 429, title: 'Too many requests', remedy: 'Wait as long as `Retry-After` says.' },
  INTERNAL: { status: 500, title: 'Something went wrong inside', remedy: 'Try again; if it stays, look for the request id in the log.' },
  FLOW_DID_NOT_STORE: {
    status: 503,
    title: 'No flow stored the message',
    remedy: 'Wire the outlet to an ingest node and deploy, then send it again.',
  },
  NO_OUTLET: {
    status: 503,
    title: 'No flow takes this kind of message',
    remedy: 'Place the outlet node on a tab, wire it to an ingest node and deploy.',
  },
  STORAGE_UNAVAILABLE: {
    status: 503,
    title: 'The database cannot be reached',
    remedy: 'Send it again after `Retry-After`; it goes on by itself.',
  },
  DISK_FULL: { status: 503, title: 'The disk is nearly full', remedy: 'Free disk space; nothing is acknowledged until then.' },
  ALREADY_RUNNING: { status: 503, title: 'Another instance holds this installation', remedy: 'Stop the other one first.' },
  SCHEMA_TOO_NEW: { status: 503, title: 'The database was made by a newer version', remedy: 'Start that version, or restore a backup.' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** One field of a request (or one variable of the configuration) and what is wrong with it. */
export interface FieldError {
  /** Where: a dotted path such as `conditions.value`, or a variable's name. */
  field: string;
  /** The value, the rule it breaks and the next step, in one sentence. */
  message: string;
}

export interface AppErrorOptions {
  details?: Readonly<Record<string, unknown>>;
  errors?: readonly FieldError[];
  /** What helps, where the words of the code's own remedy do not fit. */
  remedy?: string;
  /** True when the same call may succeed later without being changed. */
  retryable?: boolean;
  /** How long a caller should wait before it tries again, in seconds. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** The one error that crosses borders inside the platform. Its message names the thing, the value, the rule broken and the next step. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly errors: readonly FieldError[];
  readonly remedy: string;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
    this.errors = options.errors ?? [];
    this.remedy = options.remedy ?? ERROR_CODES[code].remedy;
    this.retryable = options.retryable ?? false;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The text of anything that was thrown, for a log line or a status. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
