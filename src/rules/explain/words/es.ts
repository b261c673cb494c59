import type { ActiveHours, Severity } from '../../../contracts/rules.ts';
import type { PointValue } from '../../../contracts/telemetry.ts';
import type { Sentences } from './en.ts';
import type { LimitFacts, QuantityFacts, ReadingFacts, ScopeFacts, WindowFacts } from './facts.ts';
import type { Forms, Manner } from './forms.ts';

/** How Spanish writes values and dates. */
export const ES_MANNER: Manner = {
  locale: 'es',
  decimalSign: ',',
  quoted: (text) => `«${text}»`,
  nothing: 'nada',
  truth: { true: 'verdadero', false: 'falso' },
};

/** What explanations say, in Spanish. */
export const es = (forms: Forms): Sentences => ({
  scope: scope(),
  state: state(forms),
  reading: reading(forms),
  lateness: lateness(forms),
  compared: compared(forms),
  clearing: clearing(forms),
  gates: gates(forms),
  decision: decision(forms),
  schedule: schedule(forms),
  condition: condition(forms),
  alert: alert(forms),
  rule: rule(forms),
  afterwards: afterwards(forms),
  corrected: corrected(forms),
  untold: untold(forms),
});

const SEVERITIES: Readonly<Record<Severity, string>> = { critical: 'crítica', warning: 'advertencia', info: 'información' };
/** With their articles, which differ. */
const STATISTICS: Readonly<Record<string, string>> = {
  avg: 'la media',
  min: 'el mínimo',
  max: 'el máximo',
  median: 'la mediana',
  p95: 'el percentil 95',
  stddev: 'la desviación estándar',
  sum: 'la suma',
  count: 'el número de lecturas',
  rate: 'el cambio por segundo',
};
const DAYS: Readonly<Record<string, string>> = {
  ...{ mon: 'lun', tue: 'mar', wed: 'mié', thu: 'jue' },
  ...{ fri: 'vie', sat: 'sáb', sun: 'dom' },
};
const CHANGES: Readonly<Record<string, string>> = { acknowledged: 'fue reconocida', resolved: 'fue resuelta' };
/** What ends alerts and is no person. */
const ACTORS: Readonly<Record<string, string>> = {
  'rule disabled': 'porque se desactivó la regla',
  'rule removed': 'porque se quitó la regla',
  'rule changed': 'porque se cambió la regla',
  'device removed': 'porque se quitó el dispositivo',
  'device is back': 'porque el dispositivo ha vuelto',
  'device is not watched': 'porque el dispositivo ya no se vigila',
  'withdrawn by late readings': 'por lecturas que llegaron tarde',
  platform: 'por la plataforma',
  rule: 'por la regla',
};

const quantity = ({ key, deviceId }: QuantityFacts): string => `«${key}» de «${deviceId}»`;
const counted = (n: number, one: string, many: string): string => `${String(n)} ${n === 1 ? one : many}`;
const statisticText = (name: string): string => STATISTICS[name] ?? `«${name}»`;

function scope(): Sentences['scope'] {
  const of = ({ deviceId, deviceType, location }: ScopeFacts): string => {
    if (deviceId !== undefined) return `el dispositivo «${deviceId}»`;
    const type = deviceType === undefined ? '' : ` del tipo «${deviceType}»`;
    const place = location === undefined ? '' : ` en la ubicación «${location}»`;
    return type + place === '' ? 'todos los dispositivos' : `los dispositivos${type}${place}`;
  };
  return {
    of,
    otherDevice: (only, device) => `La regla compara lecturas de «${only}» y se juzga para ese dispositivo, no para «${device}».`,
    itself: (device) => `La regla compara otros dispositivos con «${device}» y no juzga ningún dispositivo frente a sí mismo.`,
    inside: (device, facts) => `«${device}» está en el alcance de la regla: ${of(facts)}.`,
    outside: (device, facts, misses) => {
      const why = [
        ...(misses.deviceId === undefined ? [] : [`es «${misses.deviceId}»`]),
        ...(misses.deviceType === undefined ? [] : [`su tipo es «${misses.deviceType}»`]),
        ...(misses.location === undefined ? [] : [`su ubicación es «${misses.location}»`]),
      ];
      return `«${device}» no está en el alcance de la regla, que es para ${of(facts)}: ${why.join(' y ')}.`;
    },
  };
}

