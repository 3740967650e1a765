/** A desk's own webhook at `/webhook/{desk}/{tenant}`. */
export interface DeskWebhook {
  /** How the desk proves that it sent a request; any one of these. The API verifies them, in constant time. */
  readonly signatures: readonly DeskSignature[];
  /**
   * The header with the desk's own id of a delivery, in lower case; repetitions have the same id. No signature covers it, so
   * an attacker could replay a recorded request with another id: therefore the same body is the same delivery too.
   *
   * Default: the desk sends none.
   */
  readonly deliveryHeader?: string;
  /** Reads a verified body. Never throws: unusable fields are reported by the validation of the payload. */
  read(body: Readonly<Record<string, unknown>>): DeskEvent;
}

/** Names of headers are in lower case. */
export type DeskSignature =
  | {
      readonly scheme: 'hmac';
      readonly algorithm: 'sha256' | 'sha1';
      readonly encoding: 'hex' | 'base64';
      readonly header: string;
      /** Text before the signature, such as `sha256=`. Default: none. */
      readonly prefix?: string;
      /** A header with an RFC 3339 time, signed in front of the body; one older or newer than 300 s is refused. */
      readonly timestampHeader?: string;
    }
  | { readonly scheme: 'standard-webhooks' }
  /** A fixed header, for desks that cannot sign. */
  | { readonly scheme: 'token'; readonly header: string };

/** Fields under the names of the service's own webhooks, with the desk's values; they are validated like those. */
export type DeskFields = Readonly<Record<string, unknown>>;

export type DeskEvent =
  /** `ticket_id`, `subject`, `description`, `priority`, `created_at`. */
  | { readonly kind: 'created'; readonly ticket: DeskFields }
  /** `ticket_id`, `subject`, `description`, `resolution`, `resolved_at`, `tags`. */
  | { readonly kind: 'resolved'; readonly ticket: DeskFields }
  /** Another event, which is answered with 202 and has no effect. */
  | { readonly kind: 'ignored'; readonly what: string };
