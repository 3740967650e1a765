import { z } from 'zod';

/** A ticket as the webhook described it: written by a stranger, so data and never instructions or markup. */
export interface Ticket {
  readonly tenantId: string;
  readonly ticketId: string;
  /** May be empty. */
  readonly subject: string;
  readonly description: string;
  readonly priority: 'low' | 'medium' | 'high' | 'critical';
  /** RFC 3339, with a zone. */
  readonly createdAt: string;
}

/** A ticket that somebody solved; new tickets are compared with these. */
export const resolvedTicketSchema = z.object({
  ticketId: z.string().min(1),
  subject: z.string(),
  description: z.string(),
  resolution: z.string().min(1),
  /** RFC 3339. */
  resolvedAt: z.string(),
  tags: z.array(z.string()).default([]),
});
export type ResolvedTicket = Readonly<z.infer<typeof resolvedTicketSchema>>;
