import { fitPicture } from '../../core/data/fitPicture.ts';
import type { PixelImage } from '../../core/data/images.ts';
import { fitInto } from '../../core/data/photo/resize.ts';
import type { PicturesDescription } from '../../core/data/pictures/describePictures.ts';
import { type Html, html } from '../html.ts';
import { fixed, integer, plural, shape } from '../numbers.ts';
import { page } from '../page.ts';
import { picture } from '../picture.ts';
import { scroller } from '../scroller.ts';

/** A picture of the data set on the page. */
export interface ShownPicture {
  readonly path: string;
  readonly label: string;
  /** Resized to one size for all, whatever its proportions. */
  readonly image: PixelImage;
  /** Its own size. */
  readonly height: number;
  readonly width: number;
}

export interface PicturesPageData {
  readonly selvedge: string;
  readonly name: string;
  readonly folder: string;
  readonly seed: number;
  readonly description: PicturesDescription;
  /** Why the pictures cannot be split, if they cannot. */
  readonly splitProblem: string | null;
  readonly warnings: readonly string[];
  /** The first pictures of each class. */
  readonly samples: readonly { readonly name: string; readonly pictures: readonly ShownPicture[] }[];
  /** Pictures of clusters, first those across classes. `size` counts those that are not shown too. */
  readonly clusters: readonly { readonly size: number; readonly pictures: readonly ShownPicture[] }[];
}

const mostLeftOut = 100;

const styles = `
.photos { list-style: none; display: flex; flex-wrap: wrap; gap: 1rem; margin: .5rem 0 1.75rem; padding: 0; }
.photos li { width: 6.5rem; font-size: .75rem; line-height: 1.35; }
.photos .pixels { display: block; height: auto; max-height: 6.5rem; object-fit: contain; object-position: 0 0; image-rendering: auto; margin-bottom: .35rem; }
.photos span { display: block; overflow-wrap: anywhere; }
.photos .path { color: var(--muted); }
.photos b { font-weight: 600; }
.across { border-left: 3px solid var(--thread); padding-left: 1rem; }
.left-out { font-size: .875rem; padding-left: 1.25rem; overflow-wrap: anywhere; }
@media (max-width: 34rem) { .photos { gap: .75rem; } .photos li { width: 5.4rem; } .photos .pixels { max-height: 5.4rem; } }
@media print { .photos li { break-inside: avoid; } }
`;

/** The page of `selvedge data describe`: one self-contained document without scripts. Its pictures are PNGs of pixels alone. */
export function picturesPage(data: PicturesPageData): string {
  const { selvedge, name, folder, description, warnings } = data;
  const { pictures, classes, leftOut } = description;
  return page({
    eyebrow: 'Selvedge data set',
    title: `${name}: ${plural(pictures, 'picture')} in ${classes.length === 1 ? '1 class' : `${classes.length} classes`}`,
    lead: html`Found in <code>${folder}</code>.`,
    sections: [
      {
        id: 'summary',
        title: 'Summary',
        body: html`${warnings.map((sentence) => html`<p class="notice">${sentence}</p>`)}${figures(description)}`,
      },
      { id: 'classes', title: 'Classes and split', body: classTable(data) },
      {
        id: 'pictures',
        title: 'Pictures',
        body: html`${data.samples.map(({ name, pictures }) => html`<h3>${name}</h3>${photos(pictures, `${name}/`)}`)}`,
      },
      { id: 'duplicates', title: 'Near-duplicates', body: duplicates(data) },
      {
        id: 'left-out',
        title: 'Files that were left out',
        body:
          leftOut.length === 0
            ? html`<p>There is none.</p>`
            : html`<ul class="left-out">${leftOut.slice(0, mostLeftOut).map(({ reason }) => html`<li>${reason}</li>`)}</ul>
${leftOut.length > mostLeftOut && html`<p class="note">And ${integer(leftOut.length - mostLeftOut)} more.</p>`}`,
      },
    ],
    footer: html`Written by selvedge ${selvedge}. Pictures are shown small and carry no data of the camera.`,
    styles,
  });
}

