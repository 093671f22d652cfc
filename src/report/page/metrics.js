// The report's metrics: one group of rows per metric, the run's own row first, then its baselines on the same scale.
// On phones the style sheet turns the table into a grid, so its ARIA roles are explicit.

const kDetailNames = {
  std: 'Standard deviation',
  extrapolated: 'Extrapolated to infinitely many images',
};

function cell(name, ...content) {
  return el('td', { class: name, role: 'cell' }, content);
}

function detailText(value) {
  if (isNumber(value)) return number(value);
  if (value && typeof value === 'object') {
    if (isNumber(value.value)) return withError(value.value, value.std_error);
    return Object.entries(value).slice(0, 20).map(([key, inner]) => `${key} ${detailText(inner)}`).join(', ');
  }
  return value === null ? kAbsent : String(value);
}

function detailList(details) {
  const shown = entries(details);
  return shown.length > 0 && el('dl', { class: 'details' }, shown.map(([key, value]) => [
    el('dt', {}, kDetailNames[key] ?? capitalized(key.replaceAll('_', ' '))), el('dd', {}, detailText(value))]));
}

function metricNotes(metric) {
  const warnings = list(metric.warnings);
  const titles = [metric.unreliable && 'Unreliable error', warnings.length > 0 && plural(warnings.length, 'warning')];
  return [
    !isNumber(metric.value) && el('p', {}, metric.reason ?? 'Not computed.'),
    disclosure([titles.filter(Boolean).join(', ') || 'Details', hiddenText(` of ${metric.key}`)],
      metric.unreliable && el('p', {}, metric.unreliable),
      sentences(warnings),
      detailList(metric.details)),
  ];
}

function drawnRow(estimate, domain, options) {
  const { value, ci95 } = estimate;
  if (!isNumber(value) || !(isInterval(ci95) || options.always)) return '';
  const told = isInterval(ci95) ? `, 95% interval ${interval(ci95, value)}` : '';
  return whisker(estimate, domain, { ...options, label: `${options.told} ${number(value)}${told}` });
}

function ownRow(metric, domain) {
  return el('tr', { class: 'own', role: 'row' },
    el('th', { scope: 'rowgroup', class: 'name', role: 'rowheader' }, metric.key, note(better(metric))),
    cell('value', withError(metric.value, metric.std_error)),
    cell('drawn', drawnRow(metric, domain, { told: metric.key, always: list(metric.baselines).length > 0 })),
    cell('interval', interval(metric.ci95, metric.value)),
    cell('n', isNumber(metric.n) && whole(metric.n)),
    cell('notes', metricNotes(metric)));
}

function verdict(baseline) {
  const { words, reason, p_adjusted: p } = baseline;
  return [
    el('span', { class: `verdict ${baseline.verdict}` }, reason ? `${words}: ${reason}` : words),
    isNumber(p) && note(probability(p)),
  ];
}

function baselineRow(metric, baseline, domain) {
  return el('tr', { class: 'baseline', role: 'row' },
    el('th', { scope: 'row', class: 'name', role: 'rowheader' }, baseline.name),
    cell('value', number(baseline.value)),
    cell('drawn', drawnRow(baseline, domain,
      { told: baseline.name, name: 'other', guide: metric.value, always: true })),
    cell('interval', interval(baseline.ci95, baseline.value)),
    cell('n'),
    cell('notes', verdict(baseline)));
}

function metricRows(metric) {
  const baselines = list(metric.baselines);
  const domain = domainOf([metric, ...baselines]);
  return el('tbody', { role: 'rowgroup' }, ownRow(metric, domain),
    baselines.map((baseline) => baselineRow(metric, baseline, domain)));
}

function metricsLegend(metrics) {
  const some = (test) => metrics.some(test);
  const parts = [
    some((metric) => isNumber(metric.std_error)) && 'Values are given ± standard error.',
    some((metric) => isInterval(metric.ci95)) &&
      'Dots are values and bars are 95% intervals; each metric has its own scale.',
    some((metric) => list(metric.baselines).length > 0) && 'Gray rows are baselines; the vertical line marks this run.',
    some((metric) => list(metric.baselines).some(({ p_adjusted: p }) => isNumber(p))) &&
      'p is adjusted for the number of comparisons.',
    some((metric) => metric.unreliable) &&
      'A hollow dot with a dashed bar has an unreliable standard error; its note gives the reason.',
  ];
  return parts.filter(Boolean).join(' ');
}

function metricsSection(report) {
  const metrics = list(report.metrics);
  if (metrics.length === 0) return null;
  const heads = [['name', 'Metric'], ['value', 'Value'], ['drawn', hiddenText('Chart')], ['interval', '95% interval'],
    ['n', 'n'], ['notes', metrics.some((metric) => list(metric.baselines).length > 0) ? 'Comparison, notes' : 'Notes']];
  return section('metrics', 'Metrics',
    el('p', { class: 'legend' }, metricsLegend(metrics)),
    el('table', { class: 'metrics', role: 'table', 'aria-labelledby': 'metrics-title' },
      el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' },
        heads.map(([name, head]) => el('th', { scope: 'col', class: name, role: 'columnheader' }, head)))),
      metrics.map(metricRows)));
}
