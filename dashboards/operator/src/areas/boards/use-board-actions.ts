import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { Dashboard, DashboardSummary } from '../../../../../src/contracts/dashboards.ts';
import { useSession } from '../../session/session-store.ts';
import { fileNameOf, toFile } from './model/board-file.ts';

type Named = Pick<DashboardSummary, 'id' | 'name' | 'version' | 'is_public' | 'owner_id'>;
const LONGEST_NAME = 200;

/** What can be done with a dashboard as a whole. */
export function useBoardActions() {
  const { t } = useI18n();
  const session = useSession();
  const mayWrite = computed(() => session.may('dashboards:write'));

  const read = (id: string): Promise<Dashboard> => session.request('GET /dashboards/{id}', { params: { id } });

  return {
    mayWrite,
    isMine: ({ owner_id: ownerId }: Named): boolean => ownerId !== null && ownerId === session.me?.id,
    /** Only its owner and administrators may take a public dashboard out of sight of others. */
    mayHide: ({ owner_id: ownerId }: Named): boolean =>
      mayWrite.value && (session.may('users:write') || (ownerId !== null && ownerId === session.me?.id)),
    /** A copy of one's own, that nobody else sees yet. */
    async duplicate({ id }: Named): Promise<Dashboard> {
      const { name, description, widgets, layout } = await read(id);
      const copy = { name: t('boards.copyOf', { name }).slice(0, LONGEST_NAME), description, widgets, layout, is_public: false };
      return session.request('POST /dashboards', { body: copy });
    },
    /** Saves it as a file. */
    async download({ id }: Named): Promise<void> {
      const board = await read(id);
      const address = URL.createObjectURL(new Blob([toFile(board)], { type: 'application/json' }));
      const link = document.createElement('a');
      link.href = address;
      link.download = fileNameOf(board.name);
      link.click();
      URL.revokeObjectURL(address);
    },
    async setPublic({ id, version }: Named, isPublic: boolean): Promise<void> {
      await session.request('PATCH /dashboards/{id}', { params: { id }, body: { version, is_public: isPublic } });
    },
    async remove({ id }: Named): Promise<void> {
      await session.request('DELETE /dashboards/{id}', { params: { id } });
    },
  };
}
