// Charts as SVG. The style sheet sets colors and strokes. A chart has a text alternative or adds nothing to the text.

// Maps numbers to pixels; a domain without width maps to the middle.
function scale([low, high], [from, to]) {
  return (value) => (high > low ? from + ((value - low) / (high - low)) * (to - from) : (from + to) / 2);
}

// The smallest domain that holds all estimates and their intervals, with some margin.
function domainOf(estimates, air = 0.06) {
  const values = estimates.flatMap(({ value, ci95 }) => [value, ...(isInterval(ci95) ? ci95 : [])]).filter(isNumber);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = high > low ? (high - low) * air : Math.abs(high) * 0.01 || 1;
  return [low - margin, high + margin];
}

// About `count` round numbers within the domain, as [number, text].
function ticks([low, high], count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [[1.5, 1], [3.5, 2], [7.5, 5], [Infinity, 10]].find(([most]) => rough / power < most)[1];
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i) {
    found.push([i * step + 0, fixed(i * step, digits)]);
  }
  return found;
}

function line(x1, y1, x2, y2, name) {
  return svg('line', { x1, y1, x2, y2, class: name });
}

function text(x, y, content, anchor = 'middle') {
  return svg('text', { x, y, 'text-anchor': anchor }, content);
}

function chart(name, width, height, label, ...content) {
  const size = { viewBox: `0 0 ${width} ${height}`, width, height };
  return svg('svg', { class: name, ...size, role: 'img', 'aria-label': label }, content);
}

// A dot with its interval on the scale of a table's row or column; hollow and dashed if the error is unreliable.
// `guide` is a value to compare with.
function whisker(estimate, domain, { label, name = '', guide, width = 176 }) {
  const height = 18;
  const middle = height / 2;
  const x = scale(domain, [6, width - 6]);
  const doubt = estimate.unreliable ? ' unreliable' : '';
  const ends = isInterval(estimate.ci95) ? estimate.ci95.map(x) : [];
  return chart(`whisker ${name}${doubt}`, width, height, label,
    isNumber(guide) && line(x(guide), 0, x(guide), height, 'guide'),
    ends.length > 0 && line(ends[0], middle, ends[1], middle, 'reach'),
    ends.map((end) => line(end, middle - 4, end, middle + 4, 'end')),
    svg('circle', { cx: x(estimate.value), cy: middle, r: 3.75 }));
}

function axes(frame, xTicks, yTicks, x, y) {
  return svg('g', { class: 'axes' },
    yTicks.map(([value, label]) => [
      line(frame.left, y(value), frame.right, y(value), 'grid'),
      text(frame.left - 6, y(value) + 4, label, 'end'),
    ]),
    line(frame.left, frame.bottom, frame.right, frame.bottom, 'axis'),
    xTicks.map(([value, label]) => [
      line(x(value), frame.bottom, x(value), frame.bottom + 4, 'axis'),
      text(x(value), frame.bottom + 16, label),
    ]));
}

function histogram({ edges, counts }, marker, label) {
  const frame = { left: 40, right: 330, top: 8, bottom: 128 };
  const x = scale([edges[0], edges[counts.length]], [frame.left, frame.right]);
  const most = Math.max(1, ...counts);
  const y = scale([0, most * 1.05], [frame.bottom, frame.top]);
  const bars = counts.map((count, i) => svg('rect', {
    x: x(edges[i]) + 0.5,
    y: y(count),
    width: Math.max(0.5, x(edges[i + 1]) - x(edges[i]) - 1),
    height: frame.bottom - y(count),
  }));
  const yTicks = ticks([0, most], 3).filter(([value]) => Number.isInteger(value));
  return chart('plot histogram', 340, 152, label,
    axes(frame, ticks([edges[0], edges[counts.length]], 4), yTicks, x, y),
    svg('g', { class: 'bars' }, bars),
    isNumber(marker) && line(x(marker), frame.top, x(marker), frame.bottom, 'marker'));
}

function pointOf(point, x, y, isBest) {
  const [at, doubt] = [x(point.step), point.unreliable ? 'unreliable' : ''];
  const ends = isInterval(point.ci95) ? point.ci95.map(y) : [];
  return svg('g', { class: `point ${doubt}` },
    ends.length > 0 && line(at, ends[0], at, ends[1], 'reach'),
    ends.map((end) => line(at - 3, end, at + 3, end, 'end')),
    isBest && svg('circle', { cx: at, cy: y(point.value), r: 7, class: 'ring' }),
    svg('circle', { cx: at, cy: y(point.value), r: 3.5 }));
}

// Points are {step, value, ci95, unreliable} by ascending step; the line breaks where a value is null.
function lineChart(points, best, label) {
  const known = points.filter((point) => isNumber(point.value));
  const domain = domainOf(known);
  const yTicks = ticks(domain, 4);
  const longest = Math.max(...yTicks.map(([, written]) => written.length));
  const frame = { left: 14 + 6.5 * longest, right: 352, top: 10, bottom: 172 };
  const [first, last] = [points[0].step, points.at(-1).step];
  const x = scale([first, last], [frame.left + 12, frame.right - 12]);
  const xTicks = last > first ? ticks([first, last], 5) : [[first, String(first)]];
  const y = scale(domain, [frame.bottom, frame.top]);
  const path = points.map((point, i) => {
    if (!isNumber(point.value)) return '';
    return `${i > 0 && isNumber(points[i - 1].value) ? 'L' : 'M'}${x(point.step)} ${y(point.value)}`;
  });
  return chart('plot lines', 360, 212, label,
    axes(frame, xTicks.filter(([value]) => Number.isInteger(value)), yTicks, x, y),
    text((frame.left + frame.right) / 2, 208, 'step'),
    svg('path', { d: path.join('') }),
    known.map((point) => pointOf(point, x, y, point === best)));
}
