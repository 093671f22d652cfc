// What the metrics are made of: distributions over images, shares by class and word, requested and detected counts.

const kShownShares = 15;

function distribution({ key, edges, counts }, metric) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const fullest = counts.indexOf(Math.max(...counts));
  const inside = isNumber(metric?.value) && metric.value >= edges[0] && metric.value <= edges[counts.length];
  const label = `Histogram of ${key} over ${plural(total, 'image')}, from ${number(edges[0])} to ` +
    `${number(edges[counts.length])}; the fullest bin, ${number(edges[fullest])} to ${number(edges[fullest + 1])}, ` +
    `has ${whole(counts[fullest])}.`;
  return el('figure', {},
    el('figcaption', {}, el('h3', {}, key), note(metric && better(metric))),
    histogram({ edges, counts }, inside ? metric.value : null, label),
    inside && el('p', { class: 'note' }, `Vertical line: the metric’s value, ${number(metric.value)}`));
}

function distributionsSection(report) {
  const drawn = list(report.distributions);
  if (drawn.length === 0) return null;
  const metricOf = (key) => list(report.metrics).find((metric) => metric.key === key);
  return section('distributions', 'Distributions',
    el('p', { class: 'legend' }, 'Number of images by score.'),
    el('div', { class: 'figures' }, drawn.map((entry) => distribution(entry, metricOf(entry.key)))));
}

function shareBar(share) {
  const bar = el('span', { class: 'bar', 'aria-hidden': 'true' }, el('span'));
  bar.firstChild.style.width = `${100 * Math.min(1, Math.max(0, share ?? 0))}%`;
  return bar;
}

function sharesTable(rows, { caption, noun, nouns, share, count }) {
  const columns = [
    { name: noun, valueOf: (row) => row.name, first: 1, class: 'name',
      cell: (row) => el('th', { scope: 'row', class: 'name' }, row.name) },
    { name: share, valueOf: (row) => row.value, first: 1, class: 'share',
      cell: (row) => el('td', { class: 'share' }, shareBar(row.value), number(row.value)) },
    { name: count, valueOf: (row) => row.N, first: -1, class: 'of',
      cell: (row) => el('td', { class: 'of' }, `${whole(row.k)} of ${whole(row.N)}`) },
  ];
  return shortTable({ caption, columns, rows, start: [1, 1], shown: kShownShares, name: 'shares' }, nouns);
}

const titleOf = (what, metric) => metric.includes('@') ? `${what}: ${metric}` : what;

function shareTables(details, title, words) {
  return list(details).filter(({ shows }) => list(shows).length > 0)
    .map(({ metric, shows }) => el('div', {}, el('h3', {}, titleOf(title, metric)), sharesTable(shows, words)));
}

function sharesSection({ classes, words }) {
  const tables = [
    ...shareTables(classes, 'Object accuracy (SOA) by class', {
      caption: 'Of the images whose caption mentions the class, the share in which it is detected',
      noun: 'Class', nouns: 'classes', share: 'Recall', count: 'Found' }),
    ...shareTables(words, 'Positional alignment (PA) by word', {
      caption: 'The share of captions that are closer to their image than the opposite caption',
      noun: 'Word', nouns: 'words', share: 'Share', count: 'Preferred' })];
  return tables.length > 0 && section('shares', 'By class and by word', el('div', { class: 'pair' }, tables));
}

function splitCell(part) {
  if (!part) return el('td', { class: 'number' });
  return el('td', { class: 'number' }, withError(part.value, part.std_error), part.unreliable && '?', note(`n ${whole(part.n)}`));
}

function splitTable(field, rows) {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))];
  const columns = [
    { name: field, valueOf: (row) => row.value, first: 1, class: 'name',
      cell: (row) => el('th', { scope: 'row', class: 'name' }, row.value) },
    ...keys.map((key) => ({ name: key, valueOf: (row) => row.metrics[key]?.value, first: -1, class: 'number',
      cell: (row) => splitCell(row.metrics[key]) }))];
  return scrollBox(`By ${field}`, shortTable(
    { caption: 'Each metric over the captions with that value, ± standard error', columns, rows, start: [0, 1], shown: kShownShares, name: 'split' }, 'values'));
}

function splitSection({ split }) {
  const tables = entries(split).map(([field, rows]) => el('div', {}, el('h3', {}, `By ${field}`), splitTable(field, rows)));
  return tables.length > 0 && section('split', 'By caption field', tables);
}

function confusionCell(count, sum, isRight) {
  const node = el('td', { class: isRight ? 'right' : '' }, whole(count));
  const share = sum > 0 && isNumber(count) ? count / sum : 0;
  node.style.setProperty('--shade', `${Math.round(45 * share)}%`);
  return node;
}

function confusionRow(asked, cells, counted) {
  const sum = cells.reduce((total, count) => total + count, 0);
  const right = counted.indexOf(asked);
  return el('tr', {},
    el('th', { scope: 'row' }, hiddenText('requested '), String(asked)),
    cells.map((count, i) => confusionCell(count, sum, i === right)),
    el('td', { class: 'exact' }, sum > 0 && right >= 0 ? percent(cells[right] / sum) : kAbsent));
}

function confusionHead(counted) {
  return el('thead', {},
    el('tr', {},
      el('th', { scope: 'col', rowspan: 2 }, 'requested'),
      el('th', { scope: 'colgroup', colspan: counted.length, class: 'group' }, 'detected'),
      el('th', { scope: 'col', rowspan: 2 }, 'exact')),
    el('tr', {}, counted.map((count) => el('th', { scope: 'col' }, String(count)))));
}

function confusionTable({ metric, shows: { asked, counted, cells } }) {
  return scrollBox(titleOf('Counts', metric), el('table', { class: 'confusion' },
    el('caption', {}, titleOf('Number of (caption, class) pairs', metric)),
    confusionHead(counted),
    el('tbody', {}, cells.map((row, i) => confusionRow(asked[i], row, counted)))));
}

function confusionSection({ confusion }) {
  const tables = list(confusion).filter(({ shows }) => shows.cells.length > 0);
  return tables.length > 0 && section('confusion', 'Requested and detected counts',
    el('p', { class: 'legend' }, 'Rows are the number that a caption asks for, columns the number detected. ' +
      'Shading shows a cell’s share of its row; in framed cells both numbers agree.'),
    tables.map(confusionTable));
}
