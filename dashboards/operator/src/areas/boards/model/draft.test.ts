import assert from 'node:assert/strict';
import type { Widget } from '../../../../../../src/contracts/dashboards.ts';
import { newWidgetId, useDraft } from './draft.ts';

const widget = (id: string, title = ''): Widget => ({ id, type: 'value', title, series: [], options: {} });
const EMPTY = { name: 'Hall', description: '', is_public: false, widgets: [], layout: {} };

describe('a dashboard that is being edited', () => {
  it('undoes and redoes each step', () => {
    const draft = useDraft(EMPTY);
    assert.deepEqual([draft.isChanged.value, draft.canUndo.value, draft.canRedo.value], [false, false, false]);
    draft.add(widget('a'));
    draft.add(widget('b'));
    assert.deepEqual(draft.content.value.layout, { a: { x: 0, y: 0, w: 3, h: 2 }, b: { x: 3, y: 0, w: 3, h: 2 } });
    draft.remove('a');
    assert.deepEqual(Object.keys(draft.content.value.layout), ['b']);
    draft.undo();
    assert.equal(draft.content.value.widgets.length, 2);
    draft.undo();
    draft.undo();
    draft.undo();
    assert.deepEqual([draft.content.value.widgets.length, draft.isChanged.value, draft.canUndo.value], [0, false, false]);
    draft.redo();
    assert.deepEqual(
      draft.content.value.widgets.map(({ id }) => id),
      ['a'],
    );
    draft.describe({ name: 'Other' });
    assert.equal(draft.canRedo.value, false, 'a new change forgets what was undone');
  });

  it('takes what is typed into one field for one step', () => {
    const draft = useDraft(EMPTY);
    for (const name of ['H', 'Ha', 'Hal']) draft.describe({ name });
    draft.describe({ description: 'x' });
    draft.undo();
    assert.deepEqual([draft.content.value.name, draft.content.value.description], ['Hal', '']);
    draft.undo();
    assert.equal(draft.content.value.name, 'Hall');
  });

  it('knows whether there is something to save', () => {
    const draft = useDraft(EMPTY);
    draft.add(widget('a'));
    draft.markSaved();
    assert.equal(draft.isChanged.value, false);
    draft.configure('a', widget('a', 'T'), 'title');
    draft.configure('a', widget('a', 'Te'), 'title');
    assert.equal(draft.isChanged.value, true);
    draft.undo();
    assert.equal(draft.isChanged.value, false);
    draft.move('a', { x: 0, y: 0, w: 3, h: 2 });
    assert.equal(draft.canRedo.value, true, 'a change that changes nothing is no step');
    draft.restart({ ...EMPTY, name: 'From the server' });
    assert.deepEqual([draft.content.value.name, draft.canUndo.value, draft.isChanged.value], ['From the server', false, false]);
  });

  it('gives new widgets ids that nobody has', () => {
    assert.equal(newWidgetId('value', []), 'value-1');
    assert.equal(newWidgetId('value', [{ id: 'value-1' }, { id: 'value-3' }]), 'value-2');
  });
});
