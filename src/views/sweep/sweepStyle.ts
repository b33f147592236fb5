import { barStyle } from '../inspection/bars.ts';

// The square of the rank, as the trials' colours.
const ramp = [0, 25, 50, 75, 100]
  .map((rank) => `color-mix(in srgb, var(--accent) ${rank ** 2 / 100}%, var(--pale)) ${rank}%`)
  .join(', ');

/** The style of a sweep's report, on top of every page's. */
export const sweepStyle = `
.part { font-family: var(--serif); font-size: 1.3rem; margin: 2rem 0 .75rem; }
.space code { overflow-wrap: normal; }
.space .text { min-width: 9.5rem; }
.trial-colors { display: flex; flex-wrap: wrap; align-items: flex-start; gap: .25rem 1.5rem; margin: 0 0 .75rem; font-size: .85rem; }
.trial-colors p { margin: 0; }
.trial-scale { display: grid; grid-template-columns: repeat(3, minmax(5rem, auto)); line-height: 1.3; color: var(--muted); }
.trial-scale > :nth-child(3) { text-align: center; }
.trial-scale > :last-child { text-align: right; }
.trial-ramp { grid-column: 1 / -1; height: .7rem; margin: .35rem 0 .2rem; border-radius: 2px; background: linear-gradient(90deg, ${ramp}); }
:root { --pale: color-mix(in srgb, var(--muted) 38%, var(--paper)); }
.plot .trial, .trial { fill: none; stroke: currentColor; stroke-width: 1.2; stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.valued { color: color-mix(in srgb, var(--accent) var(--tint, 0%), var(--pale)); }
.trial.valued { stroke-opacity: calc(55% + .45 * var(--tint, 0%)); }
.trial.stopped { stroke-dasharray: 6 4; }
.trial.failed { stroke-dasharray: 1 4; color: var(--muted); }
.plot .trial.best, .trial.best { color: var(--c2); stroke-width: 2.75; }
.trial:hover { stroke-width: 3.5; }
.plot-mark { color: currentColor; stroke-width: 1.5; }
.plot-mark.c1 { color: var(--c1); }
.plot-mark.best { color: var(--c2); }
.plot-mark.valued { color: color-mix(in srgb, var(--accent) var(--tint, 0%), var(--pale)); }
.plot-mark.failed { color: var(--muted); }
.dot, .square { fill: currentColor; stroke: var(--paper); }
.ring { fill: var(--paper); stroke: currentColor; }
.dash, .cross { fill: none; stroke: currentColor; }
.dash { stroke-width: 2; }
.best-label { font-weight: 600; }
.plot .best-label { fill: var(--c2); }
.plot .tick, .plot .best-label { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.stretched { padding-left: 52px; }
.stretched .plot, .parallel { max-width: none; font-size: 12px; overflow: visible; }
.stretched .plot { height: 340px; }
.parallel { height: 352px; font-size: 12px; }
.plot .objective { fill: var(--ink); font-weight: 600; }
${barStyle}
.bars li { grid-template-columns: minmax(7.5rem, 30%) minmax(0, 1fr) 3.75rem; }
.bars { max-width: 44rem; }
.bar-track i { background: var(--accent); }
.tall > .scroll { max-height: 44rem; overflow: auto; border-bottom: 1px solid var(--rule); }
.tall thead th { position: sticky; top: 0; background: var(--paper); z-index: 1; }
.trial-table td { white-space: nowrap; }
.trial-table .best-row { background: var(--soft); }
.trial-table .error-row td { white-space: normal; padding-left: 0; }
.error-row span { position: sticky; left: 0; display: block; max-width: min(44rem, 85vw); border-left: 3px solid var(--thread); padding-left: .6rem; color: var(--muted); overflow-wrap: anywhere; }
.changes { padding-left: 1.25rem; max-width: 44rem; }
.change-trial { color: var(--muted); }
pre code { user-select: all; }
@media print { .tall > .scroll { max-height: none; overflow: visible; } .tall thead th { position: static; } }
`;
