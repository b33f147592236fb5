import { barStyle } from './bars.ts';
import { cssGradient, diverging, sequential } from './maps/colormap.ts';

/** The style of pictures, maps, cards and explanations, on top of every page's. Choices work without a script, by `:has()`. */
export function inspectionStyle(images: number): string {
  const each = (rule: (i: number) => string) => Array.from({ length: images }, (_, i) => rule(i)).join(',');
  return `
.unsigned.ramp { background: ${cssGradient(sequential)}; }
.signed.ramp { background: ${cssGradient(diverging)}; }
${images > 0 ? `${each((i) => `.chooser:has(.thumb:nth-child(${i + 1}) :checked) .of:not(.of-${i})`)} { display: none; }` : ''}
.explorer:has(#scale-map:checked) .by-layer, .explorer:has(#scale-layer:checked) .by-map { display: none; }
@supports not selector(:has(a)) { .of:not(.of-0), .by-layer { display: none; } }
${fixed}`;
}

const fixed = `
:root { --between-maps: var(--paper); }
@media screen and (prefers-color-scheme: dark) { :root { --between-maps: #4a5264; } }
fieldset { border: 0; margin: 1.25rem 0; padding: 0; min-width: 0; }
legend { font-weight: 600; padding: 0; margin-bottom: .5rem; }
.thumbs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22%, 5.5rem), 1fr)); gap: .75rem .6rem; }
.thumb { position: relative; display: flex; flex-direction: column; padding: .35rem; border: 2px solid transparent; border-radius: 6px; font-size: .72rem; line-height: 1.35; cursor: pointer; min-width: 0; }
.thumb input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.thumb .pixels { max-width: 7rem; }
.thumb-words { display: flex; flex-direction: column; margin-top: .3rem; overflow-wrap: anywhere; }
.thumb-words > span { color: var(--muted); }
.thumb.wrong b > span { color: var(--thread); }
.thumb:hover { border-color: var(--rule); }
.thumb:has(:checked) { border-color: var(--accent); background: var(--soft); }
.thumb:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
.switch { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; font-size: .9rem; }
.switch label { cursor: pointer; }
.pixels { display: block; }
h3 small { color: var(--muted); font-weight: 400; font-family: var(--sans); margin-left: .5rem; white-space: nowrap; }
.part { font-family: var(--serif); font-size: 1.3rem; margin: 3rem 0 .75rem; }
h4 { font-size: .95rem; margin: 0 0 .6rem; }

.sheet { position: relative; width: 100%; aspect-ratio: calc(var(--columns) * var(--aspect) / var(--rows)); max-width: calc(var(--columns) * 9rem); overflow: hidden; border-radius: 3px; }
.sheet .pixels { position: absolute; inset: 0; width: 100%; height: 100%; border-radius: 0; }
.sheet::after { content: ""; position: absolute; inset: 0; pointer-events: none; background: linear-gradient(to right, transparent calc(100% - var(--line, 2px)), var(--between-maps) 0) 0 0 / calc(100% / var(--columns)) 100%, linear-gradient(to bottom, transparent calc(100% - var(--line, 2px)), var(--between-maps) 0) 0 0 / 100% calc(100% / var(--rows)); }
.sheet.single::after { display: none; }
.cells { position: absolute; inset: 0; display: grid; grid-template-columns: repeat(var(--columns), minmax(0, 1fr)); grid-template-rows: repeat(var(--rows), minmax(0, 1fr)); z-index: 1; }
.cells a { display: block; }
.cells a:hover { outline: 2px solid var(--thread); outline-offset: -2px; }
.cells a:focus-visible { outline: 4px solid var(--thread); outline-offset: -3px; border-radius: 0; }
.cells .dead { background: linear-gradient(to top right, transparent calc(50% - 1.5px), #fff calc(50% - 1.5px) calc(50% - .75px), #b3383f calc(50% - .75px) calc(50% + .75px), #fff calc(50% + .75px) calc(50% + 1.5px), transparent calc(50% + 1.5px)), linear-gradient(to bottom right, transparent calc(50% - 1.5px), #fff calc(50% - 1.5px) calc(50% - .75px), #b3383f calc(50% - .75px) calc(50% + .75px), #fff calc(50% + .75px) calc(50% + 1.5px), transparent calc(50% + 1.5px)); opacity: .8; }
.colorbar { display: flex; align-items: center; gap: .5rem; margin: .6rem 0 0; font-size: .8rem; color: var(--muted); font-variant-numeric: tabular-nums; }
.ramp { flex: 0 1 9rem; height: .7rem; border-radius: 2px; }

.opening { display: grid; gap: 1.5rem 2.5rem; margin-top: 1.25rem; }
.opening-picture .pixels { width: 11rem; }
.opening-rows { display: grid; gap: 2rem; min-width: 0; }
.opening-row { min-width: 0; }
.opening-row h3 { font-family: var(--serif); font-size: 1.2rem; margin-bottom: .3rem; }
.opening-row p { margin-bottom: .75rem; }
.opening-row figcaption { margin-top: .5rem; }
@media (min-width: 60rem) {
  .opening { grid-template-columns: 11rem minmax(0, 1fr); }
  .opening-picture { position: sticky; top: 1rem; align-self: start; }
}

.layers { list-style: none; display: grid; grid-template-columns: minmax(0, 1fr); gap: 2.5rem; margin: 2rem 0 0; padding: 0; }
.maps { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.5rem 2.5rem; align-items: start; align-content: start; scroll-margin-top: 1rem; }
.maps:focus, .card:focus { outline: none; }
.maps .sheet { max-width: min(34rem, var(--columns) * 13rem); }
.maps h3 .layer-name { font-size: 1rem; }
.layers h4 .layer-name, .opening h3 .layer-name { font-size: .9em; }
.maps figcaption { margin-top: .4rem; }
.filters + .filters { margin-top: 1.5rem; }
.filters .sheet { max-width: 24rem; --line: 5px; --between-maps: var(--paper); }
.kernel .sheet { --line: 3px; --between-maps: var(--card); }
@media (min-width: 40rem) {
  .layers { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 3rem 2.5rem; }
  .wide { grid-column: 1 / -1; }
}
@media (min-width: 52rem) {
  .wide { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .maps:has(.cards) > .maps-figure { position: sticky; top: 1rem; }
}
.card { display: none; background: var(--card); border: 1px solid var(--rule); border-top: 3px solid var(--rule); border-radius: 0 0 6px 6px; padding: 1rem 1.1rem; scroll-margin-top: 1rem; }
.card:target { display: block; border-top-color: var(--thread); }
.cards:not(:has(:target)) .example { display: block; }
.badge { background: var(--muted); color: var(--paper); border-radius: 3px; font-size: .75rem; font-weight: 500; padding: .05rem .4rem; }
.card-figures { display: flex; flex-wrap: wrap; gap: .75rem 2rem; margin: 0 0 1rem; }
.card-figures dt { color: var(--muted); font-size: .8rem; }
.card-figures dd { margin: 0; font-size: 1.2rem; line-height: 1.35; }
.card-figures .aside { color: var(--muted); font-size: .8rem; }
.top svg { display: block; width: 100%; max-width: 24rem; }
.top image { image-rendering: pixelated; }
.top text { fill: var(--ink); }
.top tspan { fill: var(--muted); }
.top path { fill: none; vector-effect: non-scaling-stroke; }
.halo { stroke: #000; stroke-width: 4; opacity: .55; }
.field { stroke: #ffb13d; stroke-width: 2; }
.kernel { display: grid; grid-template-columns: minmax(0, 11rem) minmax(8rem, 1fr); gap: 1rem; align-items: center; margin-top: 1rem; }
.kernel.single { grid-template-columns: 4.5rem minmax(0, 1fr); }
.kernel figcaption { margin: 0; }
.back { font-size: .85rem; margin: 1rem 0 0; }

${barStyle}
.why > .of > h3 { font-family: var(--serif); font-size: 1.2rem; margin-top: 1.75rem; }
.evidence { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(8rem, 44%), 1fr)); gap: 1.5rem 1.1rem; margin-top: 1rem; }
.evidence figcaption { margin-top: .4rem; font-size: .78rem; line-height: 1.4; }
.evidence figcaption b { color: var(--ink); font-weight: 600; }
.evidence em { color: var(--thread); font-style: normal; }
.blank { display: grid; place-items: center; text-align: center; padding: .75rem; font-size: .8rem; line-height: 1.4; color: var(--muted); background: var(--card); border: 1px dashed var(--rule); border-radius: 2px; }
.removals { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: 1.5rem 2.5rem; margin-top: 2rem; }
.removals .bars li { grid-template-columns: 4.5rem minmax(0, 1fr) 3.5rem; }
.method-key dl { margin: .75rem 0 0; font-size: .875rem; }
.method-key dl > div { margin-bottom: .6rem; max-width: 44rem; }
.method-key dt { font-weight: 600; }
.method-key dd { margin: 0; color: var(--muted); }
.left-out { padding-left: 1.25rem; }

@media print {
  .pick, .switch, .back { display: none; }
  .layers { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .wide { grid-column: 1 / -1; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .opening { grid-template-columns: 9rem minmax(0, 1fr); }
  .opening-picture, .maps:has(.cards) > .maps-figure { position: static; }
  .opening-picture .pixels { width: 9rem; }
  .cards { display: contents; }
  .maps-figure { order: -2; }
  .example { order: -1; }
  .cards .card.card { display: none; }
  .cards:not(#none) .card.printed { display: block; border-top-color: var(--rule); }
  .opening-row, .maps-figure, .maps-filters, .card, .evidence > figure, .removals > figure { break-inside: avoid; }
}
`;