function state({ at }: Forms): Sentences['state'] {
  const since = (us: number | null): string => (us === null ? '' : ` desde el ${at(us)}`);
  return {
    notRunning: (device) =>
      `La regla no está en marcha para «${device}»; se prueba como si hubiera empezado antes de las lecturas siguientes.`,
    active: (device, sinceUs) => `La regla está activa para «${device}»${since(sinceUs)}.`,
    pending: (device, sinceUs) => `Su condición se cumple para «${device}»${since(sinceUs)}; aún no se abre nada.`,
    idle: (device) => `No hay nada activo para «${device}».`,
    dueBefore: (device, atUs, sinceUs) => {
      const held = sinceUs === null ? '' : `, cuando la condición se cumplía desde el ${at(sinceUs)}`;
      return `Ya antes de esta lectura corresponde una alerta para «${device}»: del ${at(atUs)}${held}.`;
    },
  };
}

function reading({ value, us, at }: Forms): Sentences['reading'] {
  return {
    none: (of, nowUs) => `No hay ninguna lectura de ${quantity(of)} hasta el ${at(nowUs)}; no hay nada que juzgar.`,
    is: (of, ageUs, isGiven) => {
      const age = ageUs > 0 ? `, ${us(ageUs)} antes` : '';
      return `${quantity(of)} es ${value(of.value, of.unit)}, leído el ${at(of.atUs)}${age}${isGiven ? ' (valor dado)' : ''}.`;
    },
    was: (of) => `${quantity(of)} era ${value(of.value, of.unit)}, leído el ${at(of.atUs)}.`,
    poor: (quality, least) => `Su calidad es ${value(quality)}, y la regla pasa por alto lo que está por debajo de ${value(least)}.`,
    good: (quality, least) => `Su calidad es ${value(quality)}; la regla pide ${value(least)}.`,
    wasGood: (least) => `Su calidad era al menos la que pide la regla (${value(least)}).`,
    passedOver: (given) => {
      const why =
        typeof given === 'string'
          ? 'un texto no cabe en una comparación de números'
          : 'verdadero y falso solo se pueden comparar con «==» y «!=»';
      return `Se pasa por alto ${value(given)}: ${why}.`;
    },
  };
}

function lateness({ seconds, us, at }: Forms): Sentences['lateness'] {
  return {
    stored: () => 'Ya hay guardada una lectura de ese instante, así que esta no se juzga.',
    judged: () => 'Se juzgó cuando llegó.',
    behind: (behindUs, newestUs, allowed) => {
      const how = behindUs === 0 ? 'No es más nueva' : `Es ${us(behindUs)} más antigua`;
      const what = `${how} que la lectura más nueva juzgada (${at(newestUs)})`;
      return allowed.isKept
        ? `${what}, dentro del retraso de ${seconds(allowed.seconds)}: ocupa su lugar en el pasado.`
        : `${what}, más allá del retraso de ${seconds(allowed.seconds)}: se guarda y no se juzga.`;
    },
  };
}

function compared({ value, seconds, us, at }: Forms): Sentences['compared'] {
  const readingsIn = ({ size, seconds: length, untilUs }: WindowFacts): string =>
    `${counted(size, 'lectura', 'lecturas')} en los ${seconds(length)} hasta el ${at(untilUs)}`;
  return {
    limit: ({ figure, operator, limit, unit }) =>
      `El límite es «${operator} ${value(limit)}»: ${value(figure, unit)} ${operator} ${value(limit, unit)}.`,
    difference: (left, operator, right, offset) => {
      const added = offset === 0 ? '' : ` ${offset < 0 ? '-' : '+'} ${value(Math.abs(offset))}`;
      const difference = value(Number(left.value) - Number(right.value), left.unit);
      return `${value(left.value, left.unit)} ${operator} ${value(right.value, right.unit)}${added}, es decir, una diferencia de ${difference}.`;
    },
    verdict: (sentence, holds) => `${sentence} ${holds ? 'Se cumple.' : 'No se cumple.'}`,
    apart: (of, ageUs, allowed) => {
      const age = ageUs <= 0 ? 'es del mismo instante' : `es ${us(ageUs)} más antigua que el otro lado`;
      const most = seconds(allowed.seconds);
      const end = allowed.isWithin ? `, dentro de los ${most} que admite la regla.` : `; la regla compara hasta ${most}.`;
      return `La lectura de ${quantity(of)} ${age}${end}`;
    },
    tooFew: (facts, wanted) => `Hay ${readingsIn(facts)}; hacen falta ${String(wanted)}, así que no se juzga nada.`,
    figure: (facts, statistic, figure, unit) => `De ${readingsIn(facts)}, ${statisticText(statistic)} es ${value(figure, unit)}.`,
  };
}

