import { useI18n } from 'vue-i18n';
import type { WarnedNode } from '../../../../src/contracts/warnings.ts';
import type { Warning } from '../api/health.ts';
import { useFormats } from './use-formats.ts';

/** A warning as it is shown; `lang` names the language of a sentence that is not in that of the page. */
export interface WarningWords {
  text: string;
  lang: 'en' | undefined;
}

/** The words for a node and a channel that a warning speaks of, and for warnings about the accounts of readings. */
function usePartWords() {
  const i18n = useI18n();
  const { t } = i18n;

  function nodeText({ name, tab }: WarnedNode): string {
    return tab === null ? t('platformWarning.inSubflow', { name }) : t('platformWarning.node', { name, tab });
  }

  function channelText(channel: string): string {
    return i18n.te(`told.channel.${channel}`) ? t(`told.channel.${channel}`) : channel;
  }

  function accountsText(warning: Extract<Warning, { code: 'accounts_differ' | 'judging_lags' }>): string {
    if (warning.code === 'judging_lags') return t('platformWarning.judging_lags', { n: warning.params.seconds }, warning.params.seconds);
    const { count, device } = warning.params;
    return t('platformWarning.accounts_differ', { n: count, device }, count);
  }

  return { nodeText, channelText, accountsText };
}

/** Writes what the platform warns of in the language, with the numbers and times, of the person looking. */
export function useWarningWords() {
  const { t } = useI18n();
  const { nodeText, channelText, accountsText } = usePartWords();
  const { fullTimeText } = useFormats();

  /** Undefined for a warning that this page does not know. */
  function known(warning: Warning): string | undefined {
    switch (warning.code) {
      case 'outlet_missing': {
        const { type, carries } = warning.params;
        return t('platformWarning.outlet_missing', { type, what: t(`platformWarning.carries.${carries}`) });
      }
      case 'outlet_not_stored': {
        const { node, carries } = warning.params;
        return t('platformWarning.outlet_not_stored', { node: nodeText(node), what: t(`platformWarning.carries.${carries}`) });
      }
      case 'several_nodes': {
        const { type, active, idle } = warning.params;
        return t('platformWarning.several_nodes', { type, active: nodeText(active), idle: idle.map(nodeText).join(', ') });
      }
      case 'stored_rules_idle': {
        const { type, count } = warning.params;
        return t('platformWarning.stored_rules_idle', { type, n: count }, count);
      }
      case 'judges_nothing':
      case 'tells_nobody': {
        const { node, is } = warning.params;
        return t(`platformWarning.${warning.code}.${is}`, { node: nodeText(node) });
      }
      case 'notifications_failed': {
        const { count, channel, at } = warning.params;
        const values = { n: count, channel: channelText(channel), time: fullTimeText(Date.parse(at)) };
        return t('platformWarning.notifications_failed', values, count);
      }
      case 'accounts_differ':
      case 'judging_lags':
        return accountsText(warning);
      case 'isolation_by_query':
        return t('platformWarning.isolation_by_query');
      case 'redis_away':
        return t('platformWarning.redis_away');
      default:
        return undefined;
    }
  }

  return (warning: Warning): WarningWords => {
    const text = known(warning);
    return text === undefined ? { text: warning.text, lang: 'en' } : { text, lang: undefined };
  };
}
