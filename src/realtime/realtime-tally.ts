/** What the live connections did since the start, and how many there are. */
export class RealtimeTally {
  connections = 0;
  /** Messages handed to connections: one to ten connections counts ten. */
  sent = 0;
  /** Values that a connection was not sent, because a newer one of the same quantity came before its turn. */
  overtaken = 0;
  /** Connections that were ended because too much waited for them. */
  ended = 0;
}