function clearing({ value, seconds, us, at }: Forms): Sentences['clearing'] {
  const comparison = ({ figure, operator, limit }: LimitFacts): string => `${value(figure)} ${operator} ${value(limit)}`;
  return {
    goesOn: () => 'La alerta abierta sigue; la lectura se cuenta en ella.',
    noClearValue: () => 'No hay valor de cierre: la alerta termina con la primera lectura que no viola el límite.',
    notCrossed: (facts) => `No se ha cruzado el valor de cierre: ${comparison(facts)} aún se cumple, así que la alerta sigue.`,
    crossed: (facts) => `Se ha cruzado el valor de cierre: ${comparison(facts)} ya no se cumple, así que la alerta termina.`,
    ended: (sinceUs) =>
      `Lo que empezó${sinceUs === null ? '' : ` el ${at(sinceUs)}`} termina aquí; la duración empieza de nuevo con la próxima lectura que viole el límite.`,
    held: (sinceUs, heldUs, wanted) => {
      const held = `Se cumple desde el ${at(sinceUs)} (${us(heldUs)} hasta la lectura); se piden ${seconds(wanted.seconds)}`;
      return wanted.remainUs === null ? `${held}, que se han completado.` : `${held}, faltan ${us(wanted.remainUs)}.`;
    },
    hadHeld: (sinceUs, heldUs, wantedSeconds) => `Se cumplía desde el ${at(sinceUs)} (${us(heldUs)}); se piden ${seconds(wantedSeconds)}.`,
  };
}

function gates({ seconds, us, at }: Forms): Sentences['gates'] {
  const hoursOf = ({ days, from, to, timezone }: ActiveHours): string => {
    const when = from === undefined && to === undefined ? 'todo el día' : `de ${from ?? '00:00'} a ${to ?? '24:00'}`;
    return `${days === undefined ? 'todos los días' : days.map((day) => DAYS[day] ?? day).join(', ')}, ${when} (${timezone})`;
  };
  return {
    hoursOf,
    nothingEnded: () => 'Antes no ha terminado ninguna alerta, así que no hay pausa que guardar.',
    cooled: (clearedUs, cooldown) => `La última alerta terminó el ${at(clearedUs)}; la pausa de ${seconds(cooldown)} ha pasado.`,
    cooling: (clearedUs, cooldown, until) =>
      `La última alerta terminó el ${at(clearedUs)}; la pausa de ${seconds(cooldown)} retiene la siguiente hasta el ${at(until.us)} (${us(until.leftUs)} más).`,
    wasCooled: (cooldown) => `La pausa de ${seconds(cooldown)} tras una alerta anterior había pasado, o no la hubo.`,
    open: (atUs, active) => `El ${at(atUs, active.timezone)} está dentro de las horas de la regla: ${hoursOf(active)}.`,
    closed: (atUs, active, opensUs) =>
      `El ${at(atUs, active.timezone)} está fuera de las horas de la regla: ${hoursOf(active)}. Empiezan de nuevo el ${at(opensUs, active.timezone)}.`,
    wasOpen: (atUs, active) => `El ${at(atUs, active.timezone)} estaba dentro de las horas de la regla: ${hoursOf(active)}.`,
  };
}

function decision({ us, at }: Forms): Sentences['decision'] {
  const since = (sinceUs: number | null): string => (sinceUs === null ? '' : ` desde el ${at(sinceUs)}`);
  return {
    raises: (device, severity, sinceUs) =>
      `Se abre una alerta de gravedad «${SEVERITIES[severity]}» para «${device}»; su condición se cumple${since(sinceUs)}.`,
    finds: (device, severity) => `Se abre una alerta de gravedad «${SEVERITIES[severity]}» para «${device}».`,
    stays: (device) => `La alerta de «${device}» sigue activa; no se abre otra.`,
    staysCounted: (device) => `La alerta de «${device}» sigue activa; esta comprobación se cuenta en ella.`,
    clears: (device) => `La alerta de «${device}» termina.`,
    waits: (sinceUs) =>
      `Aún no se abre nada; lo que se cumple${since(sinceUs)} abre una alerta si sigue tanto como dicen los pasos anteriores.`,
    passedOver: () => 'Esta vez se pasa por alto; el dispositivo se mira de nuevo cuando vuelva a tocar según el horario.',
    notJudged: () => 'No hay nada que juzgar; no se abre ni se cierra nada.',
    ended: () => 'La condición ya no se cumple; no se abre nada.',
    nothing: () => 'La condición no se cumple; no se abre nada.',
    nothingFound: () => 'No se encuentra nada; no se abre nada.',
    raised: ({ severity, atUs, knownUs }) => {
      const known = knownUs === undefined ? '' : `, conocida el ${at(knownUs)} (${us(knownUs - atUs)} después)`;
      return `Se abrió con la gravedad «${SEVERITIES[severity]}» para el ${at(atUs)}${known}.`;
    },
    notRaisedThen: (atUs) => `No se abrió el ${at(atUs)}: la mostraron después lecturas que llegaron tarde, y no se avisó a nadie.`,
  };
}

