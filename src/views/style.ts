/**
 * The style sheet of every page. Colours are variables, light and dark; the four of plots (--c1 to --c4) stay apart for
 * colour-blind readers, after Okabe and Ito's palette (2008). Nothing is loaded: fonts are the reader's own.
 */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf6; --card: #fff; --ink: #1b2230; --muted: #586071; --rule: #dedacf;
  --accent: #28508f; --thread: #b3383f; --soft: #e4eaf5;
  --hit: #6f9bdc; --miss: #e59a55;
  --c1: #0072b2; --c2: #d55e00; --c3: #008062; --c4: #a3477f;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171d; --card: #1b2028; --ink: #e8e5dd; --muted: #a3aab7; --rule: #343b48;
    --accent: #93b4ee; --thread: #e8767c; --soft: #263249;
    --hit: #365e9e; --miss: #955212;
    --c1: #56b4e9; --c2: #f0883e; --c3: #2fc79f; --c4: #d68fb8;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { font-family: var(--sans); font-size: 100%; line-height: 1.55; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font-variant-numeric: tabular-nums lining-nums; overflow-wrap: break-word; }
/* The woven edge that keeps a fabric from unravelling, with its one red thread. */
body::before { content: ""; display: block; height: 10px; border-bottom: 2px solid var(--thread);
  background: repeating-linear-gradient(90deg, var(--accent) 0 3px, transparent 3px 5px); opacity: .85; }
a { color: var(--accent); text-underline-offset: .2em; text-decoration-thickness: 1px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
.skip { position: absolute; left: 1rem; top: -5rem; padding: .5rem 1rem; background: var(--card); z-index: 1; }
.skip:focus { top: 1rem; }
header, main, body > footer { max-width: 70rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem); }
header { padding-top: 2.5rem; }
h1, h2 { font-family: var(--serif); font-weight: 600; line-height: 1.2; letter-spacing: -.01em; text-wrap: balance; }
h1 { font-size: clamp(1.8rem, 1.4rem + 1.8vw, 2.6rem); margin: 0 0 .5rem; }
h2 { font-size: 1.5rem; margin: 0 0 .5rem; }
h3 { font-size: 1rem; margin: 0 0 .5rem; }
.eyebrow { margin: 0 0 .35rem; color: var(--thread); font-size: .8rem; letter-spacing: .12em; text-transform: uppercase; }
p { max-width: 44rem; margin: 0 0 1rem; }
.lead, figcaption, .note { color: var(--muted); }
.lead { margin: 0; }
figcaption, .note { font-size: .875rem; max-width: 44rem; margin-top: .75rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; list-style: none; margin: 1.5rem 0 0; padding: .6rem 0; border-block: 1px solid var(--rule); font-size: .9rem; }
nav a { display: inline-block; padding: .15rem 0; text-decoration: none; }
nav a:hover { text-decoration: underline; }
section { margin: 3.25rem 0; scroll-margin-top: 1rem; }
main > section:first-child { margin-top: 2rem; }
body > footer { margin-top: 4rem; padding-top: 1rem; padding-bottom: 3rem; color: var(--muted); font-size: .85rem; }
figure { margin: 0; min-width: 0; }
code, pre, .layer-name { font-family: var(--mono); font-size: .85em; }
code { overflow-wrap: anywhere; }
.word { display: inline-block; }
pre { margin: 0 0 1rem; padding: .8rem 1rem; background: var(--card); border: 1px solid var(--rule); border-left: 3px solid var(--accent); white-space: pre-wrap; overflow-wrap: anywhere; }
details { margin-top: 1.25rem; }
summary { cursor: pointer; color: var(--accent); width: fit-content; font-size: .9rem; }
details > .scroll { margin-top: .75rem; }
.notice { margin-top: .75rem; border-left: 3px solid var(--thread); padding: .6rem 1rem; background: var(--card); }

.figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.5rem clamp(1.25rem, 3vw, 2.25rem); margin: 1rem 0 1.5rem; }
.figures > div { border-top: 2px solid var(--rule); padding-top: .6rem; min-width: 0; }
.figures > .first { border-color: var(--thread); grid-column: 1 / -1; }
.figures dt { color: var(--muted); font-size: .85rem; }
.figures dd { margin: 0; }
.figures .value { font-size: 1.55rem; line-height: 1.3; white-space: nowrap; }
.figures .first .value { font-family: var(--serif); font-size: 3.5rem; line-height: 1.2; font-weight: 600; letter-spacing: -.02em; }
.figures .aside { color: var(--muted); font-size: .8rem; line-height: 1.4; }
.figures code { font-size: 1.1rem; }
@media (min-width: 34rem) { .figures { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
@media (min-width: 60rem) {
  .figures { grid-template-columns: 1.6fr repeat(3, 1fr); }
  .figures > .first { grid-column: 1; grid-row: span 2; }
}

.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: .875rem; }
.numbers th, .numbers td { padding: .35rem .75rem; text-align: right; border-bottom: 1px solid var(--rule); }
.numbers tr > :first-child:not(.text) { padding-left: 0; }
.numbers thead th { color: var(--muted); font-weight: 500; vertical-align: bottom; }
.numbers tr > th:first-child, .numbers .text { text-align: left; }
.numbers tbody th { font-weight: 500; }
.numbers tfoot { color: var(--muted); }
.numbers tfoot th { font-weight: 500; }
.scores { width: 100%; max-width: 54rem; }
@media (min-width: 45rem) {
  .scores { table-layout: fixed; }
  .bar { background: linear-gradient(var(--hit), var(--hit)) no-repeat 1.75rem 50% / calc((100% - 6rem) * var(--part)) .4rem; }
}
.key { border-collapse: collapse; width: 100%; max-width: 60rem; margin-bottom: 1.5rem; }
.key th, .key td { padding: .35rem 1rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
.key th { width: 11rem; font-weight: 500; color: var(--muted); overflow-wrap: normal; }

.network { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(6.7rem, 1fr)); gap: 1.5rem .5rem; margin: 1.25rem 0 0; padding: 0; }
.layer { position: relative; display: flex; flex-direction: column; align-items: center; text-align: center; font-size: .8rem; line-height: 1.45; min-width: 0; }
.follows::before { content: "→"; content: "→" / ""; position: absolute; left: -.25rem; top: 1.75rem; transform: translateX(-50%); color: var(--muted); }
.layer svg { width: 6.25rem; height: 4.75rem; margin-bottom: .35rem; }
.layer-name { overflow-wrap: anywhere; font-size: .7rem; line-height: 1.64; font-weight: 600; }
.layer-inputs { color: var(--muted); line-height: 1.3; overflow-wrap: anywhere; max-width: 100%; }
.layer-parameters { color: var(--accent); line-height: 1.3; }
.layer polygon, .layer rect { stroke: var(--muted); stroke-width: 1; stroke-linejoin: round; fill: var(--card); }
.layer .side { fill: var(--rule); }
.learns polygon, .learns rect { stroke: var(--accent); fill: var(--soft); }
.learns .side { fill: var(--hit); }
.drops polygon, .drops rect { stroke-dasharray: 3 3; }

.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20.5rem, 100%), 1fr)); gap: 2rem 2.5rem; margin-top: 1.25rem; }
.plot { display: block; width: 100%; max-width: 34rem; height: auto; font-size: 12.5px; }
.plot text { fill: var(--muted); }
.plot .grid { stroke: var(--rule); }
.plot .axis { stroke: var(--muted); }
.line { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round; opacity: .75; }
.mark { fill: currentColor; stroke: var(--paper); stroke-width: 1.5; }
.plot .end-label { fill: currentColor; font-weight: 600; }
.c1 { color: var(--c1); } .c2 { color: var(--c2); } .c3 { color: var(--c3); } .c4 { color: var(--c4); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0 0 .5rem; padding: 0; font-size: .85rem; }
.legend li { display: flex; align-items: center; gap: .4rem; }

.confusion { table-layout: fixed; width: 100%; min-width: calc(5.25rem + var(--classes) * 1.6rem); max-width: calc(8rem + var(--classes) * 4.25rem); border-spacing: 2px; border-collapse: separate; }
.confusion th { font-weight: 500; font-size: .8rem; line-height: 1.2; }
.confusion .corner { width: 7rem; text-align: left; vertical-align: bottom; color: var(--muted); }
.confusion .above { color: var(--muted); padding-bottom: .2rem; }
.confusion thead tr + tr th { vertical-align: bottom; padding-bottom: .35rem; }
.confusion thead span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; max-height: 9rem; overflow: hidden; text-overflow: ellipsis; }
.confusion tbody th { text-align: left; padding-right: .4rem; }
.confusion td { text-align: center; padding: 0; height: 2.4rem; border-radius: 2px; font-size: .85rem; }
.confusion .hit { background: color-mix(in srgb, var(--hit) var(--tint), var(--card)); font-weight: 600; }
.confusion .miss { background: color-mix(in srgb, var(--miss) var(--tint), var(--card)); }
.confusion .none { color: var(--muted); }

.mistakes { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); gap: 1.5rem 1.1rem; margin: 1.25rem 0 0; padding: 0; }
.mistakes li { display: flex; flex-direction: column; font-size: .8rem; line-height: 1.4; min-width: 0; }
.pixels { width: 100%; height: auto; image-rendering: pixelated; border-radius: 2px; }
.truth { font-weight: 600; margin-top: .4rem; }
.guess b { display: inline-block; font-weight: 600; color: var(--thread); }
.confidence { color: var(--muted); }

@media (max-width: 34rem) {
  .confusion { border-spacing: 1px; }
  .confusion .corner { width: 4.6rem; }
  .confusion th { font-size: .7rem; }
  .confusion td { font-size: .68rem; height: 2rem; }
  .confusion tbody th { padding-right: .2rem; }
  .numbers th, .numbers td { padding-inline: .4rem; }
  .key th { width: 7.5rem; }
  .mistakes { grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr)); }
}
@media print {
  @page { margin: 15mm; }
  html { font-size: 80%; }
  body { print-color-adjust: exact; -webkit-print-color-adjust: exact; background: none; }
  nav, .skip, details:not([open]) { display: none; }
  header, main, body > footer { padding-inline: 0; max-width: none; }
  section { margin: 2rem 0; }
  body > footer { margin-top: 1rem; padding-bottom: 0; }
  h2, h3 { break-after: avoid; }
  .pair > figure, .confusion, tr, li, pre, .figures > div { break-inside: avoid; }
  figcaption { break-before: avoid; }
  tfoot { display: table-row-group; }
  .network { padding-left: .75rem; }
  .scroll { overflow: visible; }
  .figures { grid-template-columns: 1.6fr repeat(3, 1fr); }
  .figures > .first { grid-column: 1; grid-row: span 2; }
  .figures .first .value { font-size: 2.6rem; }
}
`;
