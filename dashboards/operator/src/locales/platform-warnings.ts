/*
 * What the platform warns of: one sentence for each code of `src/contracts/warnings.ts`. The types say which codes there are.
 */

const en = {
  carries: { mqtt: 'telemetry over MQTT', http: 'telemetry over HTTP' },
  node: '"{name}" on "{tab}"',
  inSubflow: '"{name}" in a subflow',
  outlet_missing: 'No {type} node is deployed: {what} is refused. Place one and wire it to an ingest node.',
  outlet_not_stored: 'The node {node} reaches no ingest node: {what} is not stored. Wire it to one and deploy.',
  several_nodes: 'Several {type} nodes are deployed; only {active} takes part, not {idle}. Remove what is too many.',
  stored_rules_idle:
    '{n} stored rule judges nothing: no {type} node is deployed. Place one between an ingest node and an alert node and deploy. | {n} stored rules judge nothing: no {type} node is deployed. Place one between an ingest node and an alert node and deploy.',
  judges_nothing: {
    rule: 'The rule {node} is reached by no ingest node: it judges no reading. Wire the first output of one to it and deploy.',
    stored_rules: 'The node {node} is reached by no ingest node: it judges no reading. Wire the first output of one to it and deploy.',
  },
  tells_nobody: {
    rule: 'The rule {node} reaches no alert node: nobody is told of what it decides. Wire it to one and deploy.',
    stored_rules: 'The node {node} reaches no alert node: nobody is told of what it decides. Wire it to one and deploy.',
  },
  notifications_failed:
    '{n} notification failed in the last 24 hours: {channel}, {time}. Look at the notifications under Administration. | {n} notifications failed in the last 24 hours, the last one {time} ({channel}). Look at the notifications under Administration.',
  accounts_differ:
    'The account of the device "{device}" does not agree with its stored readings. The log names the hour or day: keep it, and tell the developers. | The accounts of {n} devices ("{device}" among them) do not agree with the stored readings. The log names each device with its hour or day: keep it, and tell the developers.',
  judging_lags:
    'Rules have not judged what was stored {n} second ago. Look at the flows and the log; after a deploy it should pass. | Rules have not judged what was stored {n} seconds ago. Look at the flows and the log; after a deploy it should pass.',
  isolation_by_query: 'The database user may not create roles: tenants are kept apart by queries alone. Grant CREATEROLE and restart.',
  redis_away:
    'Redis (REDIS_URL) cannot be used: everything goes on, slower, without cached answers; limits are counted in this process. Start it or see the log.',
};

const es: typeof en = {
  carries: { mqtt: 'la telemetría por MQTT', http: 'la telemetría por HTTP' },
  node: '«{name}» en «{tab}»',
  inSubflow: '«{name}» en un subflujo',
  outlet_missing: 'No hay ningún nodo {type} desplegado: {what} se rechaza. Coloque uno y conéctelo a un nodo de ingesta.',
  outlet_not_stored: 'El nodo {node} no llega a ningún nodo de ingesta: {what} no se guarda. Conéctelo a uno y despliegue.',
  several_nodes: 'Hay varios nodos {type} desplegados; solo participa {active}, no {idle}. Quite los que sobran.',
  stored_rules_idle:
    '{n} regla guardada no juzga nada: no hay ningún nodo {type} desplegado. Coloque uno entre un nodo de ingesta y uno de alertas y despliegue. | {n} reglas guardadas no juzgan nada: no hay ningún nodo {type} desplegado. Coloque uno entre un nodo de ingesta y uno de alertas y despliegue.',
  judges_nothing: {
    rule: 'Ningún nodo de ingesta llega a la regla {node}: no juzga ninguna lectura. Conéctele la primera salida de uno y despliegue.',
    stored_rules: 'Ningún nodo de ingesta llega al nodo {node}: no juzga ninguna lectura. Conéctele la primera salida de uno y despliegue.',
  },
  tells_nobody: {
    rule: 'La regla {node} no llega a ningún nodo de alertas: nadie se entera de lo que decide. Conéctela a uno y despliegue.',
    stored_rules: 'El nodo {node} no llega a ningún nodo de alertas: nadie se entera de lo que decide. Conéctelo a uno y despliegue.',
  },
  notifications_failed:
    '{n} notificación falló en las últimas 24 horas: {channel}, {time}. Mire las notificaciones en Administración. | {n} notificaciones fallaron en las últimas 24 horas, la última el {time} ({channel}). Mire las notificaciones en Administración.',
  accounts_differ:
    'La cuenta del dispositivo «{device}» no coincide con sus lecturas guardadas. El registro nombra la hora o el día: consérvelo y avise a los desarrolladores. | Las cuentas de {n} dispositivos («{device}» entre ellos) no coinciden con las lecturas guardadas. El registro nombra cada dispositivo con su hora o día: consérvelo y avise a los desarrolladores.',
  judging_lags:
    'Las reglas no han juzgado lo que se guardó hace {n} segundo. Mire los flujos y el registro; tras un despliegue debería pasar. | Las reglas no han juzgado lo que se guardó hace {n} segundos. Mire los flujos y el registro; tras un despliegue debería pasar.',
  isolation_by_query:
    'El usuario de la base de datos no puede crear roles: los inquilinos se separan solo por las consultas. Conceda CREATEROLE y reinicie.',
  redis_away:
    'No se puede usar Redis (REDIS_URL): todo sigue, más despacio, sin respuestas en caché; los límites se cuentan en este proceso. Arránquelo o mire el registro.',
};

/** The sentences of warnings. */
export const platformWarning = { en, es };
