import type { NextFunction, Request, Response } from 'express';
import type { NewId } from '../../core/ids.ts';

/** Gives every request an id: the client's own when it is a sensible one, otherwise a new one. Answers carry it. */
export function requestContext(newId: NewId) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.get('x-request-id');
    const requestId = given !== undefined && /^[\w.:-]{1,64}$/.test(given) ? given : newId();
    response.locals['requestId'] = requestId;
    response.setHeader('X-Request-Id', requestId);
    next();
  };
}

/** The id that `requestContext` gave. */
export function requestIdOf(response: Response): string {
  return String(response.locals['requestId']);
}

/** The client's address, as far as configured proxies are believed. */
export function addressOf(request: Request): string {
  return request.ip ?? 'unknown';
}
