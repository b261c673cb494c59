import { useI18n } from 'vue-i18n';
import type { RuleView } from '../../../../../src/contracts/stored-rules.ts';
import { useLive } from '../../live/live-store.ts';
import { durationText } from './durations.ts';

/** Larger numbers have too many digits to be read. */
const LARGEST_WRITTEN_OUT = 1e15;

/** What a rule watches and when it holds, in one line each. */
export function useRuleWords() {
  const { t, locale } = useI18n();
  const live = useLive();

  function deviceText(deviceId: string): string {
    const name = live.devices.get(deviceId)?.name ?? '';
    return name === '' ? deviceId : name;
  }

  /** The device, or type and place, or that it is for all. */
  function scopeText({ scope, conditions }: Pick<RuleView, 'scope' | 'conditions'>): string {
    const { device_id: deviceId, device_type: type, location } = scope;
    const judged = deviceId ?? ('left' in conditions ? conditions.left.device_id : undefined);
    if (judged !== undefined) return deviceText(judged);
    const parts = [...(type === undefined ? [] : [t('rulePages.list.ofType', { type })]), ...(location === undefined ? [] : [location])];
    return parts.length === 0 ? t('rulePages.scopes.all') : parts.join(' · ');
  }

  /** `temperature > 80, for 1m`. */
  function conditionText({ conditions }: Pick<RuleView, 'conditions'>): string {
    if ('left' in conditions) {
      const { left, right, operator, offset = 0 } = conditions;
      const side = ({ device_id: id, key }: typeof left): string => (id === undefined ? key : `${key} (${deviceText(id)})`);
      const shift = offset === 0 ? '' : ` ${offset < 0 ? '−' : '+'} ${limitText(Math.abs(offset))}`;
      return `${side(left)} ${operator} ${side(right)}${shift}${lasting(conditions.duration_seconds)}`;
    }
    if ('schedule' in conditions) {
      const { schedule, check, key, seconds } = conditions;
      const what = check === 'no_data' ? `: ${key ?? ''}, ${durationText(seconds ?? 0)}` : '';
      return `${t(`rulePages.checks.${check}`)}${what} · ${schedule}`;
    }
    const limit = `${conditions.operator} ${limitText(conditions.value)}`;
    if ('function' in conditions) return `${conditions.function}(${conditions.key}, ${String(conditions.window)}) ${limit}`;
    return `${conditions.key} ${limit}${lasting(conditions.duration_seconds)}`;
  }

  /** As the person writes numbers, to the last digit: a limit is what was typed. */
  function limitText(value: number): string {
    if (Math.abs(value) >= LARGEST_WRITTEN_OUT) return String(value);
    return new Intl.NumberFormat(locale.value, { maximumFractionDigits: 20 }).format(value);
  }

  function lasting(seconds = 0): string {
    return seconds === 0 ? '' : t('rulePages.list.lasting', { time: durationText(seconds) });
  }

  return { scopeText, conditionText };
}
