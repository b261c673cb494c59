import type { Problem } from '../../../../src/contracts/common.ts';
import { readConfig } from '../../node-config.ts';
import type { NodeConfig } from '../../node-config.ts';
import { fieldsOf } from '../form.ts';
import type { EditorNode } from '../red.ts';

/** What the *Send test* button needs to know of a type of node. */
export interface TestedNode<Config> {
  /** The first part of the keys of its texts: the folder's name. */
  texts: string;
  config: NodeConfig<Config>;
  /** The way of the API that sends: `email` or `webhook`. */
  channel: 'email' | 'webhook';
  /** What is sent to it, made of the checked fields. */
  bodyOf: (config: Config) => object;
}

/** What the API answers to both, and all that was said: lines of SMTP, or a request and its answer. */
interface TestAnswer {
  delivered: boolean;
  reason: string;
  conversation?: { from: string; text: string }[];
  request?: { line: string; headers: Record<string, string>; body: string };
  response?: { status: number; headers: Record<string, string>; body: string } | null;
}

/** Lets the *Send test* button of a form send what the fields say now, saved or not, and show what was said on the way. */
export function prepareSendTest<Config>(type: TestedNode<Config>, node: EditorNode): void {
  const button = document.querySelector<HTMLButtonElement>('#insa-send-test');
  if (button === null) return;
  const text = (key: string, values?: Record<string, string>): string => node._(`${type.texts}.test.${key}`, values);
  button.addEventListener('click', () => {
    const read = readConfig(type.config, fieldsOf(type.config, node));
    if (!read.ok) {
      show(text('fix', { problem: read.problems[0]?.message ?? '' }));
      return;
    }
    button.disabled = true;
    show(text('sending'));
    void send(type.channel, type.bodyOf(read.config), text).then(({ line, log }) => {
      button.disabled = false;
      show(line, log);
    });
  });
}

/** Never rejects: what goes wrong is told in words. The cookie of the editor's login is good for the API too. */
async function send(
  channel: string,
  body: object,
  text: (key: string, values?: Record<string, string>) => string,
): Promise<{ line: string; log?: string }> {
  try {
    const response = await fetch(`/api/v1/notifications/test/${channel}`, {
      method: 'POST',
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status === 401) return { line: text('loginEnded') };
    if (!response.ok) return { line: text('failed', { reason: await problemIn(response) }) };
    const answer = (await response.json()) as TestAnswer;
    return { line: text(answer.delivered ? 'delivered' : 'failed', { reason: answer.reason }), log: inLines(answer) };
  } catch (error) {
    return { line: text('unreachable', { reason: error instanceof Error ? error.message : String(error) }) };
  }
}

/** As text: the form shows it as it is, and runs nothing of it. */
function show(line: string, log = ''): void {
  const outcome = document.getElementById('insa-send-test-outcome');
  const place = document.getElementById('insa-send-test-log');
  if (outcome !== null) outcome.textContent = line;
  if (place === null) return;
  place.textContent = log;
  place.hidden = log === '';
}

/** Who said what, one line each; a request and its answer as they went over the wire. */
function inLines({ conversation = [], request, response }: TestAnswer): string {
  const said = conversation.map(({ from, text }) => `${from}: ${text}`);
  const sent = request === undefined ? [] : [request.line, ...headerLines(request.headers), '', request.body];
  const answered =
    response === undefined || response === null
      ? []
      : ['', `HTTP ${String(response.status)}`, ...headerLines(response.headers), '', response.body];
  return [...said, ...sent, ...answered].join('\n');
}

function headerLines(headers: Record<string, string>): string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}

async function problemIn(response: Response): Promise<string> {
  const { detail, errors } = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const fields = (errors ?? []).map(({ field, message }) => `${field}: ${message}`);
  return fields.length > 0 ? fields.join(' ') : (detail ?? `${String(response.status)} ${response.statusText}`);
}