function schedule({ seconds, at }: Forms): Sentences['schedule'] {
  const enough = (text: string, { wanted, remain }: { wanted: number; remain: number | null }): string =>
    `${text}; se piden ${seconds(wanted)}${remain === null ? '' : `, faltan ${seconds(remain)}`}.`;
  return {
    state: (device, activeSinceUs) =>
      `La regla ${activeSinceUs === null ? 'no está activa' : `está activa desde el ${at(activeSinceUs)}`} para «${device}».`,
    due: (cron, nextUs, atUs) => {
      const next = nextUs === null ? 'ya no toca nunca más' : `la próxima vez toca el ${at(nextUs, cron.timezone)}`;
      return `El horario es «${cron.schedule}» (${cron.timezone}); ${next}. Aquí se mira como si tocara el ${at(atUs, cron.timezone)}.`;
    },
    always: () => 'La comprobación «siempre» no mira nada: la regla avisa cada vez que toca.',
    notOffline: (device) => `No se sabe que «${device}» esté sin conexión.`,
    offline: (device, length, asked) => enough(`«${device}» lleva ${seconds(length)} sin conexión`, asked),
    old: (of, length, asked) => enough(`La última lectura de ${quantity(of)} es de hace ${seconds(length)}`, asked),
    neverHeard: (of, length, asked) =>
      enough(`No se conoce ninguna lectura de ${quantity(of)}, y la regla ha esperado ${seconds(length)}`, asked),
  };
}

/** What a rule looks for, in words that follow "la regla pide". */
function condition({ value, seconds }: Forms): Sentences['condition'] {
  const lasting = (length: number): string => (length > 0 ? ` durante ${seconds(length)}` : '');
  const looked = (cron: { schedule: string; timezone: string }): string =>
    `, mirado según el horario «${cron.schedule}» (${cron.timezone})`;
  return {
    threshold: (key, operator, limit, length) => `«${key}» ${operator} ${value(limit)}${lasting(length)}`,
    comparison: (left, operator, right, times) => {
      const other = right.deviceId === undefined ? '' : ` de «${right.deviceId}»`;
      const added = right.offset === 0 ? '' : ` ${right.offset < 0 ? '-' : '+'} ${value(Math.abs(right.offset))}`;
      const apart = `con lecturas separadas como máximo ${seconds(times.tolerance)}`;
      return `«${left}» ${operator} «${right.key}»${other}${added}${lasting(times.length)}, ${apart}`;
    },
    always: (cron) => `solo la hora${looked(cron)}`,
    offline: (length, cron) => `un dispositivo sin conexión${lasting(length)}${looked(cron)}`,
    silent: (key, length, cron) => `ninguna lectura de «${key}»${lasting(length)}${looked(cron)}`,
    statistical: (statistic, key, length, limit) =>
      `${statisticText(statistic)} de «${key}» en ${seconds(length)} ${limit.operator} ${value(limit.limit)}`,
  };
}

function alert({ value, seconds, us, at }: Forms): Sentences['alert'] {
  return {
    sentence: (atUs, seen, more) => {
      const asked = more.condition === '' ? '' : `; la regla pide ${more.condition}`;
      const held = more.heldUs > 0 ? `. Se cumplía desde hacía ${us(more.heldUs)}` : '';
      return `El ${at(atUs)} ${seen}${more.figure}${asked}${held}.`;
    },
    readings: (readings: readonly ReadingFacts[]) =>
      readings.map((one) => `${quantity(one)} era ${value(one.value, one.unit)}`).join(' y '),
    figure: (figure: PointValue, unit) => `, con lo que la cifra fue ${value(figure, unit)}`,
    looked: (device) => `se miró «${device}»`,
    silent: (of, length) => `no había llegado ninguna lectura de ${quantity(of)} desde hacía ${seconds(length)}`,
    offline: (device, length) => `«${device}» llevaba ${seconds(length)} sin conexión`,
    builtIn: (atUs, { message, device, key }, limit) => {
      const end = limit === null ? '' : ` El valor era ${value(limit.figure, limit.unit)}; el límite es ${value(limit.limit, limit.unit)}.`;
      // What the message says in English, for whom the platform misses.
      const found = key === 'silence' ? `${missedText(device)}.` : message;
      return `El ${at(atUs)} la plataforma encontró: ${found}${end}`;
    },
    compared: (text, figure, limit) => {
      const against = limit.value === null ? '' : `; el límite era ${value(limit.value, limit.unit)}`;
      return `La regla pide ${text}.${figure === null ? '' : ` El valor era ${value(figure, limit.unit)}${against}.`}`;
    },
    wasFor: (scopeText, device) => `La regla es para ${scopeText}; «${device}» era uno de ellos.`,
  };
}

