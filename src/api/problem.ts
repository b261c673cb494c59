import type { Response } from 'express';
import { AppError, ERROR_CODES, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

/** The page that explains every code, with an anchor for each. */
export const ERROR_PAGE = '/api/v1/docs/errors';

/** An error as the members of a problem (RFC 9457). What is not meant for the caller is not in it. */
export function problemOf(error: AppError) {
  const { status, title } = ERROR_CODES[error.code];
  const members = {
    type: `${ERROR_PAGE}#${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    remedy: error.remedy,
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
  };
  // Details stand behind, and replace nothing: a detail called "status" would make the problem's own a word.
  return { ...members, ...error.details, ...members };
}

/** Answers an error as a problem. */
export function sendProblem(response: Response, error: AppError): void {
  const problem = problemOf(error);
  const { status } = problem;
  if (error.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(error.retryAfterSeconds));
  else if (status === 503) response.setHeader('Retry-After', '5');
  response
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        ...problem,
        instance: response.req.originalUrl.split('?', 1)[0],
        request_id: String(response.locals['requestId']),
      }),
    );
}

/** What is needed to judge an error and to find it again. */
export interface ErrorContext {
  logger: Logger;
  requestId: string;
  path: string;
  /** True for errors of the database that go away by themselves. */
  isPassing(error: unknown): boolean;
}

/** Makes an `AppError` of whatever was thrown; what nobody expected is logged with its request id and answered as INTERNAL. */
export function asAppError(error: unknown, context: ErrorContext): AppError {
  if (error instanceof AppError) return error;
  const refused = bodyProblem(error);
  if (refused !== undefined) return refused;
  const { logger, requestId, path } = context;
  if (context.isPassing(error)) {
    logger.warn({ request_id: requestId, path, reason: messageOf(error) }, 'A request was refused: the database cannot be reached.');
    return new AppError('STORAGE_UNAVAILABLE', 'The database cannot be reached at the moment. Nothing was changed; try again shortly.', {
      retryable: true,
      retryAfterSeconds: 5,
      cause: error,
    });
  }
  logger.error({ request_id: requestId, path, error: error instanceof Error ? error.stack : String(error) }, 'A request failed.');
  return new AppError('INTERNAL', `The request failed inside the platform. The log explains it under the request id ${requestId}.`);
}

/** Errors of the body parser and of the router, by their `type` or status. */
function bodyProblem(error: unknown): AppError | undefined {
  if (!(error instanceof Error)) return undefined;
  const type = 'type' in error ? error.type : undefined;
  switch (type) {
    case 'entity.too.large':
      return new AppError('PAYLOAD_TOO_LARGE', 'The body is larger than 1 MB; send it in smaller parts.', { cause: error });
    case 'entity.parse.failed':
      return invalidBody(`The body is not valid JSON (${messageOf(error).slice(0, 120)}); correct it and send it again.`, error);
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new AppError('UNSUPPORTED_MEDIA_TYPE', `${messageOf(error)}; send JSON in UTF-8, plain or compressed with gzip.`, {
        cause: error,
      });
    case 'request.aborted':
    case 'request.size.invalid':
      return invalidBody('The body ended before its announced length; send it again.', error);
    default:
      break;
  }
  // An address that is not valid percent-encoding, or a body whose compression is broken.
  if ('status' in error && error.status === 400)
    return new AppError('INVALID_REQUEST', `The request cannot be read: ${messageOf(error).slice(0, 200)}.`, { cause: error });
  return undefined;
}

function invalidBody(message: string, cause: unknown): AppError {
  return new AppError('INVALID_REQUEST', message, { errors: [{ field: 'body', message }], cause });
}
