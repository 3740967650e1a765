import { freshdeskDesk, freshserviceDesk } from './freshservice.js';
import { jiraDataCenterDesk, jiraDesk } from './jira.js';
import type { DeskUnderTest } from './protocol.js';
import { requestTrackerDesk } from './request-tracker.js';
import { zammadDesk } from './zammad.js';
import { zendeskDesk } from './zendesk.js';

/** Desks with a webhook of their own, by the name of the product. */
export const desksUnderTest = {
  'request tracker': requestTrackerDesk,
  zendesk: zendeskDesk,
  jira: jiraDesk,
  'jira data center': jiraDataCenterDesk,
  freshservice: freshserviceDesk,
  freshdesk: freshdeskDesk,
  zammad: zammadDesk,
} as const satisfies Record<string, DeskUnderTest>;
