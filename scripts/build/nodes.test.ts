import assert from 'node:assert/strict';
import { editorHtml } from './nodes.ts';

const parts = { script: 'register();', form: '<input id="node-input-name" />', help: '## Inputs' };

describe('editorHtml', () => {
  it('puts script, form and help into the elements that Node-RED looks for', () => {
    const html = editorHtml('iiot-sample', parts);
    assert.match(html, /<script type="text\/javascript">\nregister\(\);\n<\/script>/);
    assert.match(html, /<script type="text\/html" data-template-name="iiot-sample">\n<input id="node-input-name" \/>\n<\/script>/);
    assert.match(html, /<script type="text\/markdown" data-help-name="iiot-sample">\n## Inputs\n<\/script>/);
  });

  it('leaves a form alone that brings its own element', () => {
    const form = '<script type="text/html" data-template-name="iiot-sample"><b></b></script>';
    assert.ok(editorHtml('iiot-sample', { ...parts, form }).includes(`\n${form}\n`));
  });

  it('keeps a closing script tag in a string of the script from ending it', () => {
    assert.ok(editorHtml('iiot-sample', { ...parts, script: 'const a = "</script>";' }).includes('const a = "<\\/script>";'));
  });

  it('refuses a help text that would end its element', () => {
    assert.throws(() => editorHtml('iiot-sample', { ...parts, help: 'see </script>' }), /may not hold a closing script tag/);
  });
});
