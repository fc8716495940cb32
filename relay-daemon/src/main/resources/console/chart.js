import { h } from './dom.js';

const POINTS = 180;

function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

function prepare(canvas) {
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth || 320;
  const height = canvas.clientHeight || 110;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext('2d');
  pen.scale(scale, scale);
  pen.font = '11px system-ui, sans-serif';
  return { pen, width, height };
}

// The last three minutes of a few figures, one point a second.
export class Chart {
  constructor(id, title, names) {
    this.names = names;
    this.series = names.map(() => []);
    this.value = h('span', { class: 'quiet' });
    this.canvas = h('canvas', { id, role: 'img', 'aria-label': title });
    this.element = h('div', { class: 'chart' }, h('div', null, h('strong', null, title), ' ', this.value), this.canvas);
  }

  add(values) {
    values.forEach((value, i) => {
      this.series[i].push(value);
      if (this.series[i].length > POINTS) this.series[i].shift();
    });
    if (this.canvas.isConnected) this.draw();
  }

  draw() {
    const { pen, width, height } = prepare(this.canvas);
    const most = Math.max(1, ...this.series.flat().filter((v) => v !== null));
    const colours = [colour('--mark'), colour('--good'), colour('--bad')];
    pen.strokeStyle = colour('--line');
    for (const part of [0.25, 0.5, 0.75]) {
      pen.beginPath(); pen.moveTo(0, height * part); pen.lineTo(width, height * part); pen.stroke();
    }
    this.series.forEach((points, s) => {
      pen.strokeStyle = colours[s % colours.length];
      pen.lineWidth = 1.5;
      pen.beginPath();
      let isDown = false;
      points.forEach((value, i) => {
        if (value === null) { isDown = false; return; }
        const x = width - (points.length - 1 - i) * (width / (POINTS - 1));
        const y = height - 4 - (value / most) * (height - 18);
        if (isDown) pen.lineTo(x, y); else pen.moveTo(x, y);
        isDown = true;
      });
      pen.stroke();
    });
    pen.fillStyle = colour('--quiet');
    pen.fillText(Math.round(most).toLocaleString('en-US'), 4, 11);
    this.value.textContent = this.names.map((name, i) => `${name} ${format(this.series[i].at(-1))}`).join('  ');
  }
}

function format(value) {
  return value === undefined || value === null ? '–' : value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US');
}

// What one would have to trade through: cumulated quantity over price, both sides.
export function depthPlot(canvas, bids, asks) {
  const { pen, width, height } = prepare(canvas);
  const cumulate = (levels) => { let sum = 0; return levels.map(([price, quantity]) => [Number(price), sum += Number(quantity)]); };
  const sides = [cumulate(bids), cumulate(asks)];
  const all = sides.flat();
  if (!all.length) return;
  const low = Math.min(...all.map((p) => p[0]));
  const high = Math.max(...all.map((p) => p[0]));
  const most = Math.max(...all.map((p) => p[1])) || 1;
  const x = (price) => 4 + ((price - low) / (high - low || 1)) * (width - 8);
  const y = (sum) => height - 16 - (sum / most) * (height - 30);
  sides.forEach((points, side) => {
    if (!points.length) return;
    pen.fillStyle = pen.strokeStyle = colour(side === 0 ? '--good' : '--bad');
    pen.beginPath();
    pen.moveTo(x(points[0][0]), height - 16);
    points.forEach(([price, sum], i) => { if (i) pen.lineTo(x(price), y(points[i - 1][1])); pen.lineTo(x(price), y(sum)); });
    const last = points.at(-1);
    pen.stroke();
    pen.lineTo(x(last[0]), height - 16);
    pen.globalAlpha = 0.25; pen.fill(); pen.globalAlpha = 1;
  });
  pen.fillStyle = colour('--quiet');
  pen.fillText(String(low), 4, height - 3);
  pen.textAlign = 'right';
  pen.fillText(String(high), width - 4, height - 3);
  pen.fillText(most.toPrecision(4), width - 4, 11);
}
