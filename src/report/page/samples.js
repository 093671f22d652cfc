// The best and the worst samples. Only the cards that are shown are in the document, so a page opens as fast with 400
// thumbnails as with 4.

function scoreOf(sample, key) {
  return sample.scores?.[key] ?? sample.influence?.[key];
}

function scoreName(sample, key) {
  return isNumber(sample.scores?.[key]) ? key : `influence on ${key}`;
}

// Each metric's best and worst samples.
function extremes(report) {
  const samples = list(report.samples);
  const at = (indices) => list(indices).map((index) => samples[index]).filter(Boolean);
  return list(report.extremes).map(({ key, best, worst }) => ({ key, best: at(best), worst: at(worst) }))
    .filter(({ best, worst }) => best.length + worst.length > 0);
}

function detectionText({ label, score }) {
  return isNumber(score) ? `${label} ${fixed(score, 2)}` : label;
}

// Small pictures show only names, large ones also scores. A label in the right half ends where its box ends.
function boxLabel({ label, score, box }, { width, height }, isLarge) {
  const [x0, y0, x1] = box;
  const written = isLarge ? detectionText({ label, score }) : label;
  const node = el('span', { class: y0 / Math.max(width, height) > 0.12 ? 'label above' : 'label' }, written);
  if (x0 + x1 > width) node.style.right = `${100 - (100 * x1) / width}%`;
  else node.style.left = `${(100 * x0) / width}%`;
  node.style.top = `${(100 * y0) / height}%`;
  return node;
}

function boxes(sample, isLarge) {
  const detections = list(sample.detections).filter(({ box }) => list(box).length === 4);
  if (detections.length === 0 || !(sample.width > 0 && sample.height > 0)) return null;
  const rectangle = ([x0, y0, x1, y1], name) =>
    svg('rect', { class: name, x: x0, y: y0, width: Math.max(0, x1 - x0), height: Math.max(0, y1 - y0) });
  return el('div', { class: 'boxes', 'aria-hidden': 'true' },
    svg('svg', { viewBox: `0 0 ${sample.width} ${sample.height}`, preserveAspectRatio: 'none' },
      detections.map(({ box }) => [rectangle(box, 'halo'), rectangle(box, 'edge')])),
    detections.map((detection) => boxLabel(detection, sample, isLarge)));
}

// The thumbnail in its image's proportions, within a square, with the detections on it.
function picture(sample, isLarge) {
  if (!sample.thumbnail) return el('div', { class: 'picture absent' }, 'no thumbnail');
  const [width, height] = sample.width > 0 && sample.height > 0 ? [sample.width, sample.height] : [1, 1];
  const node = el('div', { class: 'picture' },
    el('img', { src: sample.thumbnail, alt: isLarge ? `Image ${sample.id}` : '' }), boxes(sample, isLarge));
  node.style.aspectRatio = `${width} / ${height}`;
  node.style.width = `${Math.min(100, (100 * width) / height)}%`;
  return node;
}

function captionOf(sample) {
  return el('p', { class: 'caption', dir: 'auto' }, sample.caption || 'no caption');
}

function card(sample, key, open) {
  return el('li', { class: 'card' },
    el('button', { type: 'button', class: 'open', 'aria-label': `Enlarge ${sample.id}`, onclick: open },
      el('div', { class: 'square' }, picture(sample, false))),
    el('p', { class: 'score' }, scoreName(sample, key), ' ', el('b', {}, number(scoreOf(sample, key)))),
    captionOf(sample));
}

function scoresTable(sample) {
  const row = (name, value) => el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, number(value)));
  const rows = [
    entries(sample.scores).map(([key, value]) => row(key, value)),
    entries(sample.influence).map(([key, value]) => row(`Influence on ${key}`, value)),
  ].flat();
  return rows.length > 0 && plainTable('Scores of this image', ['Score', 'Value'], rows, 'scores');
}

