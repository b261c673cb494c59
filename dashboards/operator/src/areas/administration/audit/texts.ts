import { textsOf } from '../texts-of.ts';

/** The texts of the audit log. */
export const texts = textsOf({
  en: {
    audit: {
      actor: 'Who',
      action: 'Action',
      what: 'What',
      target: 'On what',
      outcome: 'Outcome',
      anyOutcome: 'All',
      outcomes: { ok: 'Done', refused: 'Refused', failed: 'Failed' },
      at: 'When',
      address: 'From',
      field: 'Field',
      before: 'Before',
      after: 'After',
      export: 'Export as CSV',
      hint: 'Names are compared as a whole. An action that ends with a dot finds all that begin so: “user.” finds everything done to users.',
      none: 'Nothing has been written down yet',
    },
  },
  es: {
    audit: {
      actor: 'Quién',
      action: 'Acción',
      what: 'Qué',
      target: 'Sobre qué',
      outcome: 'Resultado',
      anyOutcome: 'Todos',
      outcomes: { ok: 'Hecho', refused: 'Rechazado', failed: 'Fallido' },
      at: 'Cuándo',
      address: 'Desde',
      field: 'Campo',
      before: 'Antes',
      after: 'Después',
      export: 'Exportar como CSV',
      hint: 'Los nombres se comparan enteros. Una acción terminada en punto encuentra todas las que empiezan así: «user.» encuentra todo lo hecho a usuarios.',
      none: 'Aún no se ha anotado nada',
    },
  },
});
