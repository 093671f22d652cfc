// The page's script is in parts, concatenated in the order of parts.txt and wrapped into one function by page.html.
//
// Captions, names and labels are untrusted text. So all nodes are made by `el` and `svg` below, which turn a string
// into a text node, never into markup.

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name.slice('on'.length), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

// An element with attributes (a function is a listener, `onclick`) and children: nodes, strings, lists of them.
function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function list(value) {
  return Array.isArray(value) ? value : [];
}

function entries(value) {
  return value && typeof value === 'object' ? Object.entries(value) : [];
}

function hiddenText(text) {
  return el('span', { class: 'hidden-text' }, text);
}

function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Small, muted text next to or below something.
function note(...content) {
  return el('span', { class: 'note' }, content);
}

// A <details> element; nothing if it would be empty.
function disclosure(summary, ...content) {
  const kept = content.flat(Infinity).filter(Boolean);
  return kept.length > 0 && el('details', {}, el('summary', {}, summary), kept);
}

function section(id, title, ...content) {
  const heading = `${id}-title`;
  return el('section', { id, 'aria-labelledby': heading }, el('h2', { id: heading }, title), content);
}

function sentences(items) {
  return items.length > 0 && el('ul', { class: 'sentences' }, items.map((item) => el('li', {}, item)));
}

// A box that scrolls sideways by itself, so that the page never does.
function scrollBox(label, content) {
  return el('div', { class: 'scroll-box', role: 'region', tabindex: '0', 'aria-label': label }, content);
}
