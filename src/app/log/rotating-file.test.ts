import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CURRENT_LOG, RotatingFile } from './rotating-file.ts';
import type { RotatingFileOptions } from './rotating-file.ts';

describe('a log in files of a bounded size', () => {
  let folder: string;
  let nowMs: number;
  let troubles: string[];

  beforeEach(() => {
    folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'insa-log-')), 'logs');
    nowMs = Date.UTC(2026, 0, 31);
    troubles = [];
  });
  afterEach(() => rmSync(path.dirname(folder), { recursive: true, force: true }));

  const open = (options: Partial<RotatingFileOptions> = {}): RotatingFile =>
    new RotatingFile({
      ...{ folder, fileBytes: 1_000, files: 3, clock: { nowMs: () => nowMs }, onTrouble: (sentence) => void troubles.push(sentence) },
      ...options,
    });
  const sizes = (): Record<string, number> =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(path.join(folder, name)).size]));
  const total = (): number => Object.values(sizes()).reduce((sum, size) => sum + size, 0);
  const lines = (name: string): string[] => readFileSync(path.join(folder, name), 'utf8').split('\n').filter(Boolean);
  const line = (i: number): string => `${JSON.stringify({ i, text: 'x'.repeat(80) })}\n`;

  it('never takes more than its limit, whatever is written at once, and has the newest lines in their order', () => {
    const log = open();
    for (let i = 0; i < 5_000; i++) {
      log.write(line(i));
      if (i % 97 === 0) assert.ok(total() <= 3_000, `${String(total())} bytes after line ${String(i)}`);
    }
    assert.equal(Object.keys(sizes()).length, 3);
    assert.ok(
      Object.values(sizes()).every((size) => size <= 1_000),
      JSON.stringify(sizes()),
    );
    const older = Object.keys(sizes())
      .filter((name) => name !== CURRENT_LOG)
      .sort((a, b) => Number(/\d+/.exec(a)) - Number(/\d+/.exec(b)));
    const numbers = [...older, CURRENT_LOG].flatMap(lines).map((text) => (JSON.parse(text) as { i: number }).i);
    assert.deepEqual(
      numbers,
      Array.from({ length: numbers.length }, (_, i) => 5_000 - numbers.length + i),
    );
    log.close();
  });

  it('goes on in the same file after a restart, and counts what earlier runs left, that of older versions included', () => {
    const first = open();
    for (let i = 0; i < 5; i++) first.write(line(i));
    first.close();
    // The files of an older version: larger, more, and readable for others.
    for (const number of [3, 20, 100]) writeFileSync(path.join(folder, `insa.${String(number)}.log`), 'y'.repeat(900), { mode: 0o644 });
    writeFileSync(path.join(folder, 'notes.txt'), 'not ours');
    const second = open();
    second.write(line(5));
    second.close();
    assert.deepEqual(lines(CURRENT_LOG).length, 6);
    assert.deepEqual(Object.keys(sizes()).sort(), ['insa.100.log', 'insa.20.log', 'insa.log', 'notes.txt']);
    const third = open({ files: 2 });
    for (let i = 6; i < 20; i++) third.write(line(i));
    third.close();
    assert.deepEqual(Object.keys(sizes()).sort(), ['insa.101.log', 'insa.log', 'notes.txt']);
  });

  it('is for the account of the platform alone', () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, CURRENT_LOG), '', { mode: 0o644 });
    rmSync(folder, { recursive: true });
    open().write(line(0));
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    chmodSync(path.join(folder, CURRENT_LOG), 0o644);
    writeFileSync(path.join(folder, 'insa.1.log'), '', { mode: 0o644 });
    open().write(line(1));
    for (const name of Object.keys(sizes())) assert.equal(statSync(path.join(folder, name)).mode & 0o777, 0o600, name);
  });

  it('cuts a line that is larger than a file may be', () => {
    const log = open();
    log.write(`${JSON.stringify({ msg: 'z'.repeat(100_000) })}\n`);
    log.write(line(1));
    const all = Object.keys(sizes()).flatMap(lines);
    assert.ok(
      all.some((text) => (JSON.parse(text) as { msg?: string }).msg?.startsWith('A line of 100011 bytes')),
      all.join('\n').slice(0, 300),
    );
    assert.ok(total() <= 3_000);
    log.close();
  });

  it('says once that it cannot be written, tries again after 5 s, and says how many lines are lost', () => {
    // A file where the folder should be: nobody, not even root, can write into it.
    writeFileSync(folder, '');
    const log = open();
    for (let i = 0; i < 10; i++) log.write(line(i));
    assert.equal(troubles.length, 1);
    assert.match(troubles[0] ?? '', /cannot be written \(E.*LOG_DIR/);
    rmSync(folder);
    log.write(line(10));
    assert.equal(troubles.length, 1, 'not tried again yet');
    nowMs += 5_000;
    log.write(line(11));
    assert.deepEqual(troubles.slice(1), ['The log can be written again; 11 lines are lost.']);
    assert.deepEqual(
      lines(CURRENT_LOG)
        .map((text) => JSON.parse(text) as { i?: number; msg?: string })
        .map(({ i, msg }) => i ?? msg),
      [11, 'The log can be written again; 11 lines are lost.'],
    );
    log.close();
  });
});
