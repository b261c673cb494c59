import type { AuthoredRule } from '../../../../src/contracts/rules.ts';
import { keyOf } from '../../history/limits.ts';
import { devices } from '../catalog.ts';
import type { PickedDevice } from '../catalog.ts';
import { element } from './element.ts';
import type { RuleForm } from './rule-form.ts';

/** Stands in the list for all devices of the rule. */
const ALL = '*';

/** The choice of the device on which the rule is tried: those in its scope that have sent what it judges. */
export class DeviceChoice {
  readonly root = element('select', { id: 'insa-history-device' });
  private readonly text: RuleForm['text'];
  /** What the list was made for. */
  private madeFor = '';

  constructor(text: RuleForm['text']) {
    this.text = text;
  }

  /** The chosen device; undefined for all of the rule. */
  get deviceId(): string | undefined {
    const { value } = this.root;
    return value === ALL || value === '' ? undefined : value;
  }

  get isAll(): boolean {
    return this.root.value === ALL;
  }

  /** Offers the devices of a rule; the one chosen before stays when it is among them, otherwise the first is chosen. */
  async offerFor(rule: AuthoredRule): Promise<void> {
    const { scope } = rule;
    const key = keyOf(rule);
    const what = JSON.stringify([scope, key]);
    if (what === this.madeFor) return;
    this.madeFor = what;
    const found = scope.device_id === undefined ? ((await devices(key)) ?? []).filter((device) => isInScope(device, scope)) : [];
    if (what !== this.madeFor) return;
    const before = this.root.value;
    this.root.replaceChildren(...this.options(found, scope.device_id));
    if ([...this.root.options].some(({ value }) => value === before)) this.root.value = before;
    this.root.disabled = this.root.options.length < 2;
  }

  private options(found: readonly PickedDevice[], only: string | undefined): HTMLOptionElement[] {
    if (only !== undefined) return [new Option(only, only)];
    if (found.length === 0) return [new Option(this.text('noDevice'), ALL)];
    const single = found.map(({ device_id: id, name }) => new Option(name === '' || name === id ? id : `${name} (${id})`, id));
    if (found.length === 1) return single;
    return [...single, new Option(this.text('allDevices', { count: String(found.length) }), ALL)];
  }
}

function isInScope({ type, location }: PickedDevice, scope: AuthoredRule['scope']): boolean {
  if (scope.device_type !== undefined && scope.device_type !== type) return false;
  return scope.location === undefined || scope.location === location;
}
