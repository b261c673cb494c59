/** What is known of a refusal. `detail` is the server's sentence, in English. */
export interface Refusal {
  code: string;
  status: number;
  detail: string;
}

/**
 * What a refusal says in Spanish, by its code (docs/error-codes.md). Where the server's sentence names what is wrong with what, it stands
 * behind: nobody else can say that.
 */
const SPANISH: Readonly<Record<string, (refusal: Refusal) => string>> = {
  INVALID_REQUEST: ({ detail }) => `La petición no es válida: ${detail}`,
  UNAUTHENTICATED: () => 'No se sabe quién hace la petición. Inicie sesión de nuevo.',
  FORBIDDEN: ({ detail }) => {
    const permission = /the permission "([\w:-]+)"/.exec(detail)?.[1];
    return permission === undefined
      ? `No tiene permiso para esto: ${detail}`
      : `Para esto hace falta el permiso «${permission}», que usted no tiene. Pídalo a un administrador.`;
  },
  PASSWORD_CHANGE_REQUIRED: () => 'Antes hay que cambiar la contraseña.',
  NOT_FOUND: ({ detail }) => `No existe: ${detail}`,
  CONFLICT: ({ detail }) => `Contradice lo que hay ahora: ${detail}`,
  PAYLOAD_TOO_LARGE: () => 'Es demasiado grande; envíelo en partes más pequeñas.',
  RATE_LIMITED: () => 'Demasiadas peticiones; espere un momento e inténtelo de nuevo.',
  INTERNAL: ({ detail }) => `Algo falló dentro de la plataforma; inténtelo de nuevo. (${detail})`,
  STORAGE_UNAVAILABLE: () => 'No se puede llegar a la base de datos en este momento. No se ha cambiado nada; inténtelo de nuevo en breve.',
  DISK_FULL: () => 'El disco está casi lleno; libere espacio.',
  UNREACHABLE: () => 'El servidor no respondió.',
  UNKNOWN: ({ status }) => `El servidor respondió ${String(status)} sin decir por qué.`,
};

/** A refusal in a language of the page; codes without words of their own stay as the server says them. */
export function refusalText(refusal: Refusal, language: string): string {
  const say = language === 'es' ? SPANISH[refusal.code] : undefined;
  return say === undefined ? refusal.detail : say(refusal);
}