function figures({
  pictures,
  classes,
  sizes,
  colour,
  grey,
  imbalance,
  leftOut,
  duplicates,
}: PicturesDescription): Html {
  return html`<dl class="figures">
<div class="first"><dt>Pictures</dt><dd class="value">${integer(pictures)}</dd><dd class="aside">${integer(colour)} in colour, ${integer(grey)} grey</dd></div>
<div><dt>Classes</dt><dd class="value">${integer(classes.length)}</dd><dd class="aside">${imbalance === null ? 'one is empty' : `the largest has ${fixed(imbalance, 1)} times the pictures of the smallest`}</dd></div>
<div><dt>Median size</dt><dd class="value">${sizes ? shape(sizes.median) : '–'}</dd><dd class="aside">${sizes && `${shape(sizes.smallest)} to ${shape(sizes.largest)} pixels, width first`}</dd></div>
<div><dt>Near-duplicates</dt><dd class="value">${integer(duplicates.pictures)}</dd><dd class="aside">in ${plural(duplicates.withinClass.length + duplicates.acrossClasses.length, 'cluster')}, ${integer(duplicates.acrossClasses.length)} across classes</dd></div>
<div><dt>Exact copies</dt><dd class="value">${integer(duplicates.copies)}</dd><dd class="aside">files with the bytes of another one</dd></div>
<div><dt>Left out</dt><dd class="value">${integer(leftOut.length)}</dd><dd class="aside">files that are no usable pictures</dd></div>
</dl>`;
}

function classTable({ description, seed, splitProblem }: PicturesPageData): Html {
  const { classes, groups, pictures } = description;
  const row = ({ name, pictures, grey, split }: (typeof classes)[number]) => html`<tr><th scope="row">${name}</th>
<td>${integer(pictures)}</td><td>${integer(grey)}</td><td>${integer(split?.train)}</td><td>${integer(split?.validation)}</td><td>${integer(split?.test)}</td></tr>`;
  const sum = (part: 'train' | 'validation' | 'test') =>
    splitProblem === null ? classes.reduce((total, { split }) => total + (split?.[part] ?? 0), 0) : null;
  return html`${splitProblem !== null && html`<p class="notice">${splitProblem}</p>`}
<figure>${scroller(
    'Pictures of each class',
    html`<table class="numbers"><thead><tr><th scope="col">class</th><th scope="col">pictures</th><th scope="col">grey</th><th scope="col">training</th><th scope="col">validation</th><th scope="col">test</th></tr></thead>
<tbody>${classes.map(row)}</tbody>
<tfoot><tr><th scope="row">all</th><td>${integer(pictures)}</td><td>${integer(description.grey)}</td><td>${integer(sum('train'))}</td><td>${integer(sum('validation'))}</td><td>${integer(sum('test'))}</td></tr></tfoot></table>`,
  )}
<figcaption>The split with seed ${seed}. Near-duplicates stay in one part${groups.count > 0 && `, as do the pictures of a group: ${plural(groups.count, 'group')} of two or more, with ${plural(groups.pictures, 'picture')}`}.</figcaption></figure>`;
}

function duplicates({ clusters, description }: PicturesPageData): Html {
  const all = description.duplicates.withinClass.length + description.duplicates.acrossClasses.length;
  if (all === 0) return html`<p>There is none.</p>`;
  return html`<p>Pictures that differ as copies do that were saved again or made smaller. Those across classes come first, with a line at their left: at least
one of their labels is wrong, or the classes overlap.</p>
${clusters.map(({ size, pictures }) => {
  const isAcross = pictures.some(({ label }) => label !== pictures[0]!.label);
  const body = html`${photos(pictures)}${size > pictures.length && html`<p class="note">${integer(pictures.length)} of the ${integer(size)} pictures of this cluster.</p>`}`;
  return isAcross ? html`<div class="across">${body}</div>` : body;
})}
${all > clusters.length && html`<p class="note">${integer(clusters.length)} of ${integer(all)} clusters are shown; <code>--json</code> lists all.</p>`}`;
}

/** @param folder the beginning of paths that is left out below pictures of one class, which have no label */
function photos(pictures: readonly ShownPicture[], folder?: string): Html {
  if (pictures.length === 0) return html`<p>There is none.</p>`;
  return html`<ul class="photos">${pictures.map(({ path, label, image, height, width }) => {
    const { height: h, width: w } = fitInto({ height, width }, image);
    const upright = fitPicture(image, [h, w, image.channels]);
    const name = folder !== undefined && path.startsWith(folder) ? path.slice(folder.length) : path;
    return html`<li>${picture(upright, `${label}: ${path}`)}
${folder === undefined && html`<b>${label}</b>`}<span class="path">${name}</span><span class="path">${shape([width, height])}</span></li>`;
  })}</ul>`;
}
