/** Every exit code of the command line, as data: `--help` and docs/command-line.md show this. */
export const exitCodes = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'something was found wrong, or could not be done; the message says what' },
  usage: { code: 2, meaning: 'the command line is wrong' },
  unreachable: { code: 3, meaning: 'the service, its Redis, or another address cannot be reached or used' },
  rejected: { code: 4, meaning: 'send: the webhook was refused' },
  timedOut: { code: 5, meaning: 'send: no note within --timeout' },
  jobFailed: { code: 6, meaning: 'send: the job failed for good' },
  notFound: { code: 7, meaning: 'no such job or tenant' },
  configuration: { code: 78, meaning: 'the configuration or the tenants file is not valid' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type ExitName = keyof typeof exitCodes;

/** The section of a command's help. */
export function exitCodesHelp(names: readonly ExitName[]): string {
  const lines = names.map((name) => `  ${String(exitCodes[name].code).padEnd(4)}${exitCodes[name].meaning}`);
  return `\nExit codes:\n${lines.join('\n')}`;
}
