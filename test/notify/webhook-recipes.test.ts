import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { secretOf, signatureHeaders } from '../../src/notify/channels/webhook/signature.ts';
import { messageFor, readAction } from '../../src/notify/alert-content.ts';
import { webhookBody, webhookContentOf } from '../../src/notify/channels/webhook/payload.ts';
import type { Delivery } from '../../src/notify/types.ts';
import { needsProgram } from '../support/system-programs.ts';
import { deliveryOf, linkTo } from './deliveries.ts';

const PAGE = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'webhooks.md'), 'utf8');
const NOW = 1_790_000_000;
const BODY = '{"delivery":"d1","text":"Größe"}';
const SECRET = secretOf(Buffer.alloc(32, 1));
const PLAIN = 'a secret of the installation';

function recipe(language: string, page = PAGE): string {
  return new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1] ?? assert.fail(`There is no recipe in ${language}.`);
}

interface Case {
  what: string;
  secret: string;
  headers: Record<string, string>;
  body: string;
  expected: 'event' | 'repeat' | 'refused';
}

function casesOf(): Case[] {
  const signed = (id: string, secrets: string[], timestampSeconds = NOW) => {
    const headers = signatureHeaders({ id, timestampSeconds, body: BODY.replace('d1', id), secrets });
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  };
  const one = (what: string, id: string, expected: Case['expected'], more: Partial<Case> = {}): Case => {
    const headers = signed(id, [SECRET]);
    return { what, secret: SECRET, headers, body: BODY.replace('d1', id), expected, ...more };
  };
  return [
    one('a good one', 'd1', 'event'),
    one('the same again', 'd1', 'repeat'),
    one('another one', 'd2', 'event'),
    one('a secret in plain text', 'd3', 'event', { secret: PLAIN, headers: signed('d3', [PLAIN]) }),
    one('two secrets, the old one known', 'd4', 'event', { headers: signed('d4', [PLAIN, SECRET]) }),
    one('another secret', 'd5', 'refused', { headers: signed('d5', [PLAIN]) }),
    one('another body', 'd6', 'refused', { body: BODY }),
    one('299 s old', 'd7', 'event', { headers: signed('d7', [SECRET], NOW - 299) }),
    one('301 s old', 'd8', 'refused', { headers: signed('d8', [SECRET], NOW - 301) }),
    one('301 s ahead', 'd9', 'refused', { headers: signed('d9', [SECRET], NOW + 301) }),
    one('no headers', 'd10', 'refused', { headers: {} }),
    one('another time than the signed one', 'd11', 'refused', {
      headers: { ...signed('d11', [SECRET]), 'x-insa-timestamp': String(NOW + 1) },
    }),
  ];
}

describe('the recipes to verify a webhook', () => {
  it('in Node.js take what is ours and new, and refuse the rest', async () => {
    const { verify } = (await import(`data:text/javascript,${encodeURIComponent(recipe('js'))}`)) as {
      verify(secret: string, headers: object, body: Buffer, now: number): object | undefined;
    };
    for (const { what, secret, headers, body, expected } of casesOf()) {
      let outcome: string;
      try {
        outcome = verify(secret, headers, Buffer.from(body), NOW) === undefined ? 'repeat' : 'event';
      } catch {
        outcome = 'refused';
      }
      assert.equal(outcome, expected, what);
    }
  });

  describe('in Python', () => {
    const python = needsProgram('python3');

    it('take what is ours and new, and refuse the rest', () => {
      const cases = casesOf();
      const program = `${recipe('python')}
import sys
for case in json.load(sys.stdin):
    try:
        print("repeat" if verify(case["secret"], case["headers"], case["body"].encode(), ${String(NOW)}) is None else "event")
    except ValueError:
        print("refused")
`;
      const { stdout, stderr } = spawnSync(python, ['-c', program], { input: JSON.stringify(cases), encoding: 'utf8' });
      assert.deepEqual(
        stdout.trim().split('\n'),
        cases.map(({ expected }) => expected),
        stderr,
      );
    });
  });
});

describe('the recipe to put messages of one alert in order', () => {
  const over = {
    status: 'resolved' as const,
    occurrences: 3,
    last_at: '2026-11-21T12:04:00.000000Z',
    resolved_at: '2026-11-21T12:05:00.000000Z',
  };
  const ways: [string, (alert: typeof over | undefined) => unknown][] = [
    [
      'webhooks',
      (alert) => {
        const delivery: Delivery = deliveryOf({ type: 'webhook', url: 'https://example.com/' }, alert === undefined ? {} : { alert });
        const content = webhookContentOf(delivery.content);
        return content === undefined ? undefined : (JSON.parse(webhookBody(delivery, content)) as unknown);
      },
    ],
    [
      'workflows and scripts',
      (alert) => {
        const delivery = deliveryOf({ type: 'n8n', url: 'https://example.com/' }, alert === undefined ? {} : { alert });
        const read = readAction(delivery, 'n8n', linkTo);
        return read === undefined ? undefined : messageFor(delivery, read);
      },
    ],
  ];
  for (const [what, bodyOf] of ways) {
    it(`knows a "raised" that comes after its "resolved" by what ${what} are sent`, async () => {
      const page = PAGE.slice(PAGE.indexOf('## Order'));
      // Each import of another text is another module, with a memory of its own.
      const source = `// ${what}\n${recipe('js', page)}`;
      const { isNews } = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as { isNews(event: unknown): boolean };
      const [raised, resolved] = [bodyOf(undefined), bodyOf(over)] as { event: string; event_at: string; alert: { status: string } }[];
      assert.deepEqual(
        [raised, resolved].map((body) => [body?.event, body?.alert.status, body?.event_at]),
        [
          ['raised', 'active', '2026-11-21T12:00:00.000000Z'],
          ['resolved', 'resolved', '2026-11-21T12:05:00.000000Z'],
        ],
      );
      assert.deepEqual([isNews(resolved), isNews(raised), isNews(resolved)], [true, false, false], 'the late one is of the past');
      const another = { ...raised, alert: { ...raised?.alert, id: 'another' } };
      assert.ok(isNews(another));
    });
  }
});
