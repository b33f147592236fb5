import type { InspectionRecord } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { percent, plural } from '../numbers.ts';
import { type PageSection, page } from '../page.ts';
import { aboutReport } from './aboutReport.ts';
import { explanations } from './attribution/explanations.ts';
import { methodScores } from './attribution/methodScores.ts';
import { claimsTable, jointClaims } from './claims/claimsTable.ts';
import { inspectionStyle } from './inspectionStyle.ts';
import { ckaHeatmap } from './layers/ckaHeatmap.ts';
import { depthPlots } from './layers/depthPlots.ts';
import { selectivityScatter } from './layers/selectivityScatter.ts';
import { featureMaps } from './maps/featureMaps.ts';
import { overview } from './maps/overview.ts';
import { numericStyle } from './numericStyle.ts';
import type { InspectionPageData } from './pageData.ts';

/** The report of an inspection: one self-contained document that loads nothing and runs no script. */
export function inspectionPage(data: InspectionPageData): string {
  const { model, dataset, engine, images, chosen } = data.record;
  return page({
    eyebrow: 'Selvedge inspection',
    title: 'Model inspection',
    lead: html`<code>${model.file.split(/[\\/]/).slice(-2).join('/')}</code>${
      dataset !== null && html`, test accuracy ${percent(dataset.testAccuracy)} on ${dataset.name}`
    }: feature maps and attribution maps for ${plural(images.length, 'image')}, metrics of ${chosen ? plural(chosen.measured.length, 'layer') : 'every layer'}, and tested claims.`,
    styles: `${numericStyle}${inspectionStyle(images.length)}`,
    sections: sections(data),
    footer: html`Written by selvedge ${engine.selvedge}. Every number of this page is in <code>inspection.json</code> beside it.`,
  });
}

function sections(data: InspectionPageData): PageSection[] {
  const { record } = data;
  return [
    { id: 'opening', title: 'Overview', body: overview(data) },
    { id: 'maps', title: 'Feature maps', body: featureMaps(data) },
    { id: 'numbers', title: 'Metrics by layer', body: numbers(record) },
    {
      id: 'claims',
      title: 'Claims and verdicts',
      body: html`${record.claims.length > 0 ? claimsTable(record.claims) : missing(record, 'claims')}${record.joint && jointClaims(record.joint)}`,
    },
    {
      id: 'why',
      title: 'Attribution maps',
      body: html`${explanations(data)}${
        record.methodScores.length > 0 &&
        html`<h3 class="part">Evaluation of the attribution methods</h3>${methodScores(record.methodScores)}`
      }`,
    },
    { id: 'about', title: 'About this report', body: aboutReport(record) },
  ];
}

function numbers(record: InspectionRecord): Html {
  if (record.layers.length === 0) return missing(record, 'layers');
  return html`${depthPlots(record)}
${record.cka && html`<h3 class="part">Similarity of layers (CKA)</h3>${ckaHeatmap(record.cka)}`}
${record.maps.length > 0 && html`<h3 class="part">Class selectivity and ablation</h3>${selectivityScatter({ ...record, ...record.model })}`}`;
}

function missing({ leftOut }: InspectionRecord, part: 'layers' | 'claims'): Html {
  return html`<p class="notice">${leftOut.find((left) => left.part === part)?.why ?? 'This part was left out.'}</p>`;
}
