import type { Status } from '../../../primary/status.js';
import { childSection } from './child-section.js';
import { configurationSection } from './configuration-section.js';
import { headline } from './headline.js';
import { type Html, html } from './html.js';
import { modelSection } from './model-section.js';
import { noteSection } from './note-section.js';
import { overview } from './overview.js';
import { queueSection } from './queue-section.js';
import { tenantSection } from './tenant-section.js';

/**
 * The page's content. The primary renders it when the page is opened, and the page's script renders it again from each
 * event; both use this code, so that they cannot differ.
 */
export function content(status: Status): Html {
  const sections = [
    headline,
    overview,
    queueSection,
    tenantSection,
    childSection,
    modelSection,
    noteSection,
    configurationSection,
  ];
  return html`${sections.map((section) => section(status))}`;
}
