import type { SweepResult } from '../../core/tuning/result.ts';
import { type Html, html } from '../html.ts';
import { plural } from '../numbers.ts';
import { type PageSection, page } from '../page.ts';
import { bestTrial, samplerName } from './bestTrial.ts';
import { importance } from './importance.ts';
import { objectiveName, secondName, showObjective } from './objective.ts';
import { parallelCoordinates } from './parallelCoordinates.ts';
import { paretoFront } from './paretoFront.ts';
import { sweepStyle } from './sweepStyle.ts';
import { trialCurves } from './trialCurves.ts';
import { trialTable } from './trialTable.ts';

/** The report of a sweep: one self-contained document that loads nothing and runs no script. */
export function sweepPage(result: SweepResult): string {
  const { name, trials, parameters, objective, secondObjective, best } = result;
  const value = trials.find(({ number }) => number === best)?.value ?? null;
  return page({
    eyebrow: 'Selvedge sweep',
    title:
      best === null
        ? `${name}: no trial has a value`
        : `${name}: best ${objectiveName(objective)} ${showObjective(objective, value)}`,
    lead: html`${plural(trials.length, 'trial')} over ${plural(parameters.length, 'parameter')}, chosen by ${samplerName(result)}. Objective: ${objective.direction} the
${objectiveName(objective)}${secondObjective !== null && `, with ${secondName(secondObjective)} as the second one`}.`,
    styles: sweepStyle,
    sections: sections(result),
    footer: html`Written by selvedge sweep.`,
  });
}

function sections(result: SweepResult): PageSection[] {
  return [
    section('summary', 'Summary', bestTrial(result)),
    section('coordinates', 'Parallel coordinates', parallelCoordinates(result)),
    section('curves', 'Learning curves', trialCurves(result)),
    section('importance', 'Importance of the parameters', importance(result)),
    section('front', 'Pareto front', paretoFront(result)),
    section('trials', 'Trials', trialTable(result)),
    section('changes', 'Changes of the space', changes(result)),
  ].filter((one) => one !== null);
}

/** Null where there is nothing to show: the page leaves the section out. */
function section(id: string, title: string, body: Html | null): PageSection | null {
  return body === null ? null : { id, title, body };
}

function changes({ changes }: SweepResult): Html | null {
  if (changes.length === 0) return null;
  return html`<p>The sweep was resumed with another space. Earlier trials are kept.</p>
<ul class="changes">${changes.map(({ trial, change }) => html`<li><span class="change-trial">from trial ${trial}</span> ${change}</li>`)}</ul>`;
}
