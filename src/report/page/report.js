// The page of one report.

// The start is in ISO 8601, UTC.
function moment(started) {
  const [date, time] = started.split('T');
  return el('time', { datetime: started }, `${date} ${time.slice(0, 5)} UTC`);
}

function toolName(tool) {
  if (!tool) return null;
  return `${tool.name} ${tool.version} (${tool.commit.slice(0, 12)})`;
}

function factList(facts) {
  const known = facts.filter(([, value]) => value !== undefined && value !== null && value !== '');
  return known.length > 0 && el('dl', { class: 'facts-of-run' },
    known.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

function pageHeader(data, facts) {
  return el('header', {}, el('h1', {}, data.title), factList(facts));
}

function contents(sections) {
  return sections.length > 1 && el('nav', { 'aria-label': 'Contents' }, el('ul', {}, sections.map((node) =>
    el('li', {}, el('a', { href: `#${node.id}` }, node.querySelector('h2').textContent)))));
}

function warningsSection(warnings) {
  return list(warnings).length > 0 ? section('warnings', 'Warnings', sentences(warnings)) : null;
}

function runFacts({ run = {}, inputs, tool }) {
  const counts = list(inputs).filter(({ count }) => isNumber(count))
    .map(({ role, count }) => [capitalized(role), whole(count)]);
  const seconds = isNumber(run.seconds) && duration(run.seconds);
  const rate = isNumber(run.images_per_second) && `${number(run.images_per_second)} images/s`;
  return [...counts, ['Started', run.started && moment(run.started)],
    ['Duration', [seconds, rate].filter(Boolean).join(', ')], ['Device', run.device], ['Precision', run.precision],
    ['Program', toolName(tool)]];
}

function inputsTable(inputs) {
  const rows = inputs.map(({ role, path, count, files }) => el('tr', {},
    el('th', { scope: 'row' }, capitalized(role)),
    el('td', { class: 'path' }, path),
    el('td', {}, files || ''),
    el('td', { class: 'number' }, whole(count))));
  return rows.length > 0 && plainTable('Inputs', ['Input', 'Path', 'Files', 'Count'], rows, 'inputs');
}

// Each line of a meaning is a paragraph.
function explainedTable(explained) {
  const rows = explained.map(({ key, value, meaning }) => el('tr', {},
    el('th', { scope: 'row' }, key),
    el('td', { class: 'path' }, value),
    el('td', {}, (meaning ?? '').split('\n').filter(Boolean).map((part) => el('p', {}, part)))));
  return rows.length > 0 &&
    plainTable('The signature, field by field', ['Field', 'Value', 'Meaning'], rows, 'explained');
}

function settingsSection({ signature, explained, inputs }) {
  const parts = [
    inputsTable(list(inputs)),
    signature && [el('h3', {}, 'Signature'),
      el('p', { class: 'legend' }, 'Reports are comparable if their signatures agree.'),
      el('p', { class: 'signature' }, signature)],
    explainedTable(list(explained)),
  ].filter(Boolean);
  return parts.length > 0 ? section('settings', 'Settings', parts) : null;
}

function reportPage(data) {
  const sections = [warningsSection(data.warnings), metricsSection(data), splitSection(data),
    distributionsSection(data), sharesSection(data), confusionSection(data), samplesSection(data),
    settingsSection(data)].filter(Boolean);
  return [pageHeader(data, runFacts(data)), contents(sections), sections];
}
