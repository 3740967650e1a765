/** The page's style sheet. In a module, because the compiler copies no other files. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --panel: #ffffff; --text: #17202b; --quiet: #55606e; --line: #dfe4ea;
  --accent: #1b5fb8; --accent-wash: #1b5fb81f; --good: #16693a; --changing: #7d5200; --bad: #b3231b; --bad-wash: #fdeceb; --changing-wash: #fdf5e4;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums;
  -webkit-text-size-adjust: 100%;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f141a; --panel: #171e26; --text: #e4e9f0; --quiet: #9ba8b8; --line: #2b3541;
    --accent: #7fb4ff; --accent-wash: #7fb4ff2b; --good: #6fd394; --changing: #f0bb5e; --bad: #ff938b; --bad-wash: #3a1f20; --changing-wash: #2f2714;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 86rem; padding: 0 1.25rem 2rem; background: var(--ground); color: var(--text); }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.word { white-space: nowrap; }
code { font: .88em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
html:not([data-live]) .script-only { display: none; }

header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1.5rem; padding: 1rem 0 .75rem; }
h1 { font-size: 1.25rem; line-height: 1.3; margin: 0; letter-spacing: -.01em; }
header p { margin: 0; color: var(--quiet); }
header nav { display: flex; gap: 1.25rem; margin-left: auto; }
.live-mark::before { content: "live"; margin-left: .6rem; padding: .05rem .5rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .8rem; color: var(--good); }
html[data-live="lost"] .live-mark::before { content: "lost"; color: var(--bad); }
#notice:empty { display: none; }
#notice { margin: 0 0 1rem; padding: .6rem 1rem; border: 1px solid var(--bad); border-radius: 8px; background: var(--bad-wash); color: var(--text); font-weight: 600; }

section { margin: 0 0 1rem; padding: .9rem 1.1rem 1.1rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
h2 { font-size: 1.05rem; line-height: 1.3; margin: 0 0 .6rem; }
h2 .aside { font-size: .9rem; font-weight: 400; margin-left: .75rem; }
.quiet { color: var(--quiet); font-weight: 400; }
section > p.quiet { margin: 0 0 .6rem; max-width: 75ch; }
.state { white-space: nowrap; font-weight: 600; }
.state.good { color: var(--good); } .state.changing { color: var(--changing); } .state.bad { color: var(--bad); }

section[aria-labelledby="overview"] h2 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.headline { border-left: .4rem solid var(--good); }
.headline.changing { border-left-color: var(--changing); background: var(--changing-wash); }
.headline.bad { border-left-color: var(--bad); background: var(--bad-wash); }
.headline h2 { font-size: 1.75rem; margin: 0; letter-spacing: -.01em; }
.headline > p { margin: 0; }
#reasons { list-style: none; margin: .75rem 0 0; padding: 0; }
#reasons li { padding: .35rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
#reasons .state { display: inline-block; min-width: 6.5rem; }
#reasons code { color: var(--quiet); }
.tiles { display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); gap: .75rem 1rem; margin: 0; }
.tile { border-left: 2px solid var(--line); padding-left: .7rem; }
.tile dt { color: var(--quiet); font-size: .87rem; }
.tile dd { margin: 0; }
.figure { display: block; font-size: 1.4rem; line-height: 1.35; font-weight: 600; white-space: nowrap; }
.detail { display: block; color: var(--quiet); font-size: .8rem; }

.charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem 2rem; margin-bottom: .5rem; }
html:not([data-live]) .charts { grid-template-columns: minmax(0, 1fr); }
figure { margin: 0; min-width: 0; }
figcaption, caption { text-align: left; font-weight: 600; font-size: .9rem; padding: .35rem 0; }
.chart { min-height: 182px; overflow: hidden; }
.chart svg { display: block; width: 100%; height: 150px; border-bottom: 1px solid var(--line); border-left: 1px solid var(--line); }
.chart polyline { fill: none; stroke: var(--accent); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.chart p { margin: .25rem 0 0; }
.uplot { font-family: inherit; }
.uplot .u-legend { text-align: left; font-size: .8rem; color: var(--text); margin: 0; }
.uplot .u-legend tr { padding: 0; border: 0; }
.uplot .u-legend th { padding: 2px 4px; }

table { width: 100%; border-collapse: collapse; margin-top: .4rem; }
th, td { padding: .32rem .75rem; border-bottom: 1px solid var(--line); vertical-align: baseline; font-weight: 400; overflow-wrap: anywhere; }
thead th { color: var(--quiet); font-size: .84rem; white-space: nowrap; padding-top: .1rem; }
th:first-child, td:first-child { padding-left: 0; } th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; } .text { text-align: left; }
tbody th .quiet { margin-left: .35rem; }
tbody tr:last-child > * { border-bottom: 0; }
#queue-jobs { width: auto; } #queue-jobs .number { text-align: left; padding: .32rem 2rem .32rem 0; }
.empty { color: var(--quiet); }
.notice { margin: 0 0 .75rem; }
details summary { cursor: pointer; padding: .2rem 0; } section[aria-labelledby="configuration"] p { margin: 0 0 .4rem; }
details caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

@media (max-width: 70rem) {
  .tiles { grid-template-columns: repeat(4, minmax(0, 1fr)); }
}
@media (max-width: 62rem) {
  .charts { grid-template-columns: minmax(0, 1fr); }
  table, tbody, tr, th, td, caption { display: block; }
  table:not(#queue-jobs) thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  #queue-jobs thead { display: none; }
  tbody tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; padding-bottom: 0; }
  tbody td, tbody th { display: flex; justify-content: space-between; gap: 1rem; padding: .12rem 0; border: 0; text-align: right; white-space: normal; }
  tbody th { justify-content: flex-start; padding-bottom: .2rem; }
  tbody td[data-column]::before { content: attr(data-column); color: var(--quiet); flex: none; text-align: left; }
  #queue-jobs, #queue-jobs tbody { width: 100%; } #queue-jobs .number { padding: .12rem 0; }
}
@media (max-width: 30rem) {
  body { padding: 0 .75rem 1.5rem; }
  section { padding: .8rem .85rem .9rem; }
  header nav { margin-left: 0; flex-wrap: wrap; gap: .25rem 1.1rem; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
`;

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1b5fb8"/><path d="M6 18h5l3-9 5 14 3-8h4" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