function enlarged(sample) {
  const found = list(sample.detections).map(detectionText);
  const size = sample.width > 0 && sample.height > 0 ? `, ${sample.width} × ${sample.height} pixels` : '';
  return [
    el('div', { class: 'square' }, picture(sample, true)),
    el('div', { class: 'facts' },
      captionOf(sample),
      el('p', { class: 'note' }, `${sample.image ?? sample.id}${size}`),
      found.length > 0 && el('p', { class: 'note' }, `Detected: ${found.join(', ')}`),
      scoresTable(sample)),
  ];
}

// A dialog that shows one sample of a list and steps through it: {node, show(samples, index)}.
function sampleDialog() {
  const state = { samples: [], index: 0 };
  const title = el('h3', { id: 'sample-title' });
  const position = el('span', { role: 'status' });
  const content = el('div', { class: 'enlarged' });
  const button = (name, act) => el('button', { type: 'button', onclick: act }, name);

  function turn(by) {
    state.index = (state.index + by + state.samples.length) % state.samples.length;
    const sample = state.samples[state.index];
    title.textContent = sample.id;
    position.textContent = `${state.index + 1} of ${state.samples.length}`;
    content.replaceChildren(...enlarged(sample));
  }

  const node = el('dialog', {
    'aria-labelledby': 'sample-title',
    onclick: (event) => event.target === node && node.close(),
    onkeydown: (event) => {
      if (event.key === 'ArrowLeft') turn(-1);
      if (event.key === 'ArrowRight') turn(1);
    },
  }, el('div', { class: 'inside' },
    el('div', { class: 'bar-of-buttons' }, title, position,
      button('Previous', () => turn(-1)), button('Next', () => turn(1)), button('Close', () => node.close())),
    content));
  return {
    node,
    show(samples, index) {
      Object.assign(state, { samples, index });
      turn(0);
      node.showModal();
    },
  };
}

function sideChoice(side, name, state, update) {
  const choose = () => update({ side });
  const checked = state.side === side;
  return el('label', {}, el('input', { type: 'radio', name: 'side', value: side, checked, onchange: choose }), name);
}

function samplePicker(choices, state, hasBoxes, update) {
  return el('div', { class: 'picker' },
    el('label', {}, 'Metric ',
      el('select', { onchange: (event) => update({ choice: choices[event.target.selectedIndex] }) },
        choices.map(({ key }) => el('option', {}, key)))),
    el('fieldset', {}, el('legend', { class: 'hidden-text' }, 'Which samples'),
      sideChoice('worst', 'Worst', state, update), sideChoice('best', 'Best', state, update)),
    hasBoxes && el('label', {}, el('input', { type: 'checkbox', checked: true,
      onchange: (event) => update({ boxes: event.target.checked }) }), ' Detections'));
}

function samplesSection(report) {
  const choices = extremes(report);
  if (choices.length === 0) return null;
  const state = { choice: choices[0], side: 'worst', boxes: true };
  const dialog = sampleDialog();
  const status = el('p', { class: 'legend', role: 'status' });
  const cards = el('ul', { class: 'cards' });
  const holder = el('div', { class: 'samples' });

  function update(change) {
    Object.assign(state, change);
    const { key, [state.side]: samples } = state.choice;
    holder.classList.toggle('without-boxes', !state.boxes);
    if ('boxes' in change) return;
    status.textContent = samples.length > 0 ? `The ${samples.length} ${state.side} by ${key}, ${state.side} first.` :
      `No samples for ${key}.`;
    cards.replaceChildren(...samples.map((sample, i) => card(sample, key, () => dialog.show(samples, i))));
  }

  update({});
  const hasBoxes = list(report.samples).some((sample) => list(sample.detections).length > 0);
  holder.append(samplePicker(choices, state, hasBoxes, update), status, cards, dialog.node);
  return section('samples', 'Samples', holder);
}
