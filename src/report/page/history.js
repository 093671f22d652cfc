// The page of a training run: each metric over the steps.

function overlaps(a, b) {
  return isInterval(a.ci95) && isInterval(b.ci95) && a.ci95[0] <= b.ci95[1] && b.ci95[0] <= a.ci95[1];
}

function closeCalls(points, best) {
  const close = points.filter((point) => point !== best && overlaps(point, best));
  if (!isInterval(best.ci95) || points.length < 2) return '';
  if (close.length === 0) return ' No other interval overlaps it.';
  if (close.length === 1) return ` The interval of step ${close[0].step} overlaps it.`;
  const names = close.length <= 3 ? close.map(({ step }) => `step ${step}`).join(', ') : `${close.length} other checkpoints`;
  return ` The intervals of ${names} overlap it.`;
}

function bestSentence(points, best) {
  const range = isInterval(best.ci95) ? `, 95% interval ${interval(best.ci95, best.value)}` : '';
  const name = el('b', {}, `step ${best.step}, ${number(best.value)}`);
  return el('p', {}, 'Best: ', name, range, '.', closeCalls(points, best));
}

function historyTable(metric, points) {
  const named = points.some(({ name, step }) => name && name !== `step ${step}`);
  const noted = points.some(({ unreliable }) => unreliable);
  const heads = ['Step', named && 'Name', 'Value', '95% interval', noted && 'Unreliable error'].filter(Boolean);
  const rows = points.map((point) => el('tr', {},
    el('th', { scope: 'row' }, String(point.step)),
    named && el('td', { class: 'path' }, point.name),
    el('td', { class: 'number' }, number(point.value)),
    el('td', { class: 'number' }, interval(point.ci95, point.value)),
    noted && el('td', { class: 'reason' }, point.unreliable)));
  return scrollBox(`${metric.key} by step`, plainTable(`${metric.key} by step`, heads, rows, 'steps'));
}

function historyFigure(metric) {
  const { points } = metric;
  const known = points.filter(({ value }) => isNumber(value));
  const heading = el('figcaption', {}, el('h3', {}, metric.key), note(better(metric)));
  if (known.length === 0) return el('figure', {}, heading, el('p', {}, 'No checkpoint has a value.'));
  const best = known.reduce((champion, point) => (beats(metric, point.value, champion.value) ? point : champion));
  const label = `${metric.key} at ${plural(known.length, 'checkpoint')}, step ${points[0].step} to ` +
    `step ${points.at(-1).step}; best ${number(best.value)} at step ${best.step}.`;
  return el('figure', {}, heading,
    lineChart(points, best, label),
    bestSentence(known, best),
    el('details', {}, el('summary', {}, 'Numbers', hiddenText(` of ${metric.key}`)), historyTable(metric, points)));
}

function historyLegend(metrics) {
  const points = metrics.flatMap((metric) => list(metric.points));
  const parts = [
    'A ring marks the best point.',
    points.some(({ ci95 }) => isInterval(ci95)) && 'Bars are 95% intervals.',
    points.some(({ unreliable }) => unreliable) &&
      'A hollow point with a dashed bar has an unreliable standard error; the table gives the reason.',
  ];
  return parts.filter(Boolean).join(' ');
}

function historyPage(data) {
  const metrics = list(data.metrics);
  const count = Math.max(0, ...metrics.map((metric) => list(metric.points).length));
  const sections = [warningsSection(data.warnings),
    metrics.length > 0 && section('history', 'Metrics by step', el('p', { class: 'legend' }, historyLegend(metrics)),
      el('div', { class: 'figures' }, metrics.map(historyFigure)))].filter(Boolean);
  return [checkpointsHeader(data, count), contents(sections), sections];
}
