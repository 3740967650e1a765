import { z } from 'zod';
import type { Desk } from '../../enhancement/index.js';
import type { RedisClient } from '../../redis/connection.js';
import type { ProxyFor } from '../proxy.js';
import type { DeskWebhook } from './desk-webhook.js';
import type { ResolvedTickets } from './resolved-tickets.js';

/** A credential, or a sentence why it cannot be read. */
export type Credential =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string };

/** Resolves the references to secrets in a desk's settings. */
export interface DeskSecrets {
  /**
   * A credential that is read anew at each use, so that a renewed one needs no reload.
   *
   * @param key where the reference stands, for messages: `desk.credential`
   */
  renewable(key: string, reference: string): () => Credential;
}

/** What a worker gives to a tenant's desk. */
export interface DeskTools {
  readonly tenantId: string;
  readonly redis: RedisClient;
  /** Default: no proxy. */
  readonly proxyFor?: ProxyFor | undefined;
}

/** What an import gives to a tenant's desk. */
export interface ReadTools extends DeskTools {
  /** Waits before a request that would use the reserve of the desk's request limit. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

export interface ProbeTools {
  readonly proxyFor: ProxyFor;
  /** Deadline of one request, milliseconds. */
  readonly timeoutMs: number;
}

/** The desk of one tenant, with its settings and access to its credential. */
export interface TenantDesk {
  readonly type: string;
  /** Tickets and notes are kept in this service's Redis and shown on the metrics port. */
  readonly isLocal: boolean;
  /** Finds and adds notes. */
  connect(tools: DeskTools): Desk;
  /**
   * Checks, without changing anything, that the desk can be reached and accepts the credential.
   *
   * @returns a sentence for `ticket-enhancer check`
   * @throws {EnhancementError} which says what is wrong and what to do
   */
  probe(tools: ProbeTools, signal: AbortSignal): Promise<string>;
  /** Reads its resolved tickets. Undefined: the desk does not keep tickets. */
  readonly resolved?: (tools: ReadTools) => ResolvedTickets;
}

/** The parts of {@link TenantDesk} that a definition provides. */
export type OpenedDesk = Pick<TenantDesk, 'connect' | 'probe' | 'resolved'>;

type Settings = Readonly<Record<string, z.ZodType>>;
type SettingsOf<Shape extends Settings> = z.output<z.ZodObject<Shape>>;

/** Everything that the service knows of one kind of help desk. */
export interface DeskDefinition<Type extends string, Shape extends Settings> {
  /** `desk.type` in the tenants file, and the name in `/webhook/{desk}/{tenant}`. */
  readonly type: Type;
  readonly isLocal?: boolean;
  /** The keys beside `type` in the tenants file, as zod types. */
  readonly settings: Shape;
  /**
   * Checks rules that concern several settings. Default: there are none.
   *
   * @param problem called for each broken rule with a key and the end of a sentence about it
   */
  check?(settings: SettingsOf<Shape>, problem: (key: string, message: string) => void): void;
  /** Default: the desk has no webhook of its own, and uses `/webhook/servicedesk`. */
  readonly webhook?: DeskWebhook;
  open(settings: SettingsOf<Shape>, secrets: DeskSecrets): OpenedDesk;
}

/** A desk definition with its settings type hidden, so that all kinds fit into one list. */
export interface DeskKind {
  readonly type: string;
  /** Validates `desk` in the tenants file. */
  readonly schema: z.ZodObject<{ readonly type: z.ZodLiteral<string> }>;
  readonly webhook: DeskWebhook | undefined;
  /** @param entry `desk` of the tenants file, validated with `schema` */
  open(entry: unknown, secrets: DeskSecrets): TenantDesk;
}

export function defineDesk<Type extends string, const Shape extends Settings>(
  definition: DeskDefinition<Type, Shape>,
): DeskKind {
  const { type, isLocal = false, settings, webhook } = definition;
  const ownKeys = z.object(settings);
  const schema = z.strictObject({ type: z.literal<string>(type), ...settings }).superRefine((entry, context) => {
    const problem = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
    // Keys that are invalid by themselves have been reported already.
    const sound = ownKeys.safeParse(entry).data;
    if (sound !== undefined) definition.check?.(sound, problem);
  });
  return {
    type,
    schema,
    webhook,
    open: (entry, secrets) => ({ type, isLocal, ...definition.open(ownKeys.parse(entry), secrets) }),
  };
}
