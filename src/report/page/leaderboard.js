// The page of a ranking: one table, sortable by any column.

function bestOf(metric, entriesOfTable) {
  const values = entriesOfTable.map((entry) => entry.values?.[metric.key]).filter(isNumber);
  return values.length > 0 ? values.reduce((best, value) => (beats(metric, value, best) ? value : best)) : null;
}

function columnDomain(metric, rows) {
  const estimates = rows.map((entry) => ({ value: entry.values?.[metric.key], ci95: entry.ci95?.[metric.key] }));
  return domainOf(estimates.filter(({ ci95 }) => isInterval(ci95)));
}

function valueCell(entry, { key }, best, domain, letters) {
  const [value, ci95] = [entry.values?.[key], entry.ci95?.[key]];
  const isBest = isNumber(value) && value === best;
  return el('td', { class: isBest ? 'best' : '' },
    el('span', { class: 'number' }, number(value)),
    isBest && hiddenText(' (best)'),
    letters > 0 && el('span', { class: 'letters' }, entry.groups?.[key] ?? ''),
    isNumber(value) && isInterval(ci95) &&
      whisker({ value, ci95 }, domain, { width: 72, label: `95% interval ${interval(ci95, value)}` }));
}

function metricColumn(metric, rows) {
  const [best, domain] = [bestOf(metric, rows), columnDomain(metric, rows)];
  const letters = Math.max(0, ...rows.map((entry) => (entry.groups?.[metric.key] ?? '').length));
  return {
    name: metric.key,
    note: better(metric),
    first: metric.higher_is_better === false ? 1 : -1,
    valueOf: (entry) => entry.values?.[metric.key],
    cell: (entry) => valueCell(entry, metric, best, domain, letters),
  };
}

function scoreCell(entry, best) {
  const isBest = isNumber(entry.score) && entry.score === best;
  return el('td', { class: isBest ? 'best' : '' },
    el('span', { class: 'number' }, whole(entry.score)), isBest && hiddenText(' (best)'),
    isInterval(entry.interval) &&
      note(`${entry.interval.map(whole).join(' to ')}, first in ${Math.round(100 * entry.first)}%`));
}

function leadingColumns(rows) {
  const best = Math.max(...rows.map((entry) => entry.score).filter(isNumber));
  return [
    { name: 'Checkpoint', first: 1, class: 'name', valueOf: (entry) => entry.name,
      cell: (entry) => el('th', { scope: 'row', class: 'name' }, entry.name, entry.reason && note(entry.reason)) },
    { name: 'RS', note: 'higher is better', first: -1, valueOf: (entry) => entry.score,
      cell: (entry) => scoreCell(entry, best) },
  ];
}

function leaderboardLegend(rows) {
  const has = (field) => rows.some((entry) => entries(entry[field]).length > 0);
  const parts = [
    'Bold marks the best value of a column.',
    rows.some((entry) => isNumber(entry.score)) && 'RS is a sum of ranks among these checkpoints.',
    rows.some((entry) => isInterval(entry.interval)) &&
      'Below RS: its range in 95% of re-evaluations on other captions of the same kind, ' +
        'and how often the checkpoint comes first.',
    has('ci95') && 'Dots are values and bars are 95% intervals, on the column’s scale.',
    has('groups') && 'Checkpoints that share a letter don’t differ significantly.',
  ];
  return parts.filter(Boolean).join(' ');
}

function ranksTable(metrics, rows) {
  const ranked = rows.filter((entry) => entries(entry.ranks).length > 0);
  if (ranked.length === 0) return null;
  const keys = metrics.map(({ key }) => key).filter((key) => ranked.some((entry) => isNumber(entry.ranks[key])));
  const lines = ranked.map((entry) => el('tr', {}, el('th', { scope: 'row', class: 'name' }, entry.name),
    keys.map((key) => el('td', {}, whole(entry.ranks[key])))));
  return section('ranks', 'Ranks',
    el('p', { class: 'legend' }, 'The worst has rank 1; equal values share the mean of their ranks.'),
    scrollBox('Ranks', plainTable('Ranks by metric', ['Checkpoint', ...keys], lines, 'ranks')));
}

function rankingSection(metrics, rows) {
  const columns = [...leadingColumns(rows), ...metrics.map((metric) => metricColumn(metric, rows))];
  const table = sortableTable({ caption: 'Checkpoints and their metrics', columns, rows, name: 'leaderboard',
    start: [1, -1] });
  return section('ranking', 'Ranking',
    el('p', { class: 'legend' }, leaderboardLegend(rows)), scrollBox('Ranking', table));
}

function checkpointsHeader(data, count) {
  return pageHeader(data, [['Checkpoints', whole(count)], ['Program', toolName(data.tool)]]);
}

function leaderboardPage(data) {
  const [metrics, rows, notes] = [list(data.metrics), list(data.entries), list(data.notes)];
  const sections = [warningsSection(data.warnings), rankingSection(metrics, rows), ranksTable(metrics, rows),
    notes.length > 0 && section('notes', 'Notes', sentences(notes))].filter(Boolean);
  return [checkpointsHeader(data, rows.length), contents(sections), sections];
}
