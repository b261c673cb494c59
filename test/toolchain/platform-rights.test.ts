import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/**
 * Who works with the rights of the platform itself, which see every tenant, and why a request's own rights would not do. Everything else
 * that serves requests goes through `asTenant`, behind row-level security. A file that is not here and needs a place says why.
 */
const ALLOWED: Record<string, string> = {
  'src/alerts/alert-service.ts': 'rules open and close alerts of every tenant; people’s changes run as their tenant',
  'src/app/': 'constructs and starts the parts',
  'src/alerts/resends.ts': 'what alert nodes applied, sent again at their start',
  'src/auth/': 'finds out who is calling, before any tenant is known, and writes the audit log',
  'src/devices/command-service.ts': 'answers come from the broker; people’s commands run as their tenant',
  'src/devices/command-timer.ts': 'commands of every tenant that nobody answered',
  'src/devices/config-service.ts': 'at start, what the broker does not have',
  'src/devices/device-directory.ts': 'all devices, for the broker',
  'src/devices/offline-devices.ts': 'all devices, for rules',
  'src/devices/offline-watch.ts': 'all devices that are watched, and alerts about them',
  'src/devices/presence.ts': 'what the broker sees of devices',
  'src/devices/telemetry-purger.ts': 'telemetry of removed devices',
  'src/engine/': 'runs the rules of every tenant',
  'src/flows/open-endpoints.ts': 'at start, what is open',
  'src/flows/version-history.ts': 'keeps what was deployed, wherever it was deployed from',
  'src/notify/webhooks/stored-headers.ts': 'at start, what an older version stored unencrypted',
  'src/storage/': 'the storage itself',
  'src/telemetry/': 'ingest of every tenant',
};
const root = path.join(import.meta.dirname, '..', '..');

/** Uses of `x.system`, `{ system } = x`, `x.transaction(`, `x.connect(` and `x.connectionOfWorker` in a file, with their lines. */
function platformRightsIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && isDatabase(node)) {
      found.push(`${file}:${String(source.getLineAndCharacterOfPosition(node.getStart()).line + 1)} ${node.getText()}`);
    }
    if (ts.isBindingElement(node) && (node.propertyName ?? node.name).getText() === 'system') {
      found.push(`${file}:${String(source.getLineAndCharacterOfPosition(node.getStart()).line + 1)} { system }`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isDatabase({ name, expression }: ts.PropertyAccessExpression): boolean {
  if (name.text === 'system' || name.text === 'connectionOfWorker') return true;
  return (name.text === 'transaction' || name.text === 'connect') && /(?:^|\.)(?:db|database)$/.test(expression.getText());
}

const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'));
const isAllowed = (file: string): boolean =>
  Object.keys(ALLOWED).some((place) => file === place || (place.endsWith('/') && file.startsWith(place)));

describe('The rights of the platform', () => {
  it('are used by nobody who serves requests', () => {
    assert.deepEqual(
      files.filter((file) => !isAllowed(file)).flatMap(platformRightsIn),
      [],
      'go through db.asTenant(caller.principal.tenantId, ...), or say in this file why that will not do',
    );
  });

  it('are used wherever this list says so', () => {
    const used = files.filter((file) => platformRightsIn(file).length > 0);
    for (const place of Object.keys(ALLOWED))
      assert.ok(
        used.some((file) => file.startsWith(place)),
        `${place} needs no place in the list`,
      );
  });

  it('are recognised', () => {
    assert.ok(platformRightsIn('src/auth/session-service.ts').length > 3);
    assert.deepEqual(platformRightsIn('src/rulebook/rule-book.ts'), []);
  });

  it('are out of reach of routes, which know no database', () => {
    for (const file of files.filter((name) => name.startsWith('src/api/'))) {
      assert.doesNotMatch(readFileSync(path.join(root, file), 'utf8'), /storage\/|from 'pg'/, file);
    }
  });
});
