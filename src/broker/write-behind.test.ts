import assert from 'node:assert/strict';
import type { MqttChanges } from '../contracts/mqtt-state.ts';
import { silentLogger } from '../core/logger.ts';
import { DirtyKeys } from './dirty-keys.ts';
import { noChanges, WriteBehind } from './write-behind.ts';

/** State of one kind (sessions), and a store that can be away or refuse single records. */
class Fixture {
  readonly state = new Map<string, string>();
  readonly stored = new Map<string, string>();
  readonly writes: MqttChanges[] = [];
  isAway = false;
  refused = '';
  readonly writer: WriteBehind;
  private readonly dirty = new DirtyKeys<string>();

  constructor() {
    this.writer = new WriteBehind({
      take: () => this.take(),
      putBack: ({ put, remove }) => {
        for (const key of [...put.sessions.map(({ clientId }) => clientId), ...remove.sessions]) this.dirty.putBack(key);
      },
      write: (changes) => this.write(changes),
      isPassing: (error) => error instanceof Error && error.message === 'away',
      logger: silentLogger,
    });
  }

  set(key: string, value: string): void {
    this.state.set(key, value);
    this.dirty.changed(key);
    this.writer.touch();
  }

  remove(key: string): void {
    this.state.delete(key);
    this.dirty.removed(key);
    this.writer.touch();
  }

  private take(): MqttChanges | undefined {
    if (this.dirty.isEmpty) return undefined;
    const changes = noChanges();
    const read = (clientId: string) =>
      this.state.has(clientId) ? { clientId, tenantId: this.state.get(clientId) ?? '', subscriptions: [] } : undefined;
    this.dirty.take(100, read, changes.put.sessions, changes.remove.sessions);
    return changes;
  }

  private write(changes: MqttChanges): Promise<void> {
    if (this.isAway) return Promise.reject(new Error('away'));
    if (changes.put.sessions.some(({ clientId }) => clientId === this.refused)) return Promise.reject(new Error('refused'));
    this.writes.push(changes);
    for (const { clientId, tenantId } of changes.put.sessions) this.stored.set(clientId, tenantId);
    for (const clientId of changes.remove.sessions) this.stored.delete(clientId);
    return Promise.resolve();
  }
}

describe('WriteBehind', () => {
  it('writes the newest state once, and nothing of what came and went', async () => {
    const fixture = new Fixture();
    fixture.set('a', '1');
    fixture.set('a', '2');
    fixture.set('b', '1');
    fixture.remove('b');
    await fixture.writer.written(5_000);
    assert.deepEqual([...fixture.stored], [['a', '2']]);
    assert.equal(fixture.writes.length, 1);
    assert.deepEqual(fixture.writes[0]?.remove.sessions, []);
    fixture.remove('a');
    await fixture.writer.written(5_000);
    assert.deepEqual([...fixture.stored], []);
    await fixture.writer.stop(1_000);
  });

  it('does not make anybody wait while the store is away, and writes everything at the end', async () => {
    const fixture = new Fixture();
    fixture.isAway = true;
    fixture.set('a', '1');
    await fixture.writer.written(5_000);
    fixture.set('b', '1');
    fixture.remove('a');
    await fixture.writer.written(60_000);
    fixture.isAway = false;
    await fixture.writer.stop(5_000);
    assert.deepEqual([...fixture.stored], [['b', '1']]);
  });

  it('writes the others when one record is refused', async () => {
    const fixture = new Fixture();
    fixture.refused = 'b';
    for (const key of ['a', 'b', 'c']) fixture.set(key, '1');
    await fixture.writer.written(5_000);
    assert.deepEqual([...fixture.stored.keys()], ['a', 'c']);
    await fixture.writer.stop(1_000);
  });

  it('gives up at the stop when the store stays away', async () => {
    const fixture = new Fixture();
    fixture.isAway = true;
    fixture.set('a', '1');
    await fixture.writer.stop(5_000);
    await fixture.writer.stop(5_000);
    assert.equal(fixture.stored.size, 0);
  });
});
