/**
 * What crosses between a socket's two ends beside the protocol. A process opens two connections. On the first it says who it is
 * and is asked; on the second it reports, and nothing is ever written to it from the other end: a write that fails because the
 * process was just killed makes Node close the connection, and would take along what had not been read.
 *
 * Must not know: either end, nor what is reported.
 */

/** The first message on the second connection. */
export interface ReportLine {
  readonly type: 'cluster-metrics:reports';
  /** The same as on the first connection. */
  readonly token: string;
}

/** The last message on the first connection, to a process that is turned away; in all versions of the protocol. */
export interface Refused {
  readonly type: 'cluster-metrics:refused';
  readonly reason: string;
}

export function refusalIn(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, reason }: { type?: unknown; reason?: unknown } = message;
  return type === ('cluster-metrics:refused' satisfies Refused['type']) ? String(reason) : undefined;
}

/** @returns the token of a hello, or of a line for reports; undefined: the message is neither */
export function tokenIn(message: unknown): { readonly token: string; readonly isReportLine: boolean } | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, token }: { type?: unknown; token?: unknown } = message;
  if (typeof token !== 'string') return undefined;
  if (type === ('cluster-metrics:reports' satisfies ReportLine['type'])) return { token, isReportLine: true };
  return type === 'cluster-metrics:hello' ? { token, isReportLine: false } : undefined;
}
