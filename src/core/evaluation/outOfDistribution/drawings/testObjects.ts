import { box, mirrored, type Point, smooth } from './canvas.ts';
import type { DrawObject } from './photos.ts';

const cup: DrawObject = ({ polygon, ellipse, line, between }) => {
  const top = between(0.15, 0.3);
  const bottom = between(0.8, 0.95);
  const foot = between(0.16, 0.3);
  const middle = (top + bottom) / 2;
  const handle = smooth([
    [0.68, top + 0.1],
    [between(0.88, 0.98), top + 0.14],
    [between(0.86, 0.98), middle + 0.1],
    [0.62, bottom - 0.14],
  ]);
  line(between(0.05, 0.09), 0.85, ...handle);
  polygon(1, [0.1, top], [0.72, top], [0.41 + foot, bottom], [0.41 - foot, bottom]);
  ellipse(0.41, bottom, foot, 0.04, 1);
  ellipse(0.41, top, 0.31, between(0.05, 0.1), 1.25);
  ellipse(0.41, top + 0.01, 0.27, 0.045, 0.6);
};

const chair: DrawObject = ({ polygon, line, between, chance }) => {
  const seat = between(0.48, 0.6);
  const thick = between(0.035, 0.07);
  const lean = between(0, 0.08);
  for (const [x, end] of [
    [0.26, 0.22],
    [0.76, 0.82],
    [0.36, 0.36],
    [0.68, 0.7],
  ] as const) {
    line(thick, x > 0.3 && x < 0.7 ? 0.7 : 0.9, [x, seat], [end, 0.97]);
  }
  if (chance(0.5)) {
    polygon(0.9, ...box(0.26 - lean, 0.04, 0.5, seat - 0.1));
  } else {
    for (const y of [0.06, 0.2, 0.34]) polygon(0.95, ...box(0.24 - lean / 2, y, 0.52, 0.07));
    for (const x of [0.24, 0.74]) line(thick, 0.9, [x - lean / 2, 0.04], [x, seat]);
  }
  polygon(1.1, [0.22, seat], [0.78, seat], [0.84, seat + 0.1], [0.18, seat + 0.1]);
};

const car: DrawObject = ({ polygon, ellipse, between }) => {
  const roof = between(0.25, 0.34);
  const waist = between(0.45, 0.52);
  const floor = between(0.64, 0.7);
  const [front, back] = [between(0.24, 0.34), between(0.68, 0.82)];
  const body = smooth([
    [0.02, floor],
    [0.03, waist + 0.03],
    [front - 0.06, waist - 0.01],
    [front + 0.08, roof],
    [back - 0.08, roof],
    [back + 0.08, waist - 0.02],
    [0.97, waist + 0.05],
    [0.98, floor],
  ]);
  polygon(1, ...body);
  polygon(1.6, [front + 0.02, waist], [front + 0.1, roof + 0.04], [0.5, roof + 0.04], [0.5, waist]);
  polygon(1.6, [0.54, waist], [0.54, roof + 0.04], [back - 0.08, roof + 0.04], [back + 0.02, waist]);
  const wheel = between(0.09, 0.12);
  for (const x of [0.23, 0.78]) {
    ellipse(x, floor, wheel, wheel, 0.3);
    ellipse(x, floor, wheel * 0.5, wheel * 0.5, 1.5);
  }
};

const tree: DrawObject = ({ polygon, ellipse, between, chance }) => {
  const trunk = between(0.04, 0.08);
  polygon(0.5, ...box(0.5 - trunk, 0.55, trunk * 2, 0.43));
  if (chance(0.5)) {
    for (const [top, half] of [
      [0.4, 0.4],
      [0.22, 0.32],
      [0.02, 0.22],
    ] as const) {
      polygon(between(0.8, 1.2), [0.5, top], [0.5 + half, top + 0.36], [0.5 - half, top + 0.36]);
    }
  } else {
    for (let i = 0; i < 9; i++) {
      ellipse(between(0.25, 0.75), between(0.18, 0.52), between(0.12, 0.2), between(0.1, 0.18), between(0.75, 1.3));
    }
  }
};

const clock: DrawObject = ({ ellipse, line, between }) => {
  const rim = between(0.03, 0.08);
  ellipse(0.5, 0.5, 0.48, 0.48, 0.7);
  ellipse(0.5, 0.5, 0.48 - rim, 0.48 - rim, 1.7);
  for (const [x, y] of [
    [0.5, 0.16],
    [0.84, 0.5],
    [0.5, 0.84],
    [0.16, 0.5],
  ] as const) {
    ellipse(x, y, 0.03, 0.03, 0.4);
  }
  const tip = (reach: number): Point => [0.5 + between(-reach, reach), 0.5 + between(-reach, reach)];
  line(0.04, 0.3, [0.5, 0.5], tip(0.3));
  line(0.06, 0.3, [0.5, 0.5], tip(0.2));
};

const pan: DrawObject = ({ polygon, ellipse, line, between }) => {
  const y = between(0.45, 0.55);
  const end = y + between(-0.12, 0.02);
  line(between(0.05, 0.09), 0.6, [0.55, y], [0.97, end]);
  const depth = between(0.1, 0.28);
  polygon(0.9, [0.02, y], [0.64, y], [0.58, y + depth], [0.08, y + depth]);
  ellipse(0.33, y + depth, 0.25, 0.05, 0.9);
  ellipse(0.33, y, 0.31, 0.08, 1.2);
  ellipse(0.33, y, 0.27, 0.06, 0.8);
};

const guitar: DrawObject = ({ polygon, ellipse, line, between }) => {
  const waist = between(0.11, 0.15);
  const body = mirrored([
    [0.02, 0.42],
    [0.16, 0.46],
    [0.17, 0.56],
    [waist, 0.66],
    [0.24, 0.8],
    [0.2, 0.95],
    [0, 0.99],
  ]);
  polygon(1, ...body);
  ellipse(0.5, 0.64, 0.06, 0.06, 0.3);
  line(between(0.05, 0.08), 0.55, [0.5, 0.08], [0.5, 0.62]);
  polygon(0.7, ...box(0.45, 0.01, 0.1, 0.12));
  polygon(0.45, ...box(0.41, 0.82, 0.18, 0.04));
};

const glasses: DrawObject = ({ ellipse, line, between }) => {
  const [rx, ry] = [between(0.16, 0.2), between(0.12, 0.18)];
  const rim = between(0.03, 0.05);
  const bridge = smooth([
    [0.4, 0.46],
    [0.5, 0.42],
    [0.6, 0.46],
  ]);
  line(rim, 0.8, [0.06, 0.42], [0.02, 0.34]);
  line(rim, 0.8, [0.94, 0.42], [0.98, 0.34]);
  line(rim, 0.8, ...bridge);
  for (const x of [0.25, 0.75]) {
    ellipse(x, 0.5, rx + rim, ry + rim, 0.8);
    ellipse(x, 0.5, rx, ry, between(1.5, 2.5));
  }
};

/** The objects on which the in-distribution score is measured. */
export const testObjects: readonly DrawObject[] = [cup, chair, car, tree, clock, pan, guitar, glasses];
