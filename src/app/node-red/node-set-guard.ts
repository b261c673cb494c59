import type { ServerResponse } from 'node:http';
import { refuse, tokenOf } from './deploy-guard.ts';
import type { EditorRequest } from './deploy-guard.ts';
import type { EditorAuth } from './settings.ts';

/** Somebody changed which nodes there are, or tried to. */
export interface NodeSetChange {
  username: string;
  address: string | undefined;
  /** Method and path, such as `PUT /nodes/node-red/tcpin`. */
  target: string;
  status: number;
  /** What was asked for: `enabled`, or the module and its version. */
  asked: Readonly<Record<string, unknown>>;
}

/**
 * Lets administrators alone switch nodes on and off and install palette modules through the editor, for that changes what every flow may use; tells
 * of each change and each refusal.
 */
export function nodeSetGuard(auth: EditorAuth, changed: (change: NodeSetChange) => void) {
  return (request: EditorRequest, response: ServerResponse, next: (error?: unknown) => void): void => {
    const { method = 'GET', path = '' } = request;
    if (method === 'GET' || method === 'HEAD' || !/^\/nodes(?:\/|$)/i.test(path)) {
      next();
      return;
    }
    const judge = async (): Promise<void> => {
      const user = await auth.tokens(tokenOf(request, auth));
      response.once('finish', () => {
        const { statusCode: status } = response;
        const { username = 'unknown', address } = user ?? {};
        changed({ username, address, target: `${method} ${path}`, status, asked: askedOf(request.body) });
      });
      if (user?.administers === true) next();
      else refuse(request, response, { status: 403, message: 'Which nodes there are is changed by administrators ("settings:write").' });
    };
    judge().catch(next);
  };
}

function askedOf(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(Object.entries(body).filter(([name]) => name === 'enabled' || name === 'module' || name === 'version'));
}
