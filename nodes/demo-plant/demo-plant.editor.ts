import { editor } from '../shared/editor/red.ts';
import type { EditorNode } from '../shared/editor/red.ts';
import { COLOURS, registerNode } from '../shared/editor/register.ts';
import { demoPlantConfig } from './demo-plant.config.ts';

/** How long the good news can be read before the page shows the flows without the demo plant. */
const RELOAD_MS = 1_500;

registerNode(demoPlantConfig, {
  texts: 'demo-plant',
  colour: COLOURS.aside,
  inputs: 0,
  outputs: [],
  align: 'right',
  more: {
    // It belongs to the demo tab; nobody needs a second one. Hidden it would come back with the next search in the palette.
    onpaletteadd: () => {
      document.querySelector(`.red-ui-palette-node[data-palette-type="${demoPlantConfig.type}"]`)?.remove();
    },
    button: {
      onclick() {
        ask(this);
      },
    },
  },
});

function ask(node: EditorNode): void {
  const text = (key: string): string => node._(`demo-plant.confirm.${key}`);
  const question = editor.notify(text('text'), {
    type: 'warning',
    modal: true,
    fixed: true,
    buttons: [
      {
        text: text('cancel'),
        click: () => {
          question.close();
        },
      },
      {
        text: text('remove'),
        class: 'primary',
        click: () => {
          question.close();
          void remove(text);
        },
      },
    ],
  });
}

async function remove(text: (key: string) => string): Promise<void> {
  try {
    const response = await fetch('insa/demo/remove', { method: 'POST', credentials: 'same-origin' });
    if (response.ok) {
      editor.notify(text('done'), { type: 'success' });
      // Undeployed changes stay, and the editor offers to merge them; without any it shows the new flows at once.
      if (!editor.nodes.dirty())
        setTimeout(() => {
          location.reload();
        }, RELOAD_MS);
      return;
    }
    const answer = (await response.json().catch(() => ({}))) as { detail?: string };
    editor.notify(`${text('failed')} ${answer.detail ?? response.statusText}`, { type: 'error' });
  } catch (error) {
    editor.notify(`${text('failed')} ${error instanceof Error ? error.message : String(error)}`, { type: 'error' });
  }
}