function missedText(device: string): string {
  const gateway = /^gateway:(.+)$/s.exec(device)?.[1];
  return gateway === undefined ? `«${device}» no daba señales` : `la pasarela «${gateway}» no transmitía nada`;
}

function rule({ at }: Forms): Sentences['rule'] {
  const by = (name: string, version: number): string => `La abrió la versión ${String(version)} de la regla «${name}»`;
  return {
    builtIn: (name) => `La abrió la regla «${name}» de la propia plataforma; no está en la lista de reglas.`,
    unchanged: (name, version) => `${by(name, version)}; la regla no ha cambiado desde entonces.`,
    disabled: (name, version) => `${by(name, version)}; la regla está desactivada ahora.`,
    changed: (name, version, now) => `${by(name, version)}; la regla ha cambiado desde entonces y ahora es la versión ${String(now)}.`,
    removed: (name, version, removedUs) =>
      `${by(name, version)}; la regla se ha quitado desde entonces${removedUs === null ? '' : ` (el ${at(removedUs)})`}.`,
  };
}

function afterwards({ at }: Forms): Sentences['afterwards'] {
  return {
    repeated: (untilUs, n) => `Hasta el ${at(untilUs)} se vio ${counted(n, 'vez más', 'veces más')}.`,
    cleared: (atUs) => `El ${at(atUs)} la condición ya no se cumplía, y la alerta se resolvió.`,
    rose: (atUs, from, to) => `El ${at(atUs)} su gravedad subió de ${SEVERITIES[from]} a ${SEVERITIES[to]}.`,
    other: (atUs, change, actor) => `El ${at(atUs)} ${CHANGES[change] ?? `pasó esto: ${change}`} ${ACTORS[actor] ?? `por ${actor}`}.`,
  };
}

function corrected({ at }: Forms): Sentences['corrected'] {
  return {
    unknown: () => 'Lecturas que llegaron tarde corrigieron el pasado.',
    unnamed: () => 'Un cambio de cuándo se cumplía la condición',
    why: () => 'Lecturas que llegaron tarde corrigieron el pasado sin despertar a nadie.',
    added: (fromUs, toUs) => `Se supo después, por lecturas que llegaron tarde: se cumplió desde el ${at(fromUs)} hasta el ${at(toUs)}.`,
    withdrawn: (atUs) => `Una lectura que llegó tarde muestra que la condición no se cumplía el ${at(atUs)}.`,
    changed: (now, known) => {
      const before = `no desde el ${at(known.fromUs)}${known.toUs === null ? '' : ` hasta el ${at(known.toUs)}`}`;
      const until = now.toUs === null ? 'ahora' : `el ${at(now.toUs)}`;
      return `Lecturas que llegaron tarde muestran que se cumplió desde el ${at(now.fromUs)} hasta ${until}, ${before}.`;
    },
  };
}

function untold({ seconds, at }: Forms): Sentences['untold'] {
  return {
    heldBack: () => 'El dispositivo informaba del pasado; la alerta se retuvo hasta que se puso al día o hizo una pausa.',
    itself: (untilUs) => `La propia alerta, hasta el ${at(untilUs)}`,
    repeats: (n) => `${counted(n, 'lectura más', 'lecturas más')} que violaron la condición`,
    repeatsWhy: () => 'Una regla tiene una alerta abierta por dispositivo; las repeticiones se cuentan en ella y no abren otra.',
    late: (n, newestUs) => {
      const newest = newestUs === null ? '' : `, la más nueva del ${at(newestUs)}`;
      return `${counted(n, 'lectura de este dispositivo que llegó tarde', 'lecturas de este dispositivo que llegaron tarde')}${newest}`;
    },
    lateWhy: (allowed) =>
      `Eran más antiguas que la lectura más nueva juzgada, en más del retraso de ${seconds(allowed)}; se guardan y no se juzgan.`,
    next: () => 'La próxima alerta de esta regla para este dispositivo',
  };
}
