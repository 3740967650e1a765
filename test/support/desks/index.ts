import { freshdeskDesk, freshserviceDesk } from './freshservice.js';
import { jiraDesk } from './jira.js';
import type { DeskUnderTest } from './protocol.js';
import { zammadDesk } from './zammad.js';
import { zendeskDesk } from './zendesk.js';

/** Desks with a webhook of their own, by the name of the product. */
export const desksUnderTest = {
  zendesk: zendeskDesk,
  jira: jiraDesk,
  freshservice: freshserviceDesk,
  freshdesk: freshdeskDesk,
  zammad: zammadDesk,
} as const satisfies Record<string, DeskUnderTest>;
