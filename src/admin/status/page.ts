import { moment } from './browser/format.js';
import { title } from './browser/headline.js';
import { html } from './browser/html.js';
import { content } from './browser/content.js';
import type { Status } from '../../primary/status.js';

/**
 * Renders the whole page. Addresses are relative, so that it works behind a proxy under a path. It has no inline script or
 * style, so that the content security policy can forbid them.
 *
 * @param assets folder of the page's own files, relative, with a slash at the end
 */
export function statusPage(status: Status, assets: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<noscript><meta http-equiv="refresh" content="5"></noscript>
<title>${title(status)}</title>
<link rel="icon" href="${assets}icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${assets}uPlot.min.css">
<link rel="stylesheet" href="${assets}status.css">
<script defer src="${assets}uPlot.iife.min.js"></script>
<script type="module" src="${assets}live.js"></script>
</head>
<body>
<header>
  <h1>ticket-enhancer</h1>
  <p class="as-of">As of <span id="as-of">${moment(status.asOf)} UTC</span><span class="live-mark script-only" aria-hidden="true"></span><noscript>, reloaded every 5 s</noscript></p>
  <nav aria-label="Elsewhere on this port">
    <a href="metrics">Metrics</a>
    <a href="status">JSON</a>
    <a href="readyz">Readiness</a>
    ${status.queuePage && html`<a href="queues">Queue page</a>`}
  </nav>
</header>
<p id="notice" role="status"></p>
<main id="content">${content(status)}</main>
</body>
</html>
`.text;
}
