import { createRequire } from 'node:module';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FlowNode } from '../../flows/flow-node.ts';
import { flowProblems } from '../../flows/problems.ts';
import type { EditorAuth, EditorUser } from './settings.ts';

/** What the guard knows of the running Node-RED. */
export interface GuardedRuntime {
  deployed(): Promise<readonly FlowNode[]>;
  types(): Promise<ReadonlySet<string>>;
  /** The flows as their file has them, which a reload would deploy. */
  filed(): Promise<readonly unknown[]>;
}

/** A request as Node-RED's middleware sees it. `refusedBecause` is for who writes refusals down. */
export interface EditorRequest extends IncomingMessage {
  path?: string;
  body?: unknown;
  user?: EditorUser | undefined;
  refusedBecause?: string;
}

type Next = (error?: unknown) => void;
type Parser = (request: IncomingMessage, response: ServerResponse, next: Next) => void;

/** As large as Node-RED itself takes deployments. */
const MAX_BODY = '5mb';
const NAMED_PROBLEMS = 5;

/**
 * Refuses deployments through the editor that bring node types which are not there: Node-RED would take them, and then start no flow of the whole
 * plant. Types that are missing already do not hinder a deployment that leaves them, so that somebody can repair one thing after another.
 */
export function deployGuard(auth: EditorAuth, runtime: GuardedRuntime) {
  const parseJson = jsonParser();
  return (request: EditorRequest, response: ServerResponse, next: Next): void => {
    if (!isDeploy(request) || request.method === 'DELETE') {
      next();
      return;
    }
    const judge = async (): Promise<void> => {
      request.user = (await auth.tokens(tokenOf(request, auth))) ?? undefined;
      const refusal = await refusalOf(request, runtime);
      if (refusal === undefined) next();
      else refuse(request, response, refusal);
    };
    parseJson(request, response, (error) => {
      if (error === undefined) judge().catch(next);
      else next(error);
    });
  };
}

/** Whether a request would change the deployed flows; `path` without the prefix. */
export function isDeploy({ method = 'GET', path = '' }: EditorRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && /^\/flows?(?:\/|$)/i.test(path);
}

/** The internal header by which the dispatcher says who asks. */
export function tokenOf({ headers }: IncomingMessage, auth: EditorAuth): string {
  const token = headers[auth.tokenHeader.toLowerCase()];
  return typeof token === 'string' ? token : '';
}

/** Answers a sentence: the editor shows the whole text of an answer to the person, as HTML. */
export function refuse(request: EditorRequest, response: ServerResponse, { status, message }: { status: number; message: string }): void {
  request.refusedBecause = message;
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'));
}

async function refusalOf(request: EditorRequest, runtime: GuardedRuntime): Promise<{ status: number; message: string } | undefined> {
  const isReload = request.headers['node-red-deployment-type'] === 'reload';
  // Node-RED reads forms too, and would make flows of them.
  if (!isReload && !/^application\/json *(?:;|$)/i.test(request.headers['content-type'] ?? ''))
    return { status: 415, message: 'Deployments are JSON: send Content-Type: application/json.' };
  const deployed = await runtime.deployed();
  const sent = (isReload ? await runtime.filed() : sentNodes(request.body)).flatMap(asNode);
  const others = isWhole(request) ? [] : deployed;
  const types = await runtime.types();
  const missing = new Set(missingTypes(deployed, deployed, types).map(({ type }) => type));
  const added = missingTypes(sent, [...others, ...sent], types).filter(({ type }) => !missing.has(type));
  if (added.length === 0) return undefined;
  const named = added.slice(0, NAMED_PROBLEMS).map(({ message }) => message);
  const more = added.length > named.length ? ` And ${String(added.length - named.length)} more.` : '';
  return { status: 400, message: `Nothing was deployed, because all flows would stop. ${named.join(' ')}${more}` };
}

function missingTypes(nodes: readonly FlowNode[], result: readonly FlowNode[], types: ReadonlySet<string>) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return flowProblems(nodes, result, { types, configProblems: () => [] })
    .filter(({ kind }) => kind === 'unknown_type')
    .map(({ node_id: id, message }) => ({ type: byId.get(id)?.type, message }));
}

/** POST /flows brings everything; the addresses of one flow bring a part. */
function isWhole({ path = '' }: EditorRequest): boolean {
  return /^\/flows(?:\/|$)/i.test(path);
}

/** The nodes in a body: a list (version 1), `flows` (version 2), or one flow with its nodes, configuration nodes and subflows. */
function sentNodes(body: unknown): unknown[] {
  if (Array.isArray(body)) return body;
  if (typeof body !== 'object' || body === null) return [];
  const of = (name: string): unknown[] => {
    const list: unknown = Reflect.get(body, name);
    return Array.isArray(list) ? list : [];
  };
  const subflows = of('subflows');
  return [...of('flows'), ...of('nodes'), ...of('configs'), ...subflows, ...subflows.flatMap(sentNodes)];
}

/** What is no node at all is Node-RED's to refuse. */
function asNode(sent: unknown): FlowNode[] {
  if (typeof sent !== 'object' || sent === null || !('type' in sent)) return [];
  return [{ ...sent, id: 'id' in sent ? String(sent.id) : '', type: String(sent.type) }];
}

/** Node-RED's own: it then knows that the body has been read. */
function jsonParser(): Parser {
  const own = createRequire(createRequire(import.meta.url).resolve('@node-red/editor-api'));
  const { json } = own('body-parser') as { json: (options: object) => Parser };
  return json({ limit: MAX_BODY });
}
