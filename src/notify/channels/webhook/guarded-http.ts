/** One request that others chose the address of: a webhook, a workflow. */
export interface HttpRequest {
  /** Of the receiver's own; `Host`, `Content-Length` and `Connection` are set by the sender. */
  headers: Readonly<Record<string, string>>;
  /** At most 1 MB in UTF-8; more is refused. */
  body: string;
  /** Ends the request when the platform stops. */
  signal: AbortSignal;
}

/** An answer as it was read: the status decides, whatever came of the body. */
export interface HttpAnswer {
  status: number;
  /** Names in small letters; values of one name joined with ", ". */
  headers: Readonly<Record<string, string>>;
  /** The first 64 KB as text; not decompressed. */
  body: string;
  /** True when the body had more, or did not end in time. */
  cut: boolean;
}

/** Why there is no answer: `refused` by the guard (nothing was sent), `timeout`, `aborted` by the caller, `failed` on the way (DNS, TCP, TLS, HTTP). */
export type HttpFailure = 'refused' | 'timeout' | 'aborted' | 'failed';

/** What came of a request. `addresses`: what the name resolved to; empty when it did not come to that. */
export type HttpOutcome =
  | { kind: 'answered'; answer: HttpAnswer; addresses: readonly string[]; connectedTo: string }
  | { kind: HttpFailure; reason: string; addresses: readonly string[] };

/**
 * Sends requests to addresses that others chose: http and https alone, to addresses that may be connected to (checked at each request on the
 * address actually connected to), without following redirects, with TLS verified, within 10 s in all. Never rejects.
 */
export interface GuardedHttp {
  /** Sends one POST. Reasons are one sentence for people, without secrets. */
  post(url: string, request: HttpRequest): Promise<HttpOutcome>;
}
