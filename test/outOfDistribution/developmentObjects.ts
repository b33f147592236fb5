import { box, mirrored, smooth } from '../../src/core/evaluation/outOfDistribution/drawings/canvas.ts';
import type { DrawObject } from '../../src/core/evaluation/outOfDistribution/drawings/photos.ts';

const bottle: DrawObject = ({ polygon, between, chance }) => {
  const neck = between(0.05, 0.1);
  const body = between(0.15, 0.3);
  const shoulder = between(0.3, 0.5);
  const outline = mirrored([
    [neck, 0.06],
    [neck, shoulder - 0.12],
    [body, shoulder + 0.04],
    [body, 0.9],
    [body * 0.9, 0.98],
  ]);
  polygon(1, ...outline);
  polygon(0.5, ...box(0.5 - neck - 0.01, 0.01, neck * 2 + 0.02, 0.08));
  if (chance(0.7)) polygon(between(1.3, 2), ...box(0.5 - body, shoulder + 0.15, body * 2, 0.22));
};

const leaf: DrawObject = ({ polygon, line, between }) => {
  const wide = between(0.18, 0.36);
  const outline = mirrored([
    [0, 0.02],
    [wide * 0.6, 0.2],
    [wide, between(0.38, 0.55)],
    [wide * 0.6, 0.72],
    [0, 0.86],
  ]);
  polygon(1, ...outline);
  line(0.03, 0.6, [0.5, 0.06], [0.5, 0.98]);
  for (const y of [0.3, 0.45, 0.6]) {
    line(0.015, 0.7, [0.5 - wide * 0.6, y - 0.1], [0.5, y], [0.5 + wide * 0.6, y - 0.1]);
  }
};

const face: DrawObject = ({ ellipse, line, polygon, between }) => {
  const wide = between(0.3, 0.38);
  ellipse(0.5, 0.42, wide + 0.06, 0.4, 0.4);
  ellipse(0.5, 0.54, wide, 0.42, 1.3);
  for (const side of [-1, 1]) {
    const x = 0.5 + side * between(0.12, 0.16);
    ellipse(x, 0.46, 0.06, 0.03, 2);
    ellipse(x, 0.46, 0.025, 0.025, 0.2);
    line(0.02, 0.4, [x - 0.07, 0.4], [x + 0.07, 0.4]);
  }
  polygon(1.1, [0.5, 0.46], [0.55, 0.64], [0.45, 0.64]);
  const mouth = smooth([
    [0.38, 0.75],
    [0.5, between(0.74, 0.82)],
    [0.62, 0.75],
  ]);
  line(0.035, 0.6, ...mouth);
};

const house: DrawObject = ({ polygon, between, chance }) => {
  const eaves = between(0.35, 0.5);
  polygon(1, ...box(0.12, eaves, 0.76, 0.97 - eaves));
  polygon(0.6, [0.02, eaves], [between(0.35, 0.65), 0.04], [0.98, eaves]);
  polygon(0.4, ...box(between(0.3, 0.55), 0.72, 0.16, 0.25));
  polygon(1.8, ...box(0.18, eaves + 0.08, 0.15, 0.15));
  polygon(1.8, ...box(0.67, eaves + 0.08, 0.15, 0.15));
  if (chance(0.5)) polygon(0.5, ...box(0.74, 0.1, 0.1, 0.22));
};

const lamp: DrawObject = ({ polygon, ellipse, line, between }) => {
  const shade = between(0.35, 0.48);
  line(between(0.03, 0.07), 0.6, [0.5, shade], [0.5, 0.94]);
  ellipse(0.5, 0.94, between(0.16, 0.28), 0.045, 0.6);
  const [top, bottom] = [between(0.1, 0.22), between(0.28, 0.44)];
  polygon(1.3, [0.5 - top, 0.03], [0.5 + top, 0.03], [0.5 + bottom, shade], [0.5 - bottom, shade]);
};

const fish: DrawObject = ({ polygon, ellipse, between }) => {
  const high = between(0.14, 0.26);
  polygon(0.8, [0.7, 0.5], [0.98, 0.5 - high], [0.9, 0.5], [0.98, 0.5 + high]);
  polygon(0.7, [0.3, 0.5 - high * 0.8], [0.5, 0.5 - high - 0.12], [0.6, 0.5 - high * 0.6]);
  ellipse(0.42, 0.5, 0.4, high, 1);
  ellipse(0.16, 0.47, 0.03, 0.03, 2.5);
  ellipse(0.155, 0.47, 0.014, 0.014, 0.1);
};

/** The objects on which the in-distribution score was chosen. */
export const developmentObjects: readonly DrawObject[] = [bottle, leaf, face, house, lamp, fish];
