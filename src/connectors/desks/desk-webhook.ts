/** A desk's own webhook at `/webhook/{desk}/{tenant}`. */
export interface DeskWebhook {
  /** How the desk proves that it sent a request; any one of these. The API verifies them, in constant time. */
  readonly signatures: readonly DeskSignature[];
  /**
   * The header with the desk's own id of a delivery, the same for each repetition of it, in lower case. No signature covers
   * it, so that a sender of something recorded could choose another id: the same body is the same delivery, too.
   *
   * Default: the desk sends none.
   */
  readonly deliveryHeader?: string;
  /** What a verified body says. Never throws: fields that cannot be used are left to the validation of the payload. */
  read(body: Readonly<Record<string, unknown>>): DeskEvent;
}

/** Names of headers are in lower case. */
export type DeskSignature =
  | {
      readonly scheme: 'hmac';
      readonly algorithm: 'sha256' | 'sha1';
      readonly encoding: 'hex' | 'base64';
      readonly header: string;
      /** What stands before the signature, such as `sha256=`. Default: nothing. */
      readonly prefix?: string;
      /** A header with an RFC 3339 time, signed in front of the body; one older or newer than 300 s is refused. */
      readonly timestampHeader?: string;
    }
  | { readonly scheme: 'standard-webhooks' }
  /** For desks that can only add a fixed header. */
  | { readonly scheme: 'token'; readonly header: string };

/** Fields in the names of the service's own webhooks, as the desk wrote them: they are validated like those. */
export type DeskFields = Readonly<Record<string, unknown>>;

export type DeskEvent =
  /** `ticket_id`, `subject`, `description`, `priority`, `created_at`. */
  | { readonly kind: 'created'; readonly ticket: DeskFields }
  /** `ticket_id`, `subject`, `description`, `resolution`, `resolved_at`, `tags`. */
  | { readonly kind: 'resolved'; readonly ticket: DeskFields }
  /** Another event: it is answered with 202, and nothing is done. */
  | { readonly kind: 'ignored'; readonly what: string };
