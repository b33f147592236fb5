import type { InspectionRecord } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { percent, plural } from '../numbers.ts';
import { type PageSection, page } from '../page.ts';
import { aboutReport } from './aboutReport.ts';
import { ckaHeatmap } from './ckaHeatmap.ts';
import { claimsTable } from './claimsTable.ts';
import { depthPlots } from './depthPlots.ts';
import { explanations } from './explanations.ts';
import { featureMaps } from './featureMaps.ts';
import { inspectionStyle } from './inspectionStyle.ts';
import { jointClaims } from './jointClaims.ts';
import { methodScores } from './methodScores.ts';
import { numericStyle } from './numericStyle.ts';
import { openingRows } from './openingRows.ts';
import type { InspectionPageData } from './pageData.ts';
import { selectivityScatter } from './selectivityScatter.ts';

/** The report of an inspection: one self-contained document that loads nothing and runs no script. */
export function inspectionPage(data: InspectionPageData): string {
  const { model, dataset, engine, images } = data.record;
  return page({
    eyebrow: 'Selvedge inspection',
    title: 'What the network sees',
    lead: html`A look inside <code>${model.file}</code>${
      dataset !== null && html`, which gets ${percent(dataset.testAccuracy)} of ${dataset.name}’s test images right`
    }: every layer’s maps for ${plural(images.length, 'picture')}, what they measure, and why each answer was given.`,
    styles: `${numericStyle}${inspectionStyle(images.length)}`,
    sections: sections(data),
    footer: html`Written by selvedge ${engine.selvedge}. Every number, for programs, is in <code>inspection.json</code> beside this page.`,
  });
}

function sections(data: InspectionPageData): PageSection[] {
  const { record, joint } = data;
  return [
    { id: 'opening', title: 'First, middle, last', body: openingRows(data) },
    { id: 'maps', title: 'Feature maps', body: featureMaps(data) },
    { id: 'numbers', title: 'Layer by layer, in numbers', body: numbers(record) },
    {
      id: 'claims',
      title: 'The claims',
      body: html`${record.claims.length > 0 ? claimsTable(record.claims) : missing(record, 'claims')}${joint && jointClaims(joint)}`,
    },
    {
      id: 'why',
      title: 'Why this class?',
      body: html`${explanations(data)}${
        record.methodScores.length > 0 &&
        html`<h3 class="part">How far can these maps be trusted?</h3>${methodScores(record.methodScores)}`
      }`,
    },
    { id: 'about', title: 'About this report', body: aboutReport(record) },
  ];
}

function numbers(record: InspectionRecord): Html {
  if (record.layers.length === 0) return missing(record, 'layers');
  return html`${depthPlots(record)}
${record.cka && html`<h3 class="part">How alike the layers are</h3>${ckaHeatmap(record.cka)}`}
${record.maps.length > 0 && html`<h3 class="part">Choosy maps and useful maps</h3>${selectivityScatter({ ...record, ...record.model })}`}`;
}

function missing({ leftOut }: InspectionRecord, part: 'layers' | 'claims'): Html {
  return html`<p class="notice">${leftOut.find((left) => left.part === part)?.why ?? 'This part was left out.'}</p>`;
}
