/** The style of plots, claims and scores in an inspection's report, on top of every page's. */
export const numericStyle = `
:root { --heat: #0b3c7d; --good: #00694f; --poor: #a82f36; --between: #8a5200; }
@media screen and (prefers-color-scheme: dark) {
  :root { --heat: #9fd0ff; --good: #4fd0aa; --poor: #f08a90; --between: #eeb05c; }
}
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); gap: 2.25rem 2rem; margin-top: 1.5rem; }
.multiples figcaption { font-size: .82rem; line-height: 1.5; margin-top: .4rem; }
details + h3 { margin-top: 2.75rem; }
.multiples h4, .cka h4 { font-size: 1rem; margin: 0 0 .5rem; }
.seen { color: var(--ink); font-weight: 500; }
.citation { white-space: nowrap; }
.cases { color: var(--muted); font-weight: 400; font-size: .8em; }
.layer-key { columns: 11rem; font-size: .85rem; margin: .75rem 0 0; padding-left: 2.25rem; }
.all-numbers { white-space: nowrap; font-size: .8rem; }
.all-numbers tbody + tbody { border-top: 2px solid var(--rule); }
.all-numbers caption { text-align: left; font-weight: 600; padding: .5rem 0; }
.layer-plot, .scatter { font-size: 12px; max-width: 26rem; }
.dashed { stroke-dasharray: 5 3; }
.bridge { stroke-dasharray: 1 4; }
.interval { stroke: currentColor; stroke-width: 2; opacity: .8; }
.interval.light { stroke-width: 1; opacity: .4; }
.band { fill: var(--soft); }
.reference { stroke: var(--muted); stroke-dasharray: 4 3; }
.layer-plot .mark, .scatter .mark, .interval-row .mark { stroke-width: 1; }
.heatmap { font-size: 12px; max-width: 24rem; }
.heatmap .cell { fill: color-mix(in srgb, var(--heat) var(--tint), var(--card)); }
.heatmap .undefined-cell { stroke: var(--rule); stroke-width: 1; }
.cross { stroke: var(--muted); stroke-width: 1; fill: none; }
.below { stroke: var(--ink); stroke-width: 1.5; }
.color-bar { display: flex; align-items: center; gap: .5rem; margin: 1rem 0 0; font-size: .85rem; color: var(--muted); }
.color-ramp { width: 10rem; height: .8rem; border: 1px solid var(--rule); background: linear-gradient(90deg, var(--card), var(--heat)); }
.intervals { list-style: none; margin: 0; padding: 0; font-size: .8rem; line-height: 1.35; }
.intervals li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .1rem .75rem; padding: .3rem 0; }
.interval-text { grid-row: 1; grid-column: 2; text-align: right; white-space: nowrap; }
.interval-label { color: var(--muted); }
.interval-row { display: block; width: 100%; grid-column: 1 / -1; overflow: visible; font-size: 12px; }
.interval-row .grid { stroke: var(--rule); }
.interval-row .axis { stroke: var(--muted); }
.interval-row text { fill: var(--muted); }
.intervals .interval-axis { padding: 0; }
.verdict { display: inline-block; font-weight: 600; white-space: nowrap; color: var(--muted); }
.verdict.supported { color: var(--good); }
.verdict.not-supported { color: var(--poor); }
.verdict.mixed { color: var(--between); }
.claims, .methods { list-style: none; margin: 1.5rem 0 0; padding: 0; }
.claim, .method { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem 2.5rem; padding: 1.5rem 0; border-top: 1px solid var(--rule); }
.claim h3, .method h4 { margin-top: 0; font-family: var(--serif); font-size: 1.15rem; line-height: 1.3; margin-bottom: .5rem; }
.claim p, .method p { margin-bottom: .6rem; }
.claim-verdict .verdict { font-size: 1.05rem; border: 1px solid; border-radius: 1rem; padding: .1rem .8rem; }
.method h5 { font-size: .85rem; margin: 0 0 .35rem; font-weight: 600; }
.method .note { margin-top: 0; }
.method .intervals + .note { margin-top: .6rem; }
.terms { margin: 0; font-size: .875rem; color: var(--muted); }
.terms div { display: grid; grid-template-columns: 5rem minmax(0, 1fr); gap: .5rem; padding: .2rem 0; }
.terms dt { font-weight: 600; }
.terms dd { margin: 0; }
.joint .text { white-space: nowrap; }
.joint tbody th { min-width: 10rem; }
.joint .together { min-width: 8.5rem; text-align: left; }
.reasons { padding-left: 1.25rem; font-size: .9rem; }
@media (min-width: 45rem) { .claim { grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr); } }
@media (min-width: 40rem) {
  .method { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .method > :first-child { grid-column: 1 / -1; }
}
@media (min-width: 62rem) {
  .method { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .method > :first-child { grid-column: auto; }
}
@media print {
  .multiples { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .multiples > figure, .claim, .method { break-inside: avoid; }
}
`;
