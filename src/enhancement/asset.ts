/** A system, device or service of the tenant. */
export interface Asset {
  readonly name: string;
  readonly kind: string;
  readonly owner?: string | undefined;
  readonly location?: string | undefined;
  readonly status?: string | undefined;
  readonly notes?: string | undefined;
  readonly aliases?: readonly string[] | undefined;
}
