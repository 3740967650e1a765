/** A tenants file is not valid. Has a sentence for each problem. */
export class TenantsError extends Error {
  override readonly name = 'TenantsError';
  readonly code = 'TENANTS_INVALID';

  constructor(
    readonly source: string,
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    const list = problems.map((problem) => `  - ${problem}`).join('\n');
    super(`${source} is not valid:\n${list}\nEach key is described in docs/tenants.md.`, options);
  }
}
