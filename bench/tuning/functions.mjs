/** Functions to minimise, each with its space; the least value of all is 0. */
const numbers = (count, low, high) =>
  Array.from({ length: count }, (_, i) => ({ name: `x${i + 1}`, kind: 'number', low, high, log: false, step: null }));
const values = (point) =>
  Object.keys(point)
    .sort()
    .map((name) => point[name]);

export const functions = {
  sphere: {
    label: 'sphere, 5 numbers',
    parameters: numbers(5, -5, 5),
    // Its least value is not in the middle, which the prior of TPE favours.
    of: (point) => values(point).reduce((sum, x, i) => sum + (x - (i - 1.3)) ** 2, 0),
  },
  branin: {
    label: 'Branin, 2 numbers, three minima',
    parameters: [
      { name: 'x1', kind: 'number', low: -5, high: 10, log: false, step: null },
      { name: 'x2', kind: 'number', low: 0, high: 15, log: false, step: null },
    ],
    of({ x1, x2 }) {
      const bend = x2 - (5.1 / (4 * Math.PI ** 2)) * x1 ** 2 + (5 / Math.PI) * x1 - 6;
      return bend ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x1) + 10 - 0.39788735772973816;
    },
  },
  rosenbrock: {
    label: 'Rosenbrock, 4 numbers in a curved valley',
    parameters: numbers(4, -2, 2),
    of: (point) =>
      values(point)
        .slice(0, -1)
        .reduce((sum, x, i) => sum + 100 * (point[`x${i + 2}`] - x * x) ** 2 + (1 - x) ** 2, 0),
  },
  mixed: {
    label: 'mixed: logarithmic, whole numbers, categories',
    parameters: [
      { name: 'rate', kind: 'number', low: 1e-5, high: 1, log: true, step: null },
      { name: 'width', kind: 'whole', low: 8, high: 128, log: false, step: 8 },
      { name: 'decay', kind: 'number', low: 0, high: 0.5, log: false, step: null },
      { name: 'optimizer', kind: 'choice', choices: ['a', 'b', 'c', 'd'] },
      { name: 'flip', kind: 'choice', choices: [true, false] },
    ],
    // The best rate differs from one optimizer to the next by factors of ten.
    of({ rate, width, decay, optimizer, flip }) {
      const place = 'abcd'.indexOf(optimizer);
      const distance = Math.log10(rate) + 1.5 + place;
      return distance ** 2 + 0.3 * place + ((width - 72) / 64) ** 2 + 2 * (decay - 0.1) ** 2 + (flip ? 0 : 0.2);
    },
  },
};
